import { shapeOf, snakeCase } from '#core/kernel';
import type { StoreProperty } from './store-property.js';
import type { UserStoreManager } from './user-store.js';

/**
 * Properties of the published contract that every kind has there and none needs here: caches that this server does
 * differently, patterns for pages of others, names that the server gives. They are taken and kept, and change nothing.
 */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set(
  [
    'Class',
    'ClaimOperationsSupported',
    'CountImplementation',
    'CountRetrieverClass',
    'DomainName',
    'GroupIDEnabled',
    'IsBulkImportSupported',
    'LDAPInitialContextFactory',
    'PasswordJavaScriptRegEx',
    'RolenameJavaScriptRegEx',
    'UniqueID',
    'UserIDEnabled',
    'UserRolesCacheEnabled',
    'UseCaseSensitiveUsernameForCacheKeys',
    'UsernameJavaScriptRegEx',
    'kdcEnabled',
    'defaultRealmName',
  ].map((name) => name.toLowerCase()),
);

/** `CaseInsensitiveUsername` as a key: `case_insensitive_username`. */
const asKey = (name: string): string => snakeCase(name).replace(/^_/, '');

/** The one place that knows how the settings of a kind of user store are called: by property name, and by key. */
export class StoreVocabulary {
  /** Keys that the kind takes. */
  readonly keys: ReadonlySet<string>;
  readonly #byName: ReadonlyMap<string, StoreProperty>;
  readonly #byKey: ReadonlyMap<string, StoreProperty>;

  constructor(manager: Pick<UserStoreManager, 'properties' | 'settings'>) {
    this.keys = new Set(Object.keys(shapeOf(manager.settings) ?? {}));
    this.#byName = new Map(manager.properties.map((property) => [property.name.toLowerCase(), property]));
    this.#byKey = new Map(manager.properties.map((property) => [property.key, property]));
  }

  /** Names of all properties of the kind. */
  get names(): string[] {
    return [...this.#byName.values()].map(({ name }) => name);
  }

  /** A property by its name, letters of any case. */
  property(name: string): StoreProperty | undefined {
    return this.#byName.get(name.toLowerCase());
  }

  /** The key of a property, by its name in any case of letters; undefined when the kind has no such setting. */
  keyOfName(name: string): string | undefined {
    const known = this.property(name)?.key;
    if (known !== undefined) return known;
    const key = asKey(name);
    return this.keys.has(key) ? key : undefined;
  }

  /** Whether two names, in any case of letters, mean the same setting. */
  isSame(one: string, other: string): boolean {
    const key = this.keyOfName(one);
    return key === undefined ? one.toLowerCase() === other.toLowerCase() : key === this.keyOfName(other);
  }

  /** A key as the kind calls it: snake case and camel case say the same. */
  keyOfKey(given: string): string | undefined {
    return [given, snakeCase(given)].find((key) => this.keys.has(key));
  }

  /** How clients of the API call a key. */
  nameOf(key: string): string {
    return this.#byKey.get(key)?.name ?? key;
  }

  /** Whether a property, by name or by key, is taken without any effect. */
  hasNoEffect(given: string): boolean {
    const plain = given.toLowerCase().replaceAll('_', '');
    return this.keyOfName(given) === undefined && WITHOUT_EFFECT.has(plain);
  }
}
