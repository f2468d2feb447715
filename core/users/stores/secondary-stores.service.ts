import { inject, injectable } from 'tsyringe';
import { v7 as uuid } from 'uuid';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { type Clock, ClockToken, type EventBus, EventBusToken, eventType, token } from '#core/kernel';
import { type Database, DatabaseToken, isDuplicate, type Outbox, OutboxToken } from '#core/persistence';
import { type ClaimCatalog, ClaimCatalogToken } from '../claims/claim-catalog.js';
import { type LocalClaims, LocalClaimsToken } from '../claims/local-claims.js';
import type { ChangedBy } from '../user-rules.js';
import { ConfiguredStores, ConfiguredStoresToken } from './configured-stores.js';
import { type AttributeMapping, SecondaryStoreEntity } from './secondary-store.entity.js';
import { storeErrors } from './store-errors.js';
import { nameOfId, type StoreKinds, StoreKindsToken } from './store-kinds.js';
import { domainOf, type GivenProperty, isSwitchedOff, StoreRules } from './store-rules.js';
import type { UserStoreManager } from './user-store.js';

/** Injection token of {@link SecondaryStoresService}. */
export const SecondaryStoresServiceToken = token<SecondaryStoresService>('users.secondary-stores-service');
/** Injection token of the limit of secondary stores of one organization. */
export const MostStoresToken = token<number>('users.most-stores');

/** A secondary store is gone. What is known of its users goes soon after, with a `UserDeleted` for each of them. */
export const UserStoreRemoved = eventType<{ readonly orgId: string; readonly domain: string }>('user-store.removed');

/** Topic of the duty to clear what the server knows of the users of a store. */
export const REMOVAL_TOPIC = 'user-store-removal';

/** A secondary store as a client describes it. */
export interface StoreDescription {
  readonly typeId: string;
  readonly name: string;
  readonly description: string;
  readonly properties: readonly GivenProperty[];
  /** Those that were there stay when absent. */
  readonly claimAttributeMappings?: readonly AttributeMapping[] | undefined;
}

type Changes = Partial<Pick<SecondaryStoreEntity, 'description' | 'status' | 'properties'>>;

/** Makes, changes and removes the secondary stores of organizations. */
@injectable()
export class SecondaryStoresService {
  constructor(
    @inject(ConfiguredStoresToken) private readonly configured: ConfiguredStores,
    @inject(StoreKindsToken) private readonly kinds: StoreKinds,
    @inject(StoreRules) private readonly rules: StoreRules,
    @inject(LocalClaimsToken) private readonly claims: LocalClaims,
    @inject(ClaimCatalogToken) private readonly catalog: ClaimCatalog,
    @inject(DatabaseToken) private readonly database: Database,
    @inject(OutboxToken) private readonly outbox: Outbox,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(EventBusToken) private readonly events: EventBus,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(MostStoresToken) private readonly limit: number,
  ) {}

  /** Those of an organization, in the order in which they were made. */
  async list(orgId: string): Promise<SecondaryStoreEntity[]> {
    return (await this.configured.rowsOf(orgId)).filter(({ status }) => status !== 'REMOVED');
  }

  /** A store by domain, letters of any case. */
  async find(orgId: string, domain: string): Promise<SecondaryStoreEntity | undefined> {
    const wanted = domain.toUpperCase();
    return (await this.list(orgId)).find((row) => row.domain === wanted);
  }

  /** A store by its id in the API. @throws ApiError SUS-60001 when there is none */
  async get(orgId: string, id: string): Promise<SecondaryStoreEntity> {
    const domain = nameOfId(id);
    const row = domain === undefined ? undefined : await this.find(orgId, domain);
    if (!row) throw storeErrors.noSuchStore();
    return row;
  }

  /**
   * Makes a store. It takes part at once on this node, within a second on others.
   *
   * @throws ApiError SUS-600xx when something is wrong with it, 409 when the domain is taken
   */
  async create(orgId: string, input: StoreDescription, by: ChangedBy = 'administrator'): Promise<SecondaryStoreEntity> {
    const manager = this.#kind(input.typeId);
    const domain = domainOf(input.name, by);
    const row = { id: uuid(), orgId, domain };
    const entity = Object.assign(new SecondaryStoreEntity(), row, {
      type: manager.type,
      description: input.description,
      status: isSwitchedOff(input.properties) ? 'DISABLED' : 'ENABLED',
      properties: await this.rules.properties(row, manager, input.properties, []),
      revision: 1,
      createdAt: this.clock.now(),
    });
    const mappings = await this.rules.mappings(orgId, input.claimAttributeMappings ?? []);
    try {
      await this.database.run(() => this.#insert(entity, mappings, by));
    } catch (error) {
      throw isDuplicate(error) ? storeErrors.exists(domain) : error;
    }
    return entity;
  }

  async #insert(entity: SecondaryStoreEntity, mappings: readonly AttributeMapping[], by: ChangedBy): Promise<void> {
    const { orgId, domain } = entity;
    // Held until the commit, so that two at once cannot pass the limit together.
    await this.configured.changed();
    const rows = await this.configured.rowsOf(orgId);
    const same = rows.find((one) => one.domain === domain);
    if (same) throw same.status === 'REMOVED' ? storeErrors.beingRemoved(domain) : storeErrors.exists(domain);
    if (by !== 'server' && rows.length >= this.limit) throw storeErrors.limit(this.limit);
    await this.database.manager.insert(SecondaryStoreEntity, entity as never);
    await this.#map(entity, mappings);
    await this.#record('add-user-store', entity, { type: entity.type });
  }

