import { type Clock, systemClock } from '#core/kernel';
import { LdapUserStore } from '../../../../plugins/user-stores/ldap/ldap-user-store.js';
import type { LdapKind } from '../../../../plugins/user-stores/ldap/settings/property-definition.js';
import { schemaOf } from '../../../../plugins/user-stores/ldap/settings/schema.js';
import { keptLog, type LogLine } from '../../../support/log-lines.js';
import type { SlapdTree } from '../../../support/slapd.js';

/** Settings of `[user_store]` that a test adds or changes. */
export type Overrides = Readonly<Record<string, string | number | boolean>>;

/** The one organization that the store serves. */
export const ORG = '00000000-0000-4000-8000-000000000001';
/** A password that the patterns of the tests take. */
export const PASSWORD = 'Correct-horse-1';
/** Name patterns under which hostile names reach the directory. */
export const OPEN_NAMES = {
  username_java_regex: '[^\\s*?%]{3,50}',
  rolename_java_regex: '[\\s\\S]{3,60}',
  password_java_regex: '[\\s\\S]{5,60}',
};

/** An open store, and what it has logged. */
export interface OpenStore {
  readonly store: LdapUserStore;
  readonly lines: readonly LogLine[];
  /** Binds on behalf of users so far. */
  binds(): number;
}

/** Parts of the store that a test brings along. */
interface OpenOptions {
  readonly clock?: Clock;
  /** Where every host is. */
  readonly address?: string;
}

/** Opens a store with settings as `[user_store]` has them. */
export function openStore(
  kind: LdapKind,
  settings: Overrides,
  { clock = systemClock, address }: OpenOptions = {},
): OpenStore {
  const parsed = schemaOf({ kind, uniqueIds: settings['user_id_enabled'] !== false }).parse(settings);
  const { logger, lines } = keptLog();
  const server = { clock, logger, addressOf: async (host: string) => address ?? host };
  const store = new LdapUserStore(parsed, { domain: 'CORP', orgId: ORG, logger }, server);
  const binds = () => lines.filter(({ operation }) => operation === 'bind').length;
  return { store, lines, binds };
}

/** Settings for a branch of slapd: an administrator, TLS, names of any kind, traced. */
export function slapdSettings(tree: SlapdTree, more: Overrides = {}): Overrides {
  return {
    connection_url: tree.ldapsUrl,
    ca_file: tree.caFile,
    connection_name: tree.adminDn,
    connection_password: tree.adminPassword,
    base_dn: tree.base,
    tracing_enabled: true,
    ...OPEN_NAMES,
    ...more,
  };
}

/** The same without keys that read-only stores do not have, as the account that changes nothing. */
export function readerSettings(tree: SlapdTree, more: Overrides = {}): Overrides {
  return slapdSettings(tree, {
    connection_name: tree.readOnlyDn,
    connection_password: tree.readOnlyPassword,
    ...more,
  });
}
