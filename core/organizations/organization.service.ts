import { inject, injectable } from 'tsyringe';
import { v7 as uuid } from 'uuid';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { type KeySets, KeySetsToken } from '#core/crypto';
import type { OrganizationContext } from '#core/http';
import { type Clock, ClockToken, type Soon, token } from '#core/kernel';
import {
  type ConfigurationCache,
  type ConfigurationCaches,
  ConfigurationCachesToken,
  type Database,
  DatabaseToken,
  isDuplicate,
} from '#core/persistence';
import { tenantErrors } from './errors.js';
import { OrganizationEntity } from './organization.entity.js';
import { OrganizationRepository, type TenantQuery } from './organization.repository.js';
import type { TenantOwner, TenantOwners, TenantParticipant } from './tenant-owners.js';

/** Id and handle of the organization that is always there. */
export const SUPER_ORGANIZATION = {
  id: '10084a8d-113f-4211-a0d5-efe36b082211',
  handle: 'carbon.super',
  name: 'Super',
} as const;

/** Injection token of the organizations. */
export const OrganizationServiceToken = token<OrganizationService>('organizations.service');

/** Owners are users, whose room stands above this one, so they are there only once all rooms are set up. */
export const OwnersOfTenantsToken = token<() => TenantOwners>('organizations.owners-of-tenants');

/** The participants, in order of their ids; bound by the module. */
export const TenantParticipantsToken = token<() => readonly TenantParticipant[]>('organizations.tenant-participants');

const handlePattern = /^(?=.{1,100}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;

/** Organizations: looked up by every request, so cached; made and changed through the tenants API. */
@injectable()
export class OrganizationService {
  readonly #cache: ConfigurationCache<OrganizationEntity>;

  constructor(
    @inject(OrganizationRepository) private readonly repository: OrganizationRepository,
    @inject(DatabaseToken) private readonly database: Database,
    @inject(ConfigurationCachesToken) caches: ConfigurationCaches,
    @inject(KeySetsToken) private readonly keys: KeySets,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(OwnersOfTenantsToken) private readonly owners: () => TenantOwners,
    @inject(TenantParticipantsToken) private readonly participants: () => readonly TenantParticipant[],
  ) {
    this.#cache = caches.create('organization', 5000);
  }

  /** Makes the super organization at the first start. */
  async ensureSuper(): Promise<void> {
    const { id, handle, name } = SUPER_ORGANIZATION;
    if (await this.byId(id)) return;
    const entity = this.#entity(id, handle, name);
    try {
      await this.database.run(async () => {
        await this.repository.insert(entity);
        await this.#cache.changed();
      });
    } catch (error) {
      // Another node that starts on the same empty database was faster.
      if (!isDuplicate(error)) throw error;
    }
    await this.keys.ensure(id, handle);
  }

  /** An organization by id, of any status. */
  byId(id: string): Soon<OrganizationEntity | undefined> {
    return this.#cache.get(`id:${id}`, async () => (await this.repository.findById(id)) ?? undefined);
  }

  /** An organization by handle, of any status. */
  byHandle(handle: string): Soon<OrganizationEntity | undefined> {
    return this.#cache.get(
      `handle:${handle.toLowerCase()}`,
      async () => (await this.repository.findByHandle(handle)) ?? undefined,
    );
  }

  /** An organization as requests in its name see it: with its place in paths. Undefined when there is none. */
  async contextOf(id: string): Promise<OrganizationContext | undefined> {
    const entity = await this.byId(id);
    const root = entity && (await this.byId(entity.rootId));
    return entity && root && contextIn(root, entity);
  }

  /** Tenants, less the super tenant, and how many there are in all. */
  list(query: TenantQuery): Promise<[OrganizationEntity[], number]> {
    return this.repository.listTenants(SUPER_ORGANIZATION.id, query);
  }

  /**
   * Makes a tenant with its owner and its keys; all or nothing.
   *
   * @throws ApiError TM-60007 for a domain that is no host name, TM-60009 when it is taken
   */
  async createTenant(domain: string, name: string | undefined, owner: TenantOwner): Promise<OrganizationEntity> {
    const handle = domain.toLowerCase();
    if (!handlePattern.test(handle)) throw tenantErrors.domain();
    // Before the owner is made, who may lie in a store over a network.
    if (await this.repository.findByHandle(handle)) throw tenantErrors.exists(handle);
    const entity = this.#entity(uuid(), handle, name ?? handle);
    try {
      await this.owners().make(entity, owner, () => this.#create(entity));
    } catch (error) {
      // Of two that take the same domain at the same time, the index lets one pass.
      const winner = await this.repository.findByHandle(handle);
      if (winner && winner.id !== entity.id) throw tenantErrors.exists(handle);
      throw error;
    }
    await this.keys.ensure(entity.id, handle);
    return (await this.byId(entity.id)) as OrganizationEntity;
  }

  async #create(entity: OrganizationEntity): Promise<void> {
    const { id, handle } = entity;
    await this.repository.insert(entity);
    for (const participant of this.participants()) await participant.created(entity);
    await this.audit.record({
      orgId: id,
      action: 'Add-Tenant',
      targetId: id,
      targetType: 'Organization',
      data: { domain: handle },
    });
    await this.#cache.changed();
  }

  /** Notes who owns a tenant; called by the room that made the owner. */
  async setOwner(id: string, ownerId: string, ownerName: string): Promise<void> {
    await this.#change(id, { ownerId, ownerName });
  }

  /** Switches a tenant on or off. */
  async setActive(id: string, active: boolean): Promise<void> {
    await this.database.run(async () => {
      await this.#change(id, { status: active ? 'ACTIVE' : 'DISABLED' });
      const action = active ? 'Activate-Tenant' : 'Deactivate-Tenant';
      await this.audit.record({ orgId: id, action, targetId: id, targetType: 'Organization' });
    });
  }

  /** Removes the record of a tenant; its data stays. */
  async deleteMetadata(id: string): Promise<void> {
    await this.database.run(async () => {
      await this.repository.delete(id);
      await this.audit.record({ orgId: id, action: 'Delete-Tenant', targetId: id, targetType: 'Organization' });
      await this.#cache.changed();
    });
  }

  async #change(id: string, change: Partial<OrganizationEntity>): Promise<void> {
    await this.database.run(async () => {
      await this.repository.update(id, change);
      await this.#cache.changed();
    });
  }

  #entity(id: string, handle: string, name: string): OrganizationEntity {
    const entity = {
      id,
      handle,
      name,
      parentId: null,
      rootId: id,
      status: 'ACTIVE',
      ownerId: null,
      ownerName: null,
      createdAt: this.clock.now(),
    };
    return Object.assign(new OrganizationEntity(), entity);
  }
}

/** What stands for an organization of the tree of a root. */
export function contextIn(root: OrganizationEntity, entity: OrganizationEntity): OrganizationContext {
  const beginning = root.id === SUPER_ORGANIZATION.id ? '' : `/t/${root.handle}`;
  const prefix = entity.id === root.id ? beginning : `${beginning}/o/${entity.id}`;
  return { id: entity.id, handle: entity.handle, name: entity.name, prefix };
}
