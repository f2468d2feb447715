import type { HealthCheck } from '#core/http';
import type { Clock } from '#core/kernel';
import type { UserStore } from './user-store.js';
import { PRIMARY, type UserStores } from './user-stores.js';

/** How long a store may take to answer, in milliseconds. */
const LIMIT_MS = 2000;
/** How long an answer counts: everybody may ask for the health of the server. */
const FRESH_MS = 10_000;

type Facts = { readonly key: string; readonly value: string }[];

/**
 * Whether the stores over a network that this node has open can be reached. One that is away does not make the node
 * unhealthy, for users of the others can go on. Neither hosts nor names of the stores of tenants are told.
 */
export class StoreHealth implements HealthCheck {
  #last: { readonly at: number; readonly facts: Promise<Facts> } | undefined;

  constructor(
    private readonly stores: UserStores,
    private readonly clock: Clock,
  ) {}

  check(): Promise<Facts> {
    const now = this.clock.now();
    if (!this.#last || now - this.#last.at >= FRESH_MS) this.#last = { at: now, facts: this.#ask() };
    return this.#last.facts;
  }

  async #ask(): Promise<Facts> {
    const asked = (await this.stores.open()).filter(({ store }) => !store.inUnit);
    const answers = await Promise.all(asked.map(async ({ store }) => ({ store, isThere: await answersInTime(store) })));
    const away = answers.filter(({ isThere }) => !isThere).map(({ store }) => store.domain);
    const facts: Facts = [{ key: 'user_stores', value: away.length === 0 ? 'ok' : 'degraded' }];
    if (away.length === 0) return facts;
    const secondary = away.filter((domain) => domain !== PRIMARY).length;
    if (away.includes(PRIMARY)) facts.push({ key: 'user_stores.primary', value: 'away' });
    if (secondary > 0) facts.push({ key: 'user_stores.secondary.away', value: String(secondary) });
    return facts;
  }
}

async function answersInTime(store: UserStore): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), LIMIT_MS);
  });
  const asked = store.ping().then(
    () => true,
    () => false,
  );
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}
