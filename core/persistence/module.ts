import {
  ClockToken,
  definePlugin,
  Entities,
  type EntityClass,
  EventBusToken,
  LoggerToken,
  Migrations,
  type SetupContext,
  token,
} from '#core/kernel';
import { ConfigurationCaches, ConfigurationCachesToken } from './configuration-cache.js';
import { openConnections } from './data-source.js';
import { Database, DatabaseToken } from './database.js';
import { LivingState2026112100001 } from './migrations/0001-living-state.js';
import { Outbox2026112100002 } from './migrations/0002-outbox.js';
import { LongTexts2026112100690 } from './migrations/0003-long-texts.js';
import { Outbox, OutboxHandlers, OutboxToken } from './outbox.js';
import { RedisLink, RedisToken } from './redis.js';
import { DatabaseSettings, OutboxSettings, RedisSettings, StateStoreSettings } from './settings.js';
import { RedisStateStore } from './state/redis-state-store.js';
import { SqlStateStore } from './state/sql-state-store.js';
import { StateEnds, StateStoreToken } from './state/state-store.js';
import { StateSweeper, StateSweeperToken } from './state/state-sweeper.js';
import { ConfigVersionEntity, LivingStateEntity, LivingStateRefEntity, OutboxMessageEntity } from './tables.entity.js';

/** Injection token of the path of the data folder; bound by the composition root. */
export const DataFolderToken = token<string>('persistence.data-folder');

/** Injection token of the folder `config/` that ships with the server; bound by the composition root. */
export const ShippedConfigToken = token<string>('persistence.shipped-config');

const entities: EntityClass[] = [LivingStateEntity, LivingStateRefEntity, OutboxMessageEntity, ConfigVersionEntity];

export default definePlugin({
  id: 'core.persistence',
  settings: [DatabaseSettings, StateStoreSettings, RedisSettings, OutboxSettings],
  entities,
  migrations: [LivingState2026112100001, Outbox2026112100002, LongTexts2026112100690],
  setup(context) {
    provide(context);
    const { container } = context;
    const database = container.get(DatabaseToken);
    const caches = container.get(ConfigurationCachesToken);
    const redis = container.get(RedisToken);
    const outbox = container.get(OutboxToken);
    const sweeper = container.get(StateSweeperToken);
    return {
      async start() {
        const schema = {
          entities: context.extensions(Entities).all(),
          migrations: context.extensions(Migrations).all(),
        };
        database.attach(
          await openConnections(context.settings(DatabaseSettings), container.get(DataFolderToken), schema),
        );
        await redis.open();
        await caches.start();
        await redis.shareChanges(caches);
        sweeper.start();
        outbox.start();
      },
      async stop() {
        await sweeper.stop();
        await outbox.stop();
        caches.stop();
        await redis.close();
        await database.close();
      },
    };
  },
});

function provide(context: SetupContext<unknown>): void {
  const { container } = context;
  const redis = context.settings(RedisSettings);
  container.provideLazily(DatabaseToken, (c) => new Database(c.get(EventBusToken), c.get(LoggerToken)));
  container.provideLazily(
    ConfigurationCachesToken,
    (c) => new ConfigurationCaches(c.get(DatabaseToken), c.get(ClockToken), c.get(LoggerToken)),
  );
  container.provideLazily(RedisToken, (c) => new RedisLink(redis.url, redis.key_prefix, c.get(LoggerToken)));
  container.provideLazily(OutboxToken, (c) => {
    const handlers = context.extensions(OutboxHandlers);
    return new Outbox(
      c.get(DatabaseToken),
      handlers,
      context.settings(OutboxSettings),
      c.get(ClockToken),
      c.get(LoggerToken),
    );
  });
  const ends = context.extensions(StateEnds);
  const state = context.settings(StateStoreSettings);
  container.provideLazily(StateStoreToken, (c) => {
    let kinds: readonly string[] | undefined;
    // Asked from the start on, when all have contributed.
    const kept = () => {
      kinds ??= ends.ids();
      return kinds;
    };
    if (state.type === 'sql') return new SqlStateStore(c.get(DatabaseToken), c.get(ClockToken), kept);
    return new RedisStateStore(c.get(RedisToken), c.get(ClockToken), kept);
  });
  container.provideLazily(StateSweeperToken, (c) => {
    const [store, database, clock] = [c.get(StateStoreToken), c.get(DatabaseToken), c.get(ClockToken)];
    return new StateSweeper({
      store,
      database,
      ends,
      clock,
      logger: c.get(LoggerToken),
      interval: state.cleanup_interval,
    });
  });
}
