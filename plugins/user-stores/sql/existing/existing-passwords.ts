import { pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { LEGACY_DIGESTS, type LegacyDigest, legacyDigest, legacyHash, pbkdf2Hash } from '#core/crypto';
import type { CredentialOutcome } from '#core/users';
import { hashProperties, type Pbkdf2Properties } from '../config.js';
import type { ExistingContext, ExistingUser } from './existing-context.js';

const derive = promisify(pbkdf2);
/** Characters of a digest in base64: what an unknown one is told by. */
const LENGTHS: Readonly<Record<Exclude<LegacyDigest, 'PLAIN_TEXT'>, number>> = {
  MD5: 24,
  SHA: 28,
  'SHA-256': 44,
  'SHA-512': 88,
};
const DEFAULT_COSTS: Pbkdf2Properties = { iterations: 10_000, length: 32, digest: 'sha256' };

/** What stands in the columns for a password and its salt. */
interface StoredPassword {
  readonly stored: string;
  readonly salt: string | null;
}

/**
 * Passwords in tables of others. They are stored as the tables have them, for others read them, too: base64 of the digest
 * of password and salt, or of the key that PBKDF2 derives; argon2id as a PHC string, when an operator asks for it. A
 * password in another digest is found out by its length, checked, and changed to the configured one at that sign-in.
 */
export class ExistingPasswords {
  constructor(private readonly context: ExistingContext) {}

  async verify(orgId: string, username: string, password: string): Promise<CredentialOutcome> {
    const { hashing } = this.context.parts;
    const user = await this.context.byName(orgId, username);
    if (!user?.stored) {
      await this.#verifyNothing(password);
      const known = user ? { user: { id: user.id, username: user.username } } : {};
      return { outcome: 'rejected', reason: 'unknown_user', ...known };
    }
    const found = { id: user.id, username: user.username };
    const [configured, ...others] = this.#hashesOf(user);
    if (configured !== undefined && (await hashing.verify(configured, password)))
      return { outcome: 'accepted', user: found };
    for (const other of others) {
      if (!(await hashing.verify(other, password))) continue;
      if (!this.context.config.read_only) await this.#renew(orgId, user, password);
      return { outcome: 'accepted', user: found };
    }
    // Where the configured way could not be tried, the other ones have taken less time than for nobody.
    if (configured === '') await this.#verifyNothing(password);
    return { outcome: 'rejected', reason: 'bad_credential', user: found };
  }

  async set(orgId: string, userId: string, password: string): Promise<void> {
    this.context.rules.checkPassword(password);
    if (await this.context.byId(orgId, userId)) await this.#store(userId, password);
  }

  /** What is stored of a password. */
  async made(password: string): Promise<StoredPassword> {
    const { config, parts } = this.context;
    const method = config.password_hash_method;
    if (method === 'argon2id') return { stored: await parts.hashing.hash('argon2id', password), salt: null };
    const salt = randomBytes(16).toString('base64');
    if (method === 'PBKDF2') {
      const { iterations, length, digest } = this.#costs;
      return { stored: (await derive(password, salt, iterations, length, digest)).toString('base64'), salt };
    }
    const given = config.store_salted_password && method !== 'PLAIN_TEXT' ? salt : null;
    return { stored: legacyDigest(method, password, given ?? ''), salt: given };
  }

  /** Time of a change, as the statements take it. */
  get now(): string {
    return new Date(this.context.parts.clock.now()).toISOString().slice(0, 19).replace('T', ' ');
  }

  /** Stores a password anew in the configured way, unless it has been changed meanwhile. */
  async #renew(orgId: string, { id, stored }: ExistingUser, password: string): Promise<void> {
    const made = await this.made(password);
    await this.context.database.run(async () => {
      if ((await this.context.byId(orgId, id))?.stored === stored) await this.#write(id, made);
    });
  }

  async #store(userId: string, password: string): Promise<void> {
    const made = await this.made(password);
    await this.context.database.run(() => this.#write(userId, made));
  }

  async #write(userId: string, { stored, salt }: StoredPassword): Promise<void> {
    const { database, tenant } = this.context;
    const values = [stored, salt, database.dialect === 'postgres' ? 'false' : 0, this.now, userId, tenant];
    await this.context.run('update_password', values);
  }

  get #costs(): Pbkdf2Properties {
    return hashProperties(this.context.config.hash_algorithm_properties) ?? DEFAULT_COSTS;
  }

  /** What is stored, in the forms that it may have, the configured one first. */
  #hashesOf({ stored, salt }: ExistingUser): readonly string[] {
    const text = (stored ?? '').trimEnd();
    if (text.startsWith('$argon2id$')) return this.#method === 'argon2id' ? [text] : ['', text];
    const others = LEGACY_DIGESTS.filter(
      (digest) => digest !== 'PLAIN_TEXT' && digest !== this.#method && LENGTHS[digest] === text.length,
    ).map((digest) => legacyHash(digest, text, salt ?? ''));
    return [this.#configured(text, salt ?? ''), ...others];
  }

  get #method() {
    return this.context.config.password_hash_method;
  }

  #configured(stored: string, salt: string): string {
    if (this.#method === 'argon2id') return '';
    if (this.#method !== 'PBKDF2') return legacyHash(this.#method, stored, salt);
    return pbkdf2Hash(this.#costs, Buffer.from(salt), Buffer.from(stored, 'base64'));
  }

  /** As much work as for a user who is there. */
  async #verifyNothing(password: string): Promise<void> {
    const { hashing } = this.context.parts;
    if (this.#method === 'argon2id') return hashing.verifyNothing('argon2id', password);
    await hashing.verify(this.#configured(randomBytes(32).toString('base64'), 'no salt'), password);
  }
}
