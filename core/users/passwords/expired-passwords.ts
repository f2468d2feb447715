import { inject, injectable } from 'tsyringe';
import { token } from '#core/kernel';
import { IdentityDataRepository } from '../identity-data.repository.js';
import type { User } from '../user.js';
import { type UserSearch, UserSearchToken } from '../user-search.js';
import { type PasswordExpiry, PasswordExpiryToken } from './password-expiry.js';

/** Injection token of {@link ExpiredPasswords}. */
export const ExpiredPasswordsToken = token<ExpiredPasswords>('users.expired-passwords');

/** Finds users whose passwords have expired, or will. */
@injectable()
export class ExpiredPasswords {
  constructor(
    @inject(PasswordExpiryToken) private readonly expiry: PasswordExpiry,
    @inject(IdentityDataRepository) private readonly identityData: IdentityDataRepository,
    @inject(UserSearchToken) private readonly search: UserSearch,
  ) {}

  /**
   * Users whose passwords expire within a time.
   *
   * @param from milliseconds since the epoch
   * @param to exclusive
   */
  async between(orgId: string, from: number, to: number): Promise<readonly User[]> {
    const found: User[] = [];
    // A password expires after it was set, so what was set later is not looked at.
    const ids = await this.identityData.withTime(orgId, 'lastPasswordUpdateTime', 0, to);
    const users = await this.search.byIds(orgId, ids);
    for (const user of ids.flatMap((id) => users.get(id) ?? [])) {
      const at = await this.expiry.expiryOf(user);
      if (at !== undefined && at >= from && at < to) found.push(user);
    }
    return found;
  }
}
