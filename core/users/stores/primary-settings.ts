import { nearestName, type Problem } from '#core/kernel';
import { StoreVocabulary } from './store-vocabulary.js';
import type { UserStoreManager } from './user-store.js';

/** Table of the primary store in `deployment.toml`. */
export const PRIMARY_TABLE = 'user_store';

/** What stands in `[user_store]`, put in terms of the kind. */
export interface PrimarySettings {
  /** By key, as the schema of the kind takes them. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Where in the table a key was written. */
  readonly place: (key: PropertyKey) => readonly PropertyKey[];
  /** Names below `properties` that the kind does not know. */
  readonly problems: readonly Problem[];
}

/**
 * Reads `[user_store]`: keys in snake or camel case, and below `properties` the published names of properties, which
 * win. `base_dn` becomes the search bases that are not given; defaults are those of a primary store.
 */
export function readPrimarySettings(
  manager: UserStoreManager,
  table: Readonly<Record<string, unknown>>,
): PrimarySettings {
  const words = new StoreVocabulary(manager);
  const { type: _, properties, ...rest } = table;
  const values: Record<string, unknown> = {};
  const places = new Map<PropertyKey, readonly string[]>();
  const problems: Problem[] = [];
  const put = (key: string, value: unknown, place: readonly string[]) => {
    values[key] = value;
    places.set(key, place);
  };
  for (const [given, value] of Object.entries(rest))
    if (!words.hasNoEffect(given)) put(words.keyOfKey(given) ?? given, value, [given]);
  if (isTable(properties)) {
    for (const [name, value] of Object.entries(properties)) {
      const key = words.keyOfName(name);
      if (key !== undefined) put(key, value, ['properties', name]);
      else if (!words.hasNoEffect(name)) problems.push(unknownProperty(name, words));
    }
  } else if (properties !== undefined) {
    problems.push({ path: [PRIMARY_TABLE, 'properties'], rule: 'expected a table', owner: 'core.users' });
  }
  expandBase(manager, words, values);
  for (const [key, value] of Object.entries(manager.primaryDefaults ?? {})) values[key] ??= value;
  return { values, place: (key) => places.get(key) ?? [key], problems };
}

const isTable = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function unknownProperty(name: string, words: StoreVocabulary): Problem {
  const near = nearestName(name, words.names);
  const hint = near ? `; did you mean "${near}"?` : `; known: ${words.names.sort().join(', ') || 'none'}`;
  return { path: [PRIMARY_TABLE, 'properties', name], rule: `unknown property${hint}`, owner: 'core.users' };
}

/** Directories keep users and groups below one name unless told otherwise. */
function expandBase({ type }: UserStoreManager, words: StoreVocabulary, values: Record<string, unknown>): void {
  const base = values['base_dn'];
  if (typeof base !== 'string' || words.keys.has('base_dn')) return;
  const isActiveDirectory = type.startsWith('active_directory');
  for (const [key, below] of [
    ['user_search_base', isActiveDirectory ? 'CN=Users' : 'ou=Users'],
    ['group_search_base', isActiveDirectory ? 'CN=Users' : 'ou=Groups'],
  ] as const)
    if (words.keys.has(key)) values[key] ??= `${below},${base}`;
  if (words.keys.has('user_search_base')) delete values['base_dn'];
}
