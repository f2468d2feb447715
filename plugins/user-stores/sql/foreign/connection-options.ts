import type { Dialect } from '#core/persistence';
import { databaseKindOf, type SqlUserStoreConfig } from '../config.js';

/** Another database, as TypeORM takes it. */
export interface ForeignOptions {
  readonly dialect: Dialect;
  /** Host that a connection goes to; undefined: a file. */
  readonly host: string | undefined;
  /** Options of the data source, the host apart. @param address what to connect to instead of the name of the host */
  source(address: string | undefined): Readonly<Record<string, unknown>>;
}

/**
 * Options for the URL of a store, in the form of JDBC or in ours. TLS: `sslmode=require` and `sslMode=REQUIRED` encrypt,
 * `verify-ca`, `verify-full`, `VERIFY_CA` and `VERIFY_IDENTITY` check the certificate, too; so does `ssl=true`.
 */
export function foreignOptions(config: SqlUserStoreConfig): ForeignOptions {
  const given = (config.url ?? '').replace(/^jdbc:/i, '');
  const dialect = databaseKindOf(given);
  if (dialect === undefined) throw new Error('the kind of the database is not known');
  if (dialect === 'sqlite') {
    const file = given.replace(/^(sqlite|file):(\/\/(?=\/))?/i, '');
    return { dialect, host: undefined, source: () => ({ type: 'better-sqlite3', database: file }) };
  }
  const url = new URL(given);
  const text = (value: string) => (value === '' ? undefined : decodeURIComponent(value));
  const common = {
    port: url.port === '' ? undefined : Number(url.port),
    username: config.user_name ?? text(url.username),
    password: config.password ?? text(url.password),
    database: text(url.pathname.slice(1)),
    poolSize: config.max_active,
    ssl: tlsOf(url),
  };
  const kind =
    dialect === 'postgres'
      ? {
          type: 'postgres',
          installExtensions: false,
          connectTimeoutMS: config.max_wait,
          extra: { statement_timeout: config.query_timeout, ...lifetime(config), min: config.initial_size },
        }
      : { type: 'mysql', charset: 'utf8mb4', timezone: 'Z', connectTimeout: config.max_wait };
  return {
    dialect,
    host: url.hostname,
    source: (address) => defined({ ...common, ...kind, host: address ?? url.hostname }),
  };
}

const lifetime = ({ max_age: age }: SqlUserStoreConfig) =>
  age > 0 ? { maxLifetimeSeconds: Math.max(1, Math.round(age / 1000)) } : {};

function tlsOf({ searchParams, hostname }: URL): object | undefined {
  const mode = (searchParams.get('sslmode') ?? searchParams.get('sslMode') ?? '').toLowerCase();
  const isOn = ['ssl', 'useSSL'].some((name) => searchParams.get(name) === 'true');
  if (/^verify/.test(mode) || (isOn && mode === '')) return { servername: hostname };
  return /^require/.test(mode) || isOn ? { rejectUnauthorized: false } : undefined;
}

const defined = (options: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
