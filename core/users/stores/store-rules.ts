import { inject, injectable } from 'tsyringe';
import { isSecret, nearestName, shapeOf } from '#core/kernel';
import { type ClaimCatalog, ClaimCatalogToken } from '../claims/claim-catalog.js';
import type { ChangedBy } from '../user-rules.js';
import { ConfiguredStores, ConfiguredStoresToken } from './configured-stores.js';
import { type HostGuard, HostGuardToken } from './host-guard.js';
import type { AttributeMapping, SecondaryStoreEntity, StoredProperty } from './secondary-store.entity.js';
import { storeErrors } from './store-errors.js';
import { StoreVocabulary } from './store-vocabulary.js';
import type { UserStoreManager } from './user-store.js';

/** What the user-store API shows in place of a secret, and takes for "the one that is stored". */
export const ENCRYPTED = 'ENCRYPTED PROPERTY';

/** A setting as clients give it. */
export interface GivenProperty {
  readonly name: string;
  readonly value: string;
}

/** Which settings belong to which store. */
type Row = Pick<SecondaryStoreEntity, 'orgId' | 'id' | 'domain'>;

const RESERVED: ReadonlySet<string> = new Set(['PRIMARY', 'INTERNAL', 'APPLICATION']);
/** Made by the server itself. */
const OF_SERVER: ReadonlySet<string> = new Set(['AGENT']);
const DISABLED = 'disabled';

/**
 * A domain as it is kept: upper case.
 *
 * @throws ApiError SUS-60008 when there is none, SUS-60004 when it is reserved or no name of a domain
 */
export function domainOf(name: string, by: ChangedBy): string {
  if (name.trim() === '') throw storeErrors.noName();
  const domain = name.toUpperCase();
  if (!/^[A-Z0-9][A-Z0-9.-]{0,63}$/.test(domain))
    throw storeErrors.invalid(
      'name: a domain has 1 to 64 letters (A to Z), digits, dots and hyphens, of which a letter or digit comes first.',
    );
  if (RESERVED.has(domain) || (OF_SERVER.has(domain) && by !== 'server'))
    throw storeErrors.invalid(`name: the server keeps the name ${domain} for itself.`);
  return domain;
}

/** Whether a setting is a secret. */
export function isSecretProperty(manager: UserStoreManager, words: StoreVocabulary, name: string): boolean {
  const key = words.keyOfName(name);
  const schema = key === undefined ? undefined : shapeOf(manager.settings)?.[key];
  return words.property(name)?.type === 'password' || (schema !== undefined && isSecret(schema));
}

/** Whether the settings switch a store off. */
export const isSwitchedOff = (given: readonly GivenProperty[]): boolean =>
  given.some(({ name, value }) => name.toLowerCase() === DISABLED && value.trim().toLowerCase() === 'true');

/** What secondary stores must keep. */
@injectable()
export class StoreRules {
  constructor(
    @inject(ConfiguredStoresToken) private readonly configured: ConfiguredStores,
    @inject(HostGuardToken) private readonly guard: HostGuard,
    @inject(ClaimCatalogToken) private readonly catalog: ClaimCatalog,
  ) {}

  /**
   * Settings as they are kept, secret ones sealed. Asks the names of hosts, so not within a unit of work.
   *
   * @param before what was kept, for those that are given as {@link ENCRYPTED}
   * @throws ApiError SUS-60004 when one is unknown, wrong or not allowed, SUS-60006 when a mandatory one is missing
   */
  async properties(
    row: Row,
    manager: UserStoreManager,
    given: readonly GivenProperty[],
    before: readonly StoredProperty[],
  ): Promise<StoredProperty[]> {
    const words = new StoreVocabulary(manager);
    checkNames(row, words, given);
    const wanted = given.filter(({ name }) => name.toLowerCase() !== DISABLED);
    const kept = wanted.flatMap((one): StoredProperty[] => {
      if (!isSecretProperty(manager, words, one.name)) return [{ name: one.name, value: one.value }];
      if (one.value !== ENCRYPTED) return one.value === '' ? [] : [this.configured.seal(row, one.name, one.value)];
      return before.filter(({ name }) => name.toLowerCase() === one.name.toLowerCase());
    });
    const missing = manager.properties.filter(
      ({ name, need }) =>
        need === 'mandatory' && !kept.some((one) => one.name.toLowerCase() === name.toLowerCase() && one.value !== ''),
    );
    if (missing.length > 0) throw storeErrors.missingProperty(missing.map(({ name }) => name));
    this.#checkValues(row, manager, words, kept);
    await this.#checkHosts(row.orgId, words, kept);
    return kept;
  }

