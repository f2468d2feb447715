import { BootError, type Logger, reasonOf, type Soon, token, whenThere } from '#core/kernel';
import { SUPER_ORGANIZATION } from '#core/organizations';
import type { HostGuard } from './host-guard.js';
import { readPrimarySettings } from './primary-settings.js';
import { RetiredStores } from './retired-stores.js';
import type { StoreKinds } from './store-kinds.js';
import { type BreakerOptions, SupervisedStore } from './supervised-store.js';
import { unavailableStore } from './unavailable-store.js';
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
  /** Why it cannot be opened at all. */
  readonly broken?: string | undefined;
}

/** Where the secondary stores of an organization are written down. */
export interface SecondaryStores {
  /**
   * Those that are switched on, in the order in which they are asked. Cached, since they are asked for on each look-up
   * of a user: the same list until something changes.
   */
  of(orgId: string): Soon<readonly StoreConfiguration[]>;
}

interface Opened {
  readonly version: string;
  readonly store: Promise<UserStore>;
  /** Absent while it is being opened, and when it cannot be. */
  instance?: SupervisedStore;
  isBroken?: boolean;
}

/** What opens stores, and how they are treated. */
export interface StoreParts {
  readonly kinds: StoreKinds;
  readonly guard: HostGuard;
  readonly breaker: BreakerOptions;
  readonly retired: RetiredStores;
}

/** The opened user stores of this node. */
export class UserStores {
  #primary:
    | { readonly manager: UserStoreManager; readonly serves: 'all' | 'one'; readonly instance: SupervisedStore }
    | undefined;
  /** Primary store of tenants that the configured one cannot serve. */
  #own: Promise<UserStore> | undefined;
  /** Secondary stores by organization, then by domain. */
  readonly #secondary = new Map<string, Map<string, Opened>>();
  /** What was last known of the secondary stores of an organization that has any open. */
  readonly #lists = new Map<string, readonly StoreConfiguration[]>();

  constructor(
    private readonly parts: StoreParts,
    private readonly secondaries: SecondaryStores,
    private readonly logger: Logger,
  ) {}

  /** Opens the primary store. Throws BootError. @param table `[user_store]` as it stands in the file */
  async openPrimary(type: string, table: Readonly<Record<string, unknown>>): Promise<void> {
    const manager = this.parts.kinds.find(type);
    if (!manager) throw new BootError(noSuchKind(type, this.parts.kinds.types));
    try {
      const settings = manager.settings.parse(readPrimarySettings(manager, table).values);
      const serves = manager.servesWith?.(settings) ?? manager.serves;
      const orgId = serves === 'one' ? SUPER_ORGANIZATION.id : undefined;
      const store = await manager.open(settings, { domain: PRIMARY, orgId, logger: this.logger });
      this.#primary = { manager, serves, instance: new SupervisedStore(store, this.parts.breaker) };
    } catch (cause) {
      throw new BootError(`the primary user store cannot be opened: ${reasonOf(cause)}`, { cause });
    }
  }

  /** The kind of the primary store of an organization. */
  primaryKind(orgId: string): UserStoreManager {
    const { manager } = this.#opened();
    if (this.#servesConfigured(orgId)) return manager;
    const own = this.parts.kinds.find(OWN_DATABASE);
    if (!own) throw new Error(`there is no kind of user store "${OWN_DATABASE}" for the users of tenants`);
    return own;
  }

  /** A store of an organization by domain, in any case of letters; one that is switched off is not there. */
  find(orgId: string, domain: string): Soon<UserStore | undefined> {
    const wanted = domain.toUpperCase();
    if (wanted === PRIMARY) return this.primary(orgId);
    return whenThere(this.#configurations(orgId), (configurations) => {
      const configuration = configurations.find((one) => one.domain === wanted);
      return configuration ? this.#instanceOf(configuration) : undefined;
    });
  }

