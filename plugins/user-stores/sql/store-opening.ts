import type { Logger } from '#core/kernel';
import { PRIMARY, type UserStore } from '#core/users';
import { hashProperties, isExisting, type SqlUserStoreConfig } from './config.js';
import { existingUserStore } from './existing/existing-user-store.js';
import { SqlUserStoreCollation2026112100512 } from './foreign/collation.js';
import { foreignOptions } from './foreign/connection-options.js';
import { ForeignDatabase } from './foreign/foreign-database.js';
import { SqlUserStore2026112100041 } from './migrations/0001-sql-user-store.js';
import { SqlUserStoreSearch2026112100511 } from './migrations/0002-search-and-scale.js';
import { FoldedNames2026112100621 } from './migrations/0003-folded-names.js';
import { ownSqlUserStore, sqlUserStore } from './sql-user-store.js';
import type { SqlStoreParts } from './store-context.js';

/** Which store is opened. */
export interface Opening {
  readonly domain: string;
  /** Whose users tables of another product hold. */
  readonly orgId: string;
  readonly logger: Logger;
  /** Address of a host, to be connected to as it is; given for secondary stores. */
  readonly addressOf?: ((host: string) => Promise<string>) | undefined;
}

/**
 * Opens a store: without a URL in the server's own database, with one in another database, which is connected to when it
 * is first needed.
 *
 * @throws Error for a file of SQLite that is not named in `deployment.toml`
 */
export function openSqlStore(config: SqlUserStoreConfig, opening: Opening, given: SqlStoreParts): UserStore {
  const costs = isExisting(config) ? undefined : hashProperties(config.hash_algorithm_properties);
  const hashing =
    costs && config.hash_algorithm_properties !== ''
      ? given.hashing.costing({
          pbkdf2_iterations: costs.iterations,
          pbkdf2_length: costs.length,
          pbkdf2_digest: costs.digest,
        })
      : given.hashing;
  if (config.url === undefined) return ownSqlUserStore(opening.domain, config, { ...given, hashing });
  const database = foreignDatabase(config, opening);
  const parts = { database, hashing, clock: given.clock };
  const { domain, orgId, logger } = opening;
  const close = () => database.close();
  if (!isExisting(config)) return sqlUserStore({ domain, isOwn: false, close }, config, parts);
  if (config.password_hash_method === 'MD5' || config.password_hash_method === 'PLAIN_TEXT')
    logger.warn({ store: domain }, `passwords are stored by ${config.password_hash_method}, which protects nobody`);
  return existingUserStore({ domain, orgId, close }, config, parts);
}

function foreignDatabase(config: SqlUserStoreConfig, { domain, logger, addressOf }: Opening) {
  const options = foreignOptions(config);
  const isPrimary = domain === PRIMARY;
  if (!isPrimary && options.dialect === 'sqlite')
    throw new Error('a file of SQLite can only be the primary user store: files of the server are not for its clients');
  const migrations =
    !isExisting(config) && config.create_tables
      ? [
          SqlUserStore2026112100041,
          SqlUserStoreSearch2026112100511,
          SqlUserStoreCollation2026112100512,
          FoldedNames2026112100621,
        ]
      : [];
  return new ForeignDatabase(options, {
    domain,
    logger,
    limits: { connect: config.max_wait + (migrations.length > 0 ? 60_000 : 0), statement: config.query_timeout },
    migrations,
    addressOf,
  });
}
