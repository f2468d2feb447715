import { z } from 'zod';
import { duration, flag, secretText, settings, wholeNumber } from '#core/kernel';

const poolSchema = z
  .strictObject({
    max_active: wholeNumber(1, 1000).prefault(50).describe('Connections that one node keeps at most'),
    max_wait: duration('ms').prefault('60s').describe('How long a request waits for a connection'),
  })
  .prefault({});

/** `[database.identity_db]`: where everything lives. */
export const DatabaseSettings = settings(
  'database.identity_db',
  z.strictObject({
    type: z
      .enum(['sqlite', 'mysql', 'mariadb', 'postgresql'])
      .default('sqlite')
      .describe('Kind of database; sqlite is embedded in the data folder'),
    hostname: z.string().default('localhost').describe('Host of the database server'),
    port: wholeNumber(1, 65_535)
      .optional()
      .describe('Port of the database server; the usual one of its kind when absent'),
    name: z.string().default('gatehouse').describe('Name of the database'),
    username: z.string().default('gatehouse').describe('User of the database'),
    password: secretText().default('').describe('Password of that user'),
    url: z
      .string()
      .meta({ secret: true })
      .optional()
      .describe('Everything at once instead: postgres://user:password@host:5432/name'),
    pool_options: poolSchema,
  }),
);

/** `[state_store]`: where living state (sessions, codes, tokens) lives. */
export const StateStoreSettings = settings(
  'state_store',
  z.strictObject({
    type: z.enum(['sql', 'redis']).default('sql').describe('sql: in the database; redis: in the server of [redis]'),
    cleanup_interval: duration('s')
      .prefault('1m')
      .describe('How often one of the nodes deletes what has expired, and ends sessions whose time is over'),
  }),
);

/** `[redis]`: an optional Redis server for living state, rate limits and cache invalidation. */
export const RedisSettings = settings(
  'redis',
  z.strictObject({
    url: z
      .string()
      .meta({ secret: true })
      .optional()
      .describe('redis://user:password@host:6379/0 or rediss:// for TLS'),
    key_prefix: z.string().default('gatehouse:').describe('Beginning of every key and channel'),
  }),
);

/** `[outbox]`: delivery of what must survive a crash. */
export const OutboxSettings = settings(
  'outbox',
  z.strictObject({
    enable_delivery: flag().prefault(true).describe('Whether this node delivers; off on nodes that only serve'),
    poll_interval: duration('ms').prefault('1s').describe('How often a node looks for duties that it was not told of'),
    lease: duration('s').prefault('60s').describe('How long one delivery may take before another node takes it over'),
    max_attempts: wholeNumber(1, 100)
      .prefault(10)
      .describe('After so many failures a duty is dead until someone retries it'),
  }),
);
