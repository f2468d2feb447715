import { inject, injectable } from 'tsyringe';
import { type User, type UserService, UserServiceToken } from '#core/users';
import { consentErrors } from './consent-errors.js';

/** Users whom requests name. */
@injectable()
export class ConsentUsers {
  constructor(@inject(UserServiceToken) private readonly users: UserService) {}

  /** A user by name, with or without the tenant behind it. */
  async find(
    { id, handle }: { readonly id: string; readonly handle: string },
    name: string,
  ): Promise<User | undefined> {
    const found = await this.users.findByUsername(id, name);
    const tenant = `@${handle}`;
    if (found || !name.endsWith(tenant) || name.length === tenant.length) return found;
    return this.users.findByUsername(id, name.slice(0, -tenant.length));
  }

  /** A user by name. @throws ApiError CMT-60021 */
  async named(organization: { readonly id: string; readonly handle: string }, name: string): Promise<User> {
    const found = await this.find(organization, name);
    if (!found) throw consentErrors.unknownUser(name);
    return found;
  }

  /** A user by id. @throws ApiError CMT-60021 */
  async identified(orgId: string, id: string): Promise<User> {
    const found = await this.users.findById(orgId, id);
    if (!found) throw consentErrors.unknownUser(id);
    return found;
  }
}
