import { BootError, type Logger, type Registry, reasonOf, token } from '#core/kernel';
import { SUPER_ORGANIZATION } from '#core/organizations';
import type { UserStore, UserStoreManager } from './user-store.js';

/** Injection token of the opened user stores. */
export const UserStoresToken = token<UserStores>('users.user-stores');
/** Injection token of what is known of secondary stores. */
export const SecondaryStoresToken = token<SecondaryStores>('users.secondary-stores');

/** Domain of the store that is configured in `deployment.toml`. */
export const PRIMARY = 'PRIMARY';
/** Kind of store that lies in the server's own database. */
const OWN_DATABASE = 'database_unique_id';

/** A secondary store that is switched on, as an organization has set it up. */
export interface StoreConfiguration {
  readonly orgId: string;
  /** Upper case. */
  readonly domain: string;
  /** Kind: `read_only_ldap_unique_id`. */
  readonly type: string;
  /** Settings as the manager's schema takes them. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Changes whenever anything of it changes: then the store is opened anew. */
  readonly version: string;
}

/** Where the secondary stores of an organization are written down. */
export interface SecondaryStores {
  /** Those that are switched on, in the order in which they are asked. Cached: asked on each look-up of a user. */
  of(orgId: string): Promise<readonly StoreConfiguration[]>;
}

interface Opened {
  readonly version: string;
  readonly store: Promise<UserStore>;
}

/** The opened user stores of this node. */
export class UserStores {
  #primary: { readonly serves: 'all' | 'one'; readonly store: UserStore } | undefined;
  /** Primary store of tenants that the configured one cannot serve. */
  #own: Promise<UserStore> | undefined;
  /** Secondary stores by organization and domain. */
  readonly #secondary = new Map<string, Opened>();

  constructor(
    private readonly managers: Registry<UserStoreManager>,
    private readonly secondaries: SecondaryStores,
    private readonly logger: Logger,
  ) {}

  /** Opens the primary store. Throws BootError naming the key that is wrong. */
  async openPrimary(type: string, settings: Readonly<Record<string, unknown>>): Promise<void> {
    const manager = this.managers.find(type);
    if (!manager)
      throw new BootError(
        `[user_store] type: there is no user store "${type}"; known: ${this.managers.ids().join(', ') || 'none'}`,
      );
    const parsed = manager.settings.safeParse(settings);
    if (!parsed.success) {
      const problems = parsed.error.issues.map(
        (issue) => `[user_store] ${issue.path.map(String).join('.')}: ${issue.message}`,
      );
      throw new BootError(problems.join('\n'));
    }
    const serves = manager.servesWith?.(parsed.data) ?? manager.serves;
    const orgId = serves === 'one' ? SUPER_ORGANIZATION.id : undefined;
    try {
      const store = await manager.open(parsed.data, { domain: PRIMARY, orgId, logger: this.logger });
      this.#primary = { serves, store };
    } catch (cause) {
      throw new BootError(`the primary user store cannot be opened: ${reasonOf(cause)}`, { cause });
    }
  }

  /** A store of an organization by domain, in any case of letters; one that is switched off is not there. */
  async find(orgId: string, domain: string): Promise<UserStore | undefined> {
    const wanted = domain.toUpperCase();
    if (wanted === PRIMARY) return this.primary(orgId);
    const configuration = (await this.secondaries.of(orgId)).find((one) => one.domain === wanted);
    return configuration ? this.#opened(configuration) : undefined;
  }

  /** The primary store of an organization. */
  async primary(orgId: string): Promise<UserStore> {
    if (!this.#primary) throw new Error('the primary user store is not open');
    const { serves, store } = this.#primary;
    if (serves === 'all' || orgId === SUPER_ORGANIZATION.id) return store;
    this.#own ??= this.#open(OWN_DATABASE, {}, { domain: PRIMARY, orgId: undefined });
    return this.#own;
  }

  /** All stores of an organization, the primary one first. */
  async all(orgId: string): Promise<readonly UserStore[]> {
    const primary = await this.primary(orgId);
    const configurations = await this.secondaries.of(orgId);
    if (configurations.length === 0) return [primary];
    return [primary, ...(await Promise.all(configurations.map((one) => this.#opened(one))))];
  }

  /** Closes all. */
  async close(): Promise<void> {
    const secondary = [...this.#secondary.values()].map(({ store }) => store);
    for (const store of [...secondary, ...(this.#own ? [this.#own] : [])]) await this.#close(store);
    this.#secondary.clear();
    await this.#primary?.store.close();
    this.#primary = undefined;
  }

  /** The instance of a configuration: opened when it is first needed, and anew when it has changed. */
  #opened(configuration: StoreConfiguration): Promise<UserStore> {
    const { orgId, domain, type, settings, version } = configuration;
    const key = `${orgId}/${domain}`;
    const known = this.#secondary.get(key);
    if (known?.version === version) return known.store;
    const store = this.#open(type, settings, { domain, orgId });
    this.#secondary.set(key, { version, store });
    store.catch(() => this.#secondary.delete(key));
    if (known) void this.#close(known.store);
    return store;
  }

  async #open(
    type: string,
    settings: Readonly<Record<string, unknown>>,
    where: { readonly domain: string; readonly orgId: string | undefined },
  ): Promise<UserStore> {
    const manager = this.managers.find(type);
    if (!manager) throw new Error(`there is no kind of user store "${type}", which the store ${where.domain} is`);
    return manager.open(manager.settings.parse(settings), { ...where, logger: this.logger });
  }

  async #close(store: Promise<UserStore>): Promise<void> {
    try {
      await (await store).close();
    } catch (error) {
      this.logger.warn({ err: reasonOf(error) }, 'a user store could not be closed');
    }
  }
}
