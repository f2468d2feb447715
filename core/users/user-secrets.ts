import { inject, injectable } from 'tsyringe';
import { type SecretBox, SecretBoxToken } from '#core/crypto';
import { token } from '#core/kernel';
import { IdentityDataRepository } from './identity-data.repository.js';
import type { User } from './user.js';

/** Injection token of the secrets of users. */
export const UserSecretsToken = token<UserSecrets>('users.secrets');

const PURPOSE = 'user-secret';
/** Names of identity data of this beginning belong to no claim. */
const PREFIX = 'secret:';

type Owner = Pick<User, 'orgId' | 'id'>;

/**
 * Secrets that the server keeps for users, such as seeds of one-time codes. They lie in the identity data but are no
 * claims, so no API of claims can read or set them. Each is sealed together with whose it is and what it is called:
 * copied to another row it cannot be opened. They go with their user.
 */
@injectable()
export class UserSecrets {
  constructor(
    @inject(IdentityDataRepository) private readonly identityData: IdentityDataRepository,
    @inject(SecretBoxToken) private readonly box: SecretBox,
  ) {}

  /**
   * A secret by name; undefined when the user has none.
   *
   * @throws Error when there is one that cannot be opened: it must never count as absent
   */
  async read(user: Owner, name: string): Promise<string | undefined> {
    const place = PREFIX + name;
    const sealed = (await this.identityData.read(user.orgId, user.id, [place]))[place];
    if (sealed === undefined) return undefined;
    const text = this.box.open(PURPOSE, sealed);
    const [orgId, id, called, secret] = text === undefined ? [] : (JSON.parse(text) as string[]);
    if (orgId !== user.orgId || id !== user.id || called !== name)
      throw new Error(`the secret "${name}" of user ${user.id} cannot be opened: another master key, or a changed row`);
    return secret;
  }

  /** Writes a secret, replacing; undefined removes it. */
  async write(user: Owner, name: string, secret: string | undefined): Promise<void> {
    const value = secret === undefined ? undefined : this.#seal(user, name, secret);
    await this.identityData.write(user.orgId, user.id, { [PREFIX + name]: value });
  }

  /** Writes a secret unless the user has one; returns whether it was written. Of concurrent callers one succeeds. */
  add(user: Owner, name: string, secret: string): Promise<boolean> {
    return this.identityData.add(user.orgId, user.id, PREFIX + name, this.#seal(user, name, secret));
  }

  #seal(user: Owner, name: string, secret: string): string {
    return this.box.seal(PURPOSE, JSON.stringify([user.orgId, user.id, name, secret]));
  }
}
