import { randomToken } from '#core/crypto';
import { type Logger, token, UnavailableError } from '#core/kernel';
import { type OrganizationService, SUPER_ORGANIZATION } from '#core/organizations';
import type { Database } from '#core/persistence';
import { claimUri } from './claims/claim-model.js';
import { PRIMARY, type UserStores } from './stores/user-stores.js';
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

/** Part of `[super_admin]`. */
export interface SuperAdminConfig {
  readonly username: string;
  readonly password?: string | undefined;
  readonly create_admin_account: boolean;
}

/** What the super admin is made of. */
export interface SuperAdminParts {
  readonly users: UserService;
  readonly stores: UserStores;
  readonly organizations: OrganizationService;
  readonly administrators: Administrators;
  readonly database: Database;
  readonly logger: Logger;
}

/**
 * Sees to it that the super organization has an administrator: makes the account at the first start, or takes the user
 * of this name whom the primary store has already.
 */
export class SuperAdmin {
  #isSettled = false;
  #isStarted = false;
  readonly #told = new Set<string>();

  constructor(
    private readonly config: SuperAdminConfig,
    private readonly parts: SuperAdminParts,
  ) {}

  /**
   * Called at the start and again from time to time, since a directory may be away at the start. Returns what was made,
   * if anything was.
   */
  async ensure(): Promise<FirstAdministrator | undefined> {
    if (this.#isSettled || !this.config.create_admin_account) return undefined;
    const isLate = this.#isStarted;
    this.#isStarted = true;
    try {
      return await this.#ensure(isLate);
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      this.#warn(
        'username',
        'the primary user store cannot be reached: whether there is an administrator is seen to later',
      );
      return undefined;
    }
  }

  async #ensure(isLate: boolean): Promise<FirstAdministrator | undefined> {
    const { stores } = this.parts;
    const user = await this.#find();
    if (user) return this.#take(user);
    const store = await stores.primary(SUPER_ORGANIZATION.id);
    if (!store.writer) {
      const missing = `the primary user store is read-only and has no user "${this.config.username}"`;
      this.#warn('username', `${missing}: set [super_admin] username to a user whom it has`);
      return undefined;
    }
    if (isLate && this.config.password === undefined) {
      // A generated password is shown by the start only.
      this.#warn('password', 'there is no administrator yet: set [super_admin] password, or start the server again');
      return undefined;
    }
    return this.#make(store.inUnit);
  }

  #find(): Promise<User | undefined> {
    return this.parts.users.findByUsername(SUPER_ORGANIZATION.id, `${PRIMARY}/${this.config.username}`);
  }

  /** The store has the user: who is the first becomes administrator, but nobody takes the place of another. */
  async #take(user: User): Promise<undefined> {
    const organization = await this.parts.organizations.byId(SUPER_ORGANIZATION.id);
    this.#isSettled = organization?.ownerId !== null;
    if (this.#isSettled) return;
    await this.#promote(user);
    this.parts.logger.info({ key: '[super_admin] username' }, 'a user of the primary user store is administrator now');
  }

  async #make(inUnit: boolean): Promise<FirstAdministrator | undefined> {
    const { config, parts } = this;
    const generatedPassword = config.password === undefined ? randomToken(15) : undefined;
    const input = {
      username: config.username,
      password: config.password ?? generatedPassword,
      claims: { [claimUri('givenname')]: [config.username], [claimUri('lastname')]: ['Administrator'] },
    };
    const make = async () => this.#promote(await parts.users.create(SUPER_ORGANIZATION.id, input));
    try {
      // A store over a network is no part of a unit of work: if the rest fails, the next start takes the user it has.
      await (inUnit ? parts.database.run(make) : make());
    } catch (error) {
      // Another node that starts on the same empty database was faster.
      const user = await this.#find();
      if (!user) throw error;
      return this.#take(user);
    }
    return { username: config.username, generatedPassword };
  }

  async #promote(user: User): Promise<void> {
    const { administrators, organizations, database } = this.parts;
    await database.run(async () => {
      await administrators.promote(user);
      await organizations.setOwner(SUPER_ORGANIZATION.id, user.id, user.username);
    });
    this.#isSettled = true;
  }

  /** Says it once. */
  #warn(key: 'username' | 'password', text: string): void {
    if (this.#told.has(text)) return;
    this.#told.add(text);
    this.parts.logger.warn({ key: `[super_admin] ${key}` }, text);
  }
}
