import { inject, injectable } from 'tsyringe';
import { isSecret, nearestName, shapeOf } from '#core/kernel';
import { type ClaimCatalog, ClaimCatalogToken } from '../claims/claim-catalog.js';
import type { ChangedBy } from '../user-rules.js';
import { ConfiguredStores, ConfiguredStoresToken } from './configured-stores.js';
import { type HostGuard, HostGuardToken, placesIn } from './host-guard.js';
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
    const known = (name: string) => before.find((one) => words.isSame(one.name, name));
    const kept = wanted.flatMap((one): StoredProperty[] => {
      if (!isSecretProperty(manager, words, one.name)) return [{ name: one.name, value: one.value }];
      if (one.value !== ENCRYPTED) return one.value === '' ? [] : [this.configured.seal(row, one.name, one.value)];
      const stored = known(one.name);
      return stored ? [stored] : [];
    });
    const missing = manager.properties.filter(
      ({ name, need }) => need === 'mandatory' && !kept.some((one) => words.isSame(one.name, name) && one.value !== ''),
    );
    if (missing.length > 0) throw storeErrors.missingProperty(missing.map(({ name }) => name));
    const plain = kept.map((one) => this.#opened(row, one));
    this.#checkFiles(row.orgId, words, plain);
    checkValues(manager, words, plain);
    if (kept.some((one) => before.includes(one) && !isAddress(words, one.name)))
      checkPlaces(words, plain, (name) => {
        const one = known(name);
        return one && this.configured.open(row, one);
      });
    await this.#checkHosts(row.orgId, words, plain);
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

  #opened(row: Row, property: StoredProperty): GivenProperty {
    const value = this.configured.open(row, property);
    if (value !== undefined) return { name: property.name, value };
    throw storeErrors.invalid(`${property.name}: the stored one cannot be read any more. Give it again.`);
  }

  /** Before any value is looked at: whether a file is there is not told either. */
  #checkFiles(orgId: string, words: StoreVocabulary, plain: readonly GivenProperty[]): void {
    if (this.guard.mayReadFiles(orgId)) return;
    const named = plain.find(({ name, value }) => value !== '' && words.property(name)?.isFile);
    if (named) throw storeErrors.invalid(`${named.name}: files of the server are for its operator. Leave it out.`);
  }

  async #checkHosts(orgId: string, words: StoreVocabulary, plain: readonly GivenProperty[]): Promise<void> {
    for (const { name, value } of plain) {
      if (words.keyOfName(name) === undefined) continue;
      const why = await this.guard.objection(orgId, value, isAddress(words, name));
      if (why !== undefined) throw storeErrors.invalid(`${name}: ${why}.`);
    }
  }
}

function checkValues(manager: UserStoreManager, words: StoreVocabulary, plain: readonly GivenProperty[]): void {
  const settings: Record<string, string> = {};
  for (const { name, value } of plain) {
    const key = words.keyOfName(name);
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

/**
 * A stored secret goes to the stored place only: whoever may look at stores, or change them, must not have it sent to a
 * host of their own.
 *
 * @param before what was kept under a name
 */
function checkPlaces(
  words: StoreVocabulary,
  plain: readonly GivenProperty[],
  before: (name: string) => string | undefined,
): void {
  for (const { name, value } of plain)
    if (isAddress(words, name) && value !== '' && placesIn(value) !== placesIn(before(name) ?? ''))
      throw storeErrors.invalid(`${name}: give the password again when it is to be sent to another host.`);
}

/** Whether a setting says where the store is. */
const isAddress = (words: StoreVocabulary, name: string): boolean =>
  /url$/i.test(name) && (words.property(name)?.category ?? 'connection') === 'connection';

function checkNames(row: Row, words: StoreVocabulary, given: readonly GivenProperty[]): void {
  const seen = new Set<string>();
  for (const property of given) {
    const key = words.keyOfName(property.name) ?? property.name.toLowerCase();
    if (seen.has(key)) throw storeErrors.invalid(`${property.name}: the property is given twice.`);
    seen.add(key);
    checkName(row, words, property);
  }
}

function checkName({ domain }: Row, words: StoreVocabulary, { name, value }: GivenProperty): void {
  const lower = name.toLowerCase();
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
