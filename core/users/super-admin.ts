import { randomToken } from '#core/crypto';
import { token } from '#core/kernel';
import { type OrganizationService, SUPER_ORGANIZATION } from '#core/organizations';
import type { Database } from '#core/persistence';
import { claimUri } from './claims/claim-model.js';
import type { User } from './user.js';
import type { UserService } from './user.service.js';

/** The super admin was made at the first start. */
export interface FirstAdministrator {
  readonly username: string;
  /** The generated password, to be shown once; undefined when the operator has set one. */
  readonly generatedPassword: string | undefined;
}

/** Injection token of what the first start made, for the composition root to print. */
export const FirstAdministratorToken = token<{ made: FirstAdministrator | undefined }>('users.first-administrator');

/** What makes a user an administrator; the room of access binds it, for roles are its business. */
export interface Administrators {
  promote(user: User): Promise<void>;
}

/** Injection token of {@link Administrators}. */
export const AdministratorsToken = token<Administrators>('users.administrators');

/** Makes the super admin at the first start: the account with its role, or nothing. */
export async function ensureSuperAdmin(
  config: { readonly username: string; readonly password?: string | undefined; readonly create_admin_account: boolean },
  parts: {
    readonly users: UserService;
    readonly organizations: OrganizationService;
    readonly administrators: Administrators;
    readonly database: Database;
  },
): Promise<FirstAdministrator | undefined> {
  if (!config.create_admin_account) return undefined;
  const { users, organizations, administrators, database } = parts;
  if (await users.findByUsername(SUPER_ORGANIZATION.id, config.username)) return undefined;
  const generatedPassword = config.password === undefined ? randomToken(15) : undefined;
  const input = {
    username: config.username,
    password: config.password ?? generatedPassword,
    claims: { [claimUri('givenname')]: [config.username], [claimUri('lastname')]: ['Administrator'] },
  };
  try {
    await database.run(async () => {
      const user = await users.create(SUPER_ORGANIZATION.id, input);
      await administrators.promote(user);
      await organizations.setOwner(SUPER_ORGANIZATION.id, user.id, user.username);
    });
  } catch (error) {
    // Another node that starts on the same empty database was faster.
    if (await users.findByUsername(SUPER_ORGANIZATION.id, config.username)) return undefined;
    throw error;
  }
  return { username: config.username, generatedPassword };
}
