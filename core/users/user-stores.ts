import { BootError, type Logger, type Registry, reasonOf, token } from '#core/kernel';
import type { UserStore, UserStoreManager } from './user-store.js';

/** Injection token of the opened user stores. */
export const UserStoresToken = token<UserStores>('users.user-stores');

/** Domain of the store that is configured in `deployment.toml`. */
export const PRIMARY = 'PRIMARY';

/** The opened user stores of this node. */
export class UserStores {
  readonly #stores = new Map<string, UserStore>();

  constructor(
    private readonly managers: Registry<UserStoreManager>,
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
    try {
      this.#stores.set(PRIMARY, await manager.open(PRIMARY, parsed.data, this.logger));
    } catch (cause) {
      throw new BootError(`the primary user store cannot be opened: ${reasonOf(cause)}`, { cause });
    }
  }

  /** A store by domain, in any case of letters. */
  find(domain: string): UserStore | undefined {
    return this.#stores.get(domain.toUpperCase());
  }

  /** The primary store. */
  get primary(): UserStore {
    const store = this.#stores.get(PRIMARY);
    if (!store) throw new Error('the primary user store is not open');
    return store;
  }

  /** All stores, the primary one first. */
  get all(): UserStore[] {
    return [...this.#stores.values()];
  }

  /** Closes all. */
  async close(): Promise<void> {
    for (const store of [...this.#stores.values()].reverse()) await store.close();
    this.#stores.clear();
  }
}