  /** Replaces a store but for its kind and domain. @throws ApiError SUS-600xx when something is wrong with it */
  async replace(orgId: string, id: string, input: StoreDescription): Promise<SecondaryStoreEntity> {
    const row = await this.get(orgId, id);
    if (input.name.toUpperCase() !== row.domain) throw storeErrors.fixed('The domain name');
    const manager = this.kinds.find(row.type);
    if (!manager || this.kinds.byTypeId(input.typeId) !== manager) throw storeErrors.fixed('The type');
    if (!this.kinds.isAllowed(manager)) throw storeErrors.typeNotAllowed();
    const { description, properties, claimAttributeMappings } = input;
    const mappings = claimAttributeMappings && (await this.rules.mappings(orgId, claimAttributeMappings));
    const changes = {
      description,
      status: isSwitchedOff(properties) ? ('DISABLED' as const) : ('ENABLED' as const),
      properties: await this.rules.properties(row, manager, properties, row.properties),
    };
    return this.#change(row, changes, mappings);
  }

  /** Sets attributes for claims; those of other claims stay. @throws ApiError SUS-60012 to 60014 */
  async map(orgId: string, id: string, given: readonly AttributeMapping[]): Promise<void> {
    const row = await this.get(orgId, id);
    const mappings = await this.rules.mappings(orgId, given);
    const before = await this.mappingsOf(row);
    const others = before.filter(({ claimURI }) => !mappings.some((one) => one.claimURI === claimURI));
    await this.#change(row, {}, [...others, ...mappings]);
  }

  /** Attributes that a store has for claims and that others have not. The claims know them. */
  async mappingsOf({ orgId, domain }: SecondaryStoreEntity): Promise<AttributeMapping[]> {
    const { locals } = await this.catalog.of(orgId);
    return locals.flatMap(({ claimURI, attributes: { [domain]: mappedAttribute } }) =>
      mappedAttribute === undefined ? [] : [{ claimURI, mappedAttribute }],
    );
  }

  /**
   * Removes a store: from now on nobody knows its users. What the server knows of them goes in the background.
   *
   * @throws ApiError SUS-60001 when there is none
   */
  async remove(orgId: string, id: string): Promise<void> {
    const row = await this.get(orgId, id);
    await this.database.run(async () => {
      await this.configured.changed();
      const { affected } = await this.database.manager.update(
        SecondaryStoreEntity,
        { orgId, id: row.id, revision: row.revision },
        { status: 'REMOVED', revision: row.revision + 1 },
      );
      if (affected === 0) throw changedMeanwhile();
      await this.#map(row, []);
      await this.outbox.add(orgId, REMOVAL_TOPIC, { id: row.id });
      await this.#record('delete-user-store', row, {});
      await this.events.publish(UserStoreRemoved, { orgId, domain: row.domain });
    });
  }

  /** @param mappings all that the store has from now on; undefined: those that it has */
  async #change(
    row: SecondaryStoreEntity,
    changes: Changes,
    mappings?: readonly AttributeMapping[],
  ): Promise<SecondaryStoreEntity> {
    const { orgId, id, revision } = row;
    const next = { ...changes, revision: revision + 1 };
    await this.database.run(async () => {
      await this.configured.changed();
      const { affected } = await this.database.manager.update(
        SecondaryStoreEntity,
        { orgId, id, revision },
        next as never,
      );
      if (affected === 0) throw changedMeanwhile();
      if (mappings) await this.#map(row, mappings);
      const changed = [...Object.keys(changes), ...(mappings ? ['mappings'] : [])];
      await this.#record('update-user-store', row, { changed });
    });
    return Object.assign(new SecondaryStoreEntity(), row, next);
  }

  #map({ orgId, domain }: SecondaryStoreEntity, mappings: readonly AttributeMapping[]): Promise<void> {
    const attributes = new Map(mappings.map(({ claimURI, mappedAttribute }) => [claimURI, mappedAttribute]));
    return this.claims.mapAttributes(orgId, domain, attributes);
  }

  /** A kind that stores may be made of. */
  #kind(typeId: string): UserStoreManager {
    const manager = this.kinds.byTypeId(typeId);
    if (!manager) throw storeErrors.invalid('typeId: there is no such kind of user store; see meta/types.');
    if (!this.kinds.isAllowed(manager)) throw storeErrors.typeNotAllowed();
    return manager;
  }

  #record(action: string, { orgId, id, domain }: SecondaryStoreEntity, data: Readonly<Record<string, unknown>>) {
    return this.audit.record({ orgId, action, targetId: id, targetType: 'UserStore', data: { domain, ...data } });
  }
}

const changedMeanwhile = () =>
  storeErrors.invalid('Somebody else has just changed the user store. Look at it again, then repeat the change.');
