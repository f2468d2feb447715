import type { UserStore } from '#core/users';
import type { SqlUserStoreConfig } from '../config.js';
import { ExistingContext, type ExistingParts, type ExistingUser } from './existing-context.js';
import { ExistingGroups } from './existing-groups.js';
import { ExistingPasswords } from './existing-passwords.js';
import { ExistingSearch } from './existing-search.js';
import { ExistingUsers } from './existing-users.js';

const stored = (user: ExistingUser | undefined) => user && { id: user.id, username: user.username };

/** Where the tables are, and whose. */
export interface ExistingPlace {
  readonly domain: string;
  /** The only organization whose users they hold. */
  readonly orgId: string;
  readonly close: () => Promise<void>;
}

/** Users in tables that another product has made: UM_USER and those beside it. */
export function existingUserStore(
  { domain, orgId, close }: ExistingPlace,
  config: SqlUserStoreConfig,
  parts: ExistingParts,
): UserStore {
  const context = new ExistingContext(domain, orgId, config, parts);
  const passwords = new ExistingPasswords(context);
  const users = new ExistingUsers(context, passwords);
  const groups = new ExistingGroups(context);
  const search = new ExistingSearch(context, users, groups);
  const isWritable = !config.read_only;
  return {
    domain,
    inUnit: false,
    forScim: config.scim_enabled,
    lookup: {
      byId: async (org, id) => stored(await context.byId(org, id)),
      byUsername: async (org, username) => stored(await context.byName(org, username)),
    },
    attributes: { read: users.read.bind(users), ...(isWritable ? { write: users.write.bind(users) } : {}) },
    credentials: {
      verify: passwords.verify.bind(passwords),
      ...(isWritable ? { set: passwords.set.bind(passwords) } : {}),
    },
    search: { identityData: false, users: search.page.bind(search) },
    ...(isWritable ? { writer: users } : {}),
    ...(config.read_groups ? { groups } : {}),
    ping: async () => void (await parts.database.sql.all(config.validation_query, [])),
    close,
  };
}