  /** Mappings as they are kept. @throws ApiError SUS-60012 to 60014 when one is wrong */
  async mappings(orgId: string, given: readonly AttributeMapping[]): Promise<AttributeMapping[]> {
    const claims = await this.catalog.of(orgId);
    const seen = new Set<string>();
    return given.map(({ claimURI, mappedAttribute }) => {
      if (!claims.local(claimURI)) throw storeErrors.noSuchClaim(claimURI);
      if (seen.has(claimURI)) throw storeErrors.claimTwice(claimURI);
      seen.add(claimURI);
      const attribute = mappedAttribute.trim();
      if (attribute === '') throw storeErrors.noAttribute(claimURI);
      return { claimURI, mappedAttribute: attribute };
    });
  }

  #checkValues(row: Row, manager: UserStoreManager, words: StoreVocabulary, kept: readonly StoredProperty[]): void {
    const settings: Record<string, string> = {};
    for (const property of kept) {
      const key = words.keyOfName(property.name);
      const value = this.configured.open(row, property);
      if (value === undefined)
        throw storeErrors.invalid(`${property.name}: the stored one cannot be read any more. Give it again.`);
      if (key !== undefined && value !== '') settings[key] = value;
    }
    const { error } = manager.settings.safeParse(settings);
    if (!error) return;
    const problems = error.issues.map(({ path: [key, ...rest], message }) => {
      const name = key === undefined ? '' : `${[words.nameOf(String(key)), ...rest.map(String)].join('.')}: `;
      return name + message.replace(/^Invalid input: /, '').replace(/, received .*$/s, '');
    });
    throw storeErrors.invalid(problems.join('; '));
  }

  async #checkHosts(orgId: string, words: StoreVocabulary, kept: readonly StoredProperty[]): Promise<void> {
    for (const { name, value, sealed } of kept) {
      if (sealed || words.keyOfName(name) === undefined) continue;
      const why = await this.guard.objection(orgId, value, isAddress(words, name));
      if (why !== undefined)
        throw storeErrors.invalid(`${name}: ${why}. The operator of the server can allow it in [user_store_mgt].`);
    }
  }
}

/** Whether a setting says where the store is. */
export const isAddress = (words: StoreVocabulary, name: string): boolean =>
  /url$/i.test(name) && (words.property(name)?.category ?? 'connection') === 'connection';

function checkNames({ domain }: Row, words: StoreVocabulary, given: readonly GivenProperty[]): void {
  const seen = new Set<string>();
  for (const { name, value } of given) {
    const lower = name.toLowerCase();
    if (seen.has(lower)) throw storeErrors.invalid(`${name}: the property is given twice.`);
    seen.add(lower);
    if (lower === DISABLED) {
      if (!/^(true|false|)$/i.test(value.trim())) throw storeErrors.invalid(`${name}: expected true or false.`);
    } else if (lower === 'domainname') {
      if (value !== '' && value.toUpperCase() !== domain) throw storeErrors.fixed('The domain name');
    } else if (words.keyOfName(name) === undefined && !words.hasNoEffect(name)) {
      const near = nearestName(name, words.names);
      throw storeErrors.invalid(
        `There is no property ${name}${near ? `; did you mean ${near}?` : ' for this kind of user store.'}`,
      );
    }
  }
}
