import { fileURLToPath } from 'node:url';
import { type EntityClass, EventBus, type MigrationClass } from '#core/kernel';
import { Database } from '#core/persistence';
import { type Connections, type DatabaseConfig, openConnections } from '../../core/persistence/data-source.js';
import { DatabaseSettings } from '../../core/persistence/settings.js';
import { createDatabase, dropDatabase } from '../../tools/services/index.mjs';
import { temporaryFolder } from './kernels.js';
import { keptLog } from './log-lines.js';
import { servicesOf } from './services.js';

/** The three databases on which everything runs. */
export const databaseKinds = ['sqlite', 'mariadb', 'postgres'] as const;
/** One of them. */
export type SqlKind = (typeof databaseKinds)[number];

/** A place for a database, without tables yet; several nodes can open it. */
export interface DatabasePlace {
  readonly kind: SqlKind;
  readonly config: DatabaseConfig;
  readonly folder: string;
  drop(): Promise<void>;
}

/** Makes an empty place. @param server URL of a server of the test's own */
export async function databasePlace(kind: SqlKind, server?: string): Promise<DatabasePlace> {
  const type = ({ sqlite: 'sqlite', mariadb: 'mariadb', postgres: 'postgresql' } as const)[kind];
  const folder = temporaryFolder();
  const url = kind === 'sqlite' ? undefined : await createDatabase(kind, server === undefined ? {} : { server });
  const config = DatabaseSettings.schema.parse({ type, url, pool_options: { max_active: 20 } });
  return { kind, config, folder, drop: async () => void (url && (await dropDatabase(url))) };
}

/** A node's view of a database. */
export interface DatabaseNode {
  readonly database: Database;
  readonly connections: Connections;
  readonly events: EventBus;
  close(): Promise<void>;
}

/** Opens a place and brings its tables up to date. */
export async function openNode(
  place: DatabasePlace,
  schema: { entities: readonly EntityClass[]; migrations: readonly MigrationClass[] },
): Promise<DatabaseNode> {
  const { logger } = keptLog();
  const events = new EventBus(logger);
  const database = new Database(events, logger);
  const connections = await openConnections(place.config, place.folder, schema);
  database.attach(connections);
  return { database, connections, events, close: () => database.close() };
}

/** Declares the same suite for each database; skipped where its service is not part of the run. */
export function onEachDatabase(title: string, suite: (kind: SqlKind) => void): void {
  for (const kind of databaseKinds) {
    describe(`${title} (${kind})`, () => {
      before(servicesOf(kind));
      suite(kind);
    });
  }
}

/** Path of a compiled file of this project. */
export const compiled = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
