import { inject, injectable } from 'tsyringe';
import { type SecretBox, SecretBoxToken } from '#core/crypto';
import { type Soon, token, whenThere } from '#core/kernel';
import {
  type ConfigurationCache,
  type ConfigurationCaches,
  ConfigurationCachesToken,
  type Database,
  DatabaseToken,
} from '#core/persistence';
import { SecondaryStoreEntity, type StoredProperty } from './secondary-store.entity.js';
import { type StoreKinds, StoreKindsToken } from './store-kinds.js';
import { StoreVocabulary } from './store-vocabulary.js';
import { noSuchKind, type StoreConfiguration } from './user-stores.js';

/** Injection token of the secondary stores as they are written down. */
export const ConfiguredStoresToken = token<ConfiguredStores>('users.configured-stores');

const PURPOSE = 'user-store';

/** Rows of secondary stores, and what the server makes of them; cached on each node until something changes. */
@injectable()
export class ConfiguredStores {
  readonly #cache: ConfigurationCache<readonly StoreConfiguration[]>;

  constructor(
    @inject(DatabaseToken) private readonly database: Database,
    @inject(ConfigurationCachesToken) caches: ConfigurationCaches,
    @inject(StoreKindsToken) private readonly kinds: StoreKinds,
    @inject(SecretBoxToken) private readonly box: SecretBox,
  ) {
    this.#cache = caches.create('user-store', 2000);
  }

  /** Those that are switched on, in the order in which they were made. */
  of(orgId: string): Soon<readonly StoreConfiguration[]> {
    const load = async () => {
      const enabled = (await this.rowsOf(orgId)).filter(({ status }) => status === 'ENABLED');
      return enabled.map((row) => this.configurationOf(row));
    };
    return whenThere(this.#cache.get(orgId, load), (known) => known ?? []);
  }

  /** All rows of an organization in the order in which they were made, those of removed stores too. */
  rowsOf(orgId: string): Promise<SecondaryStoreEntity[]> {
    return this.database.manager.find(SecondaryStoreEntity, {
      where: { orgId },
      order: { createdAt: 'ASC', id: 'ASC' },
    });
  }

  /** Call inside the unit of work that changes a row. */
  changed(): Promise<void> {
    return this.#cache.changed();
  }

  /** A row as the kind of store takes it. What cannot be read is told in `broken`. */
  configurationOf(row: SecondaryStoreEntity): StoreConfiguration {
    const { id, orgId, domain, type, revision } = row;
    const known = { orgId, domain, type, version: `${id}:${revision}` };
    const manager = this.kinds.find(type);
    if (!manager) return { ...known, settings: {}, broken: noSuchKind(type, this.kinds.types) };
    const words = new StoreVocabulary(manager);
    const settings: Record<string, string> = {};
    for (const property of row.properties) {
      const value = this.open(row, property);
      if (value === undefined)
        return { ...known, settings: {}, broken: `its ${property.name} was sealed with another master key` };
      const key = words.keyOfName(property.name);
      if (key !== undefined && value !== '') settings[key] = value;
    }
    return { ...known, settings };
  }

  /** Seals a secret setting. It can be opened for this row and this name only. */
  seal(row: Pick<SecondaryStoreEntity, 'orgId' | 'id'>, name: string, value: string): StoredProperty {
    const text = JSON.stringify([row.orgId, row.id, name.toLowerCase(), value]);
    return { name, value: this.box.seal(PURPOSE, text), sealed: true };
  }

  /** The value of a setting; undefined when it is sealed and cannot be opened. */
  open(row: Pick<SecondaryStoreEntity, 'orgId' | 'id'>, { name, value, sealed }: StoredProperty): string | undefined {
    if (!sealed) return value;
    const text = this.box.open(PURPOSE, value);
    const [orgId, id, called, plain] = text === undefined ? [] : (JSON.parse(text) as string[]);
    return orgId === row.orgId && id === row.id && called === name.toLowerCase() ? plain : undefined;
  }
}
