import { inject, injectable } from 'tsyringe';
import { v4 as uuid } from 'uuid';
import { type RoleService, RoleServiceToken, ScopeSourcesChanged } from '#core/access';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { sha256Hex } from '#core/crypto';
import { type Clock, ClockToken, type EventBus, EventBusToken, type Soon, token } from '#core/kernel';
import {
  type ConfigurationCache,
  type ConfigurationCaches,
  ConfigurationCachesToken,
  type Database,
  DatabaseToken,
  isDuplicate,
} from '#core/persistence';

import { providerErrors } from './errors.js';
import { FederatedAssociationRepository } from './federated-association.repository.js';
import { contentOf, IdentityProviderEntity } from './identity-provider.entity.js';
import { IdentityProviderRepository, type ProviderQuery } from './identity-provider.repository.js';
import { identityProviderSettings, type ProviderContent, type ProviderGroup } from './identity-provider-model.js';
import { ProviderRules } from './provider-rules.js';

/** Injection token of the identity providers. */
export const ConnectionsToken = token<Connections>('connections.service');

/** Identity providers of organizations: read by every token of theirs, so cached. */
@injectable()
export class Connections {
  readonly #cache: ConfigurationCache<IdentityProviderEntity>;
  readonly #groups: ConfigurationCache<ReadonlyMap<string, ProviderGroup>>;

  constructor(
    @inject(IdentityProviderRepository) private readonly repository: IdentityProviderRepository,
    @inject(FederatedAssociationRepository) private readonly associations: FederatedAssociationRepository,
    @inject(ProviderRules) private readonly rules: ProviderRules,
    @inject(DatabaseToken) private readonly database: Database,
    @inject(ConfigurationCachesToken) caches: ConfigurationCaches,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(RoleServiceToken) private readonly roles: RoleService,
    @inject(EventBusToken) private readonly events: EventBus,
  ) {
    this.#cache = caches.create('identity-provider');
    this.#groups = caches.create('identity-provider-groups', 500);
  }

  /** An identity provider by id, enabled or not. */
  find(orgId: string, id: string): Soon<IdentityProviderEntity | undefined> {
    return this.#cached(`${orgId}:id:${id}`, () => this.repository.findById(orgId, id));
  }

  /** An identity provider by name, letters of any case, enabled or not. */
  byName(orgId: string, name: string): Soon<IdentityProviderEntity | undefined> {
    return this.#cached(`${orgId}:name:${name}`, () => this.repository.findByName(orgId, name));
  }

