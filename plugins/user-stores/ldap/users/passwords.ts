import { randomUUID } from 'node:crypto';
import { BerWriter } from 'ldapts';
import { ApiError } from '#core/http';
import { UnavailableError } from '#core/kernel';
import type { CredentialOutcome } from '#core/users';
import { ACCOUNT_STATE, accountProblem, bindRefusal, unicodePassword } from '../active-directory.js';
import { answered, RESULT } from '../connection/failures.js';
import { rdnOf } from '../directory/distinguished-name.js';
import type { Identified } from '../entries/entry-finder.js';
import { passwordRefused, refusalOf } from '../refusals.js';
import type { StoreParts } from '../store-parts.js';
import { replacementOf } from './attribute-writer.js';
import { storedUser } from './user-reader.js';

/** RFC 3062. */
const PASSWORD_MODIFY = '1.3.6.1.4.1.4203.1.11.1';
/** Answers to a bind that say something of the account or the password. */
const ANSWERS: readonly number[] = [
  RESULT.invalidCredentials,
  RESULT.inappropriateAuthentication,
  RESULT.noSuchObject,
  RESULT.invalidDnSyntax,
  RESULT.unwillingToPerform,
  RESULT.constraintViolation,
  RESULT.insufficientAccess,
];

/** Checks and sets passwords. */
export class Passwords {
  constructor(private readonly parts: StoreParts) {}

  /**
   * Binds as the user, on a connection of its own. For a name that nobody has it binds as nobody, and so it does for an
   * empty password, which is never sent: a directory would say yes to it (RFC 4513 section 5.1.2).
   *
   * @throws UnavailableError when the directory does not answer
   */
  async verify(username: string, password: string): Promise<CredentialOutcome> {
    const { users, directory, settings } = this.parts;
    const user = await users.byName(username, settings.activeDirectory ? ACCOUNT_STATE : []);
    if (!user || password === '') {
      await directory.refusalOf(this.#nobody(), password || randomUUID());
      if (!user) return { outcome: 'rejected', reason: 'unknown_user' };
      return { outcome: 'rejected', reason: 'bad_credential', user: storedUser(user) };
    }
    const refusal = await directory.refusalOf(user.dn, password);
    const reason = refusal ? this.#reasonOf(refusal) : this.#problemOf(user);
    if (!reason) return { outcome: 'accepted', user: storedUser(user) };
    return { outcome: 'rejected', reason, user: storedUser(user) };
  }

  /** Sets a password. @throws ApiError 400 when the store or the directory does not take it */
  async set(userId: string, password: string): Promise<void> {
    this.check(password);
    const user = await this.parts.users.byId(userId);
    if (user) await this.replace(user.dn, password);
  }

  /** @throws ApiError 400 when the password breaks the rule of the store */
  check(password: string): void {
    const { fits, message } = this.parts.settings.users.passwordRule;
    if (password === '' || !fits(password)) throw passwordRefused(message);
  }

  /** @throws ApiError 403 when the directory would not take passwords on such a connection */
  requireEncryption(): void {
    if (!this.parts.settings.activeDirectory || this.parts.directory.encrypted) return;
    throw new ApiError(
      'SUO-60002',
      403,
      'The password cannot be changed.',
      'Active Directory takes passwords over encrypted connections only: use ldaps:// or StartTLS.',
    );
  }

  /** Gives an entry a password. @throws ApiError when the directory does not take it */
  async replace(dn: string, password: string): Promise<void> {
    const { directory, domain, logger } = this.parts;
    this.requireEncryption();
    try {
      if (this.parts.settings.activeDirectory)
        await directory.modify(dn, [replacementOf('unicodePwd', [unicodePassword(password)])]);
      else await this.#replacePlain(dn, password);
    } catch (error) {
      if (answered(error, RESULT.constraintViolation, RESULT.unwillingToPerform))
        throw passwordRefused(
          'The directory does not take it: it is too simple, too short, or was used before.',
          error,
        );
      throw refusalOf(error, domain, logger);
    }
  }

  /** By the operation for it, so that the directory hashes the password; where there is none, as an attribute. */
  async #replacePlain(dn: string, password: string): Promise<void> {
    const { directory, schema } = this.parts;
    if (!(await schema.get()).operations.has(PASSWORD_MODIFY))
      return directory.modify(dn, [replacementOf('userPassword', [password])]);
    const writer = new BerWriter();
    writer.startSequence();
    writer.writeString(dn, 0x80);
    writer.writeString(password, 0x82);
    writer.endSequence();
    await directory.extended(PASSWORD_MODIFY, writer.buffer);
  }

  #nobody(): string {
    const { users, settings } = this.parts;
    return `${rdnOf(users.kind.nameAttribute, randomUUID())},${settings.users.bases[0] ?? ''}`;
  }

  #reasonOf({ code, text }: { readonly code: number; readonly text: string }) {
    if (!ANSWERS.includes(code))
      throw new UnavailableError(`The user store ${this.parts.domain} cannot check passwords now.`, 5, {
        cause: new Error(text),
      });
    if (this.parts.settings.activeDirectory) return bindRefusal(text);
    // Directories that lock accounts themselves say so with these (RFC 4511 knows no code for it).
    if (code === RESULT.unwillingToPerform) return 'disabled';
    return code === RESULT.constraintViolation ? 'locked' : 'bad_credential';
  }

  #problemOf({ entry }: Identified) {
    return this.parts.settings.activeDirectory ? accountProblem(entry) : undefined;
  }
}