  /** The primary store of an organization. */
  primary(orgId: string): Soon<UserStore> {
    const { instance } = this.#opened();
    if (this.#servesConfigured(orgId)) return instance.store;
    this.#own ??= this.primaryKind(orgId).open(this.primaryKind(orgId).settings.parse({}), {
      domain: PRIMARY,
      orgId: undefined,
      logger: this.logger,
    });
    return this.#own;
  }

  /** All stores of an organization, the primary one first. */
  async all(orgId: string): Promise<readonly UserStore[]> {
    const primary = await this.primary(orgId);
    const configurations = await this.#configurations(orgId);
    if (configurations.length === 0) return [primary];
    return [primary, ...(await Promise.all(configurations.map((one) => this.#instanceOf(one))))];
  }

  /** Opens a store that is none of the organization's at present, to try it or to clear it; whoever asks closes it. */
  async openAside(configuration: StoreConfiguration): Promise<UserStore> {
    const { orgId, domain, type, settings, broken } = configuration;
    const manager = this.parts.kinds.find(type);
    if (!manager) throw new Error(noSuchKind(type, this.parts.kinds.types));
    if (broken !== undefined) throw new Error(broken);
    const addressOf = (host: string) => this.parts.guard.addressOf(orgId, host);
    return manager.open(manager.settings.parse(settings), { domain, orgId, logger: this.logger, addressOf });
  }

  /** All stores that are open on this node. */
  async open(): Promise<readonly { readonly orgId: string | undefined; readonly store: UserStore }[]> {
    const secondary = [...this.#secondary].flatMap(([orgId, stores]) =>
      [...stores.values()].map(async (opened) => ({ orgId, store: await opened.store })),
    );
    const primary = this.#primary ? [{ orgId: undefined, store: this.#primary.instance.store }] : [];
    return [...primary, ...(await Promise.all(secondary))];
  }

  /** Lets go of what nobody has any more, and of what could not be opened so that it is tried again. */
  async tidy(): Promise<void> {
    for (const [orgId, stores] of [...this.#secondary]) {
      await this.#configurations(orgId);
      for (const [domain, opened] of stores) if (opened.isBroken) stores.delete(domain);
    }
  }

  /** Closes all. */
  async close(): Promise<void> {
    for (const orgId of [...this.#secondary.keys()]) await this.#retireAllBut(orgId, []);
    await this.parts.retired.closeAll();
    await (await this.#own)?.close();
    await this.#primary?.instance.close();
    this.#primary = undefined;
  }

  /** What is written down now; instances of what is not any more are retired. */
  #configurations(orgId: string): Soon<readonly StoreConfiguration[]> {
    return whenThere(this.secondaries.of(orgId), (list) => {
      if (!this.#secondary.has(orgId) || this.#lists.get(orgId) === list) return list;
      this.#lists.set(orgId, list);
      return this.#retireAllBut(orgId, list).then(() => list);
    });
  }

  async #retireAllBut(orgId: string, list: readonly StoreConfiguration[]): Promise<void> {
    const stores = this.#secondary.get(orgId);
    for (const [domain, opened] of [...(stores ?? [])]) {
      if (list.some((one) => one.domain === domain && one.version === opened.version)) continue;
      stores?.delete(domain);
      await this.#retire(opened);
    }
    if (stores?.size === 0) {
      this.#secondary.delete(orgId);
      this.#lists.delete(orgId);
    }
  }

  async #retire(opened: Opened): Promise<void> {
    await opened.store;
    if (opened.instance) this.parts.retired.retire(opened.instance);
  }

  /** The instance of a configuration: opened when it is first needed, and anew when it has changed. Never rejects. */
  #instanceOf(configuration: StoreConfiguration): Promise<UserStore> {
    const { orgId, domain, version } = configuration;
    const stores = this.#secondary.get(orgId) ?? new Map<string, Opened>();
    this.#secondary.set(orgId, stores);
    const known = stores.get(domain);
    if (known?.version === version) return known.store;
    if (known) void this.#retire(known);
    const opened: Opened = {
      version,
      store: this.openAside(configuration).then(
        (store) => {
          opened.instance = new SupervisedStore(store, this.parts.breaker);
          return opened.instance.store;
        },
        (error: unknown) => {
          this.logger.warn({ orgId, store: domain, err: reasonOf(error) }, 'a user store cannot be opened');
          opened.isBroken = true;
          return unavailableStore(domain, error);
        },
      ),
    };
    stores.set(domain, opened);
    return opened.store;
  }

  #opened() {
    if (!this.#primary) throw new Error('the primary user store is not open');
    return this.#primary;
  }

  /** Whether the configured primary store holds the users of an organization. */
  #servesConfigured(orgId: string): boolean {
    return this.#opened().serves === 'all' || orgId === SUPER_ORGANIZATION.id;
  }
}

/** What to tell the operator of a kind that is not there. */
export const noSuchKind = (type: string, known: readonly string[]): string =>
  `there is no user store "${type}"; known: ${known.join(', ') || 'none'}`;