  /**
   * The enabled identity provider whose tokens say `issuer` as their `iss`. One that has no issuer of its own is known
   * by its name, written exactly so.
   */
  async findByIssuer(orgId: string, issuer: string): Promise<IdentityProviderEntity | undefined> {
    const found = await this.#cached(`${orgId}:issuer:${sha256Hex(issuer)}`, async () => {
      const named = await this.repository.findByIssuer(orgId, issuer);
      if (named) return named;
      const other = await this.repository.findByName(orgId, issuer);
      return other?.issuer === null && other.name === issuer ? other : null;
    });
    return found?.status === 'ENABLED' ? found : undefined;
  }

  /** One page of identity providers in the order of names, and how many there are in all. */
  list(orgId: string, query: ProviderQuery): Promise<[IdentityProviderEntity[], number]> {
    return this.repository.list(orgId, query);
  }

  /** Groups of all identity providers of an organization, enabled or not, by id. */
  async groups(orgId: string): Promise<ReadonlyMap<string, ProviderGroup>> {
    const load = async () => {
      const all = (await this.repository.all(orgId)).flatMap((provider) => contentOf(provider).groups);
      return new Map(all.map((group) => [group.id, group]));
    };
    return (await this.#groups.get(orgId, load)) ?? new Map<string, ProviderGroup>();
  }

  /**
   * Makes an identity provider.
   *
   * @throws ApiError IDP-60001 or IDP-60501 when name or issuer is taken, others for content that cannot be
   */
  async create(orgId: string, content: ProviderContent): Promise<IdentityProviderEntity> {
    await this.rules.check(orgId, content);
    const now = this.clock.now();
    const provider = Object.assign(new IdentityProviderEntity(), {
      ...columnsOf(content),
      id: uuid(),
      orgId,
      createdAt: now,
      modifiedAt: now,
    });
    return this.#unlessTaken(provider, () =>
      this.database.run(async () => {
        await this.repository.insert(provider);
        await this.#changed(provider, 'Add-IDP');
        return provider;
      }),
    );
  }

  /**
   * Changes an identity provider. Returns it as it is now, or undefined when there is none. Changes that come at once
   * are made one after the other, so none is lost.
   *
   * @param change gives the whole new content
   * @throws ApiError IDP-60001 or IDP-60501 when name or issuer is taken, others for content that cannot be
   */
  async update(
    orgId: string,
    id: string,
    change: (before: ProviderContent) => ProviderContent,
  ): Promise<IdentityProviderEntity | undefined> {
    let wanted: IdentityProviderEntity | undefined;
    const write = () =>
      this.database.run(async () => {
        const before = await this.repository.hold(orgId, id);
        if (!before) return undefined;
        const content = change(contentOf(before));
        await this.rules.check(orgId, content);
        const columns = { ...columnsOf(content), modifiedAt: this.clock.now() };
        wanted = Object.assign(new IdentityProviderEntity(), before, columns);
        await this.repository.update(orgId, id, columns);
        await this.#changed(wanted, 'Update-IDP');
        const kept = new Set(content.groups.map((group) => group.id));
        await this.#groupsGone(before, (group) => !kept.has(group));
        // Groups of one that is switched off give nothing.
        if (before.status === 'ENABLED' && !content.isEnabled)
          await this.events.publish(ScopeSourcesChanged, { orgId });
        return wanted;
      });
    return this.#unlessTaken(() => wanted, write);
  }

  /** Removes an identity provider, and the links to accounts there. Returns whether there was one. */
  delete(orgId: string, id: string): Promise<boolean> {
    return this.database.run(async () => {
      const provider = await this.repository.hold(orgId, id);
      if (!provider) return false;
      await this.associations.deleteOfProvider(orgId, id);
      await this.repository.delete(orgId, id);
      await this.#changed(provider, 'Delete-IDP');
      await this.#groupsGone(provider, () => true);
      return true;
    });
  }

  #cached(key: string, find: () => Promise<IdentityProviderEntity | null>): Soon<IdentityProviderEntity | undefined> {
    return this.#cache.get(key, async () => (await find()) ?? undefined);
  }

  /** Takes the roles of groups that are there no more. */
  async #groupsGone(before: IdentityProviderEntity, isGone: (id: string) => boolean): Promise<void> {
    const gone = contentOf(before).groups.filter(({ id }) => isGone(id));
    await this.roles.forgetProviderGroups(
      before.orgId,
      gone.map(({ id }) => id),
    );
  }

  async #changed({ orgId, id, name }: IdentityProviderEntity, action: string): Promise<void> {
    await this.audit.record({ orgId, action, targetId: id, targetType: 'IdentityProvider', data: { name } });
    await this.#cache.changed();
    await this.#groups.changed();
  }

  /** The unique indexes decide on names and issuers: a look beforehand would not see what is being written elsewhere. */
  async #unlessTaken<T>(
    wanted: IdentityProviderEntity | (() => IdentityProviderEntity | undefined),
    write: () => Promise<T>,
  ): Promise<T> {
    try {
      return await write();
    } catch (error) {
      const provider = typeof wanted === 'function' ? wanted() : wanted;
      if (!isDuplicate(error) || !provider) throw error;
      const { orgId, id, name, issuer } = provider;
      const other = issuer === null ? null : await this.repository.findByIssuer(orgId, issuer);
      throw other && other.id !== id && issuer !== null
        ? providerErrors.issuerExists(issuer)
        : providerErrors.exists(name);
    }
  }
}

function columnsOf(content: ProviderContent) {
  const { name, idpIssuerName, isEnabled, kind, ...settings } = content;
  return {
    name,
    nameKey: name.toLowerCase(),
    issuer: idpIssuerName ?? null,
    issuerKey: idpIssuerName === undefined ? null : sha256Hex(idpIssuerName),
    status: isEnabled ? ('ENABLED' as const) : ('DISABLED' as const),
    kind,
    settings: identityProviderSettings.parse(settings),
  };
}
