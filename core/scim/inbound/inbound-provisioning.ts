import { inject, injectable } from 'tsyringe';
import { type AuditLog, AuditLogToken } from '#core/audit';
import type { Principal } from '#core/http';
import { type ClientService, ClientServiceToken } from '#core/oauth';
import { type Database, DatabaseToken } from '#core/persistence';
import { PRIMARY, qualifiedName } from '#core/users';
import { ScimStores } from '../protocol/scim-stores.js';
import { InboundScimEntity } from './inbound-scim.entity.js';

/** Finds the user store of users and groups that are made without naming one. */
@injectable()
export class InboundProvisioning {
  constructor(
    @inject(ScimStores) private readonly stores: ScimStores,
    @inject(ClientServiceToken) private readonly clients: ClientService,
    @inject(DatabaseToken) private readonly database: Database,
    @inject(AuditLogToken) private readonly audit: AuditLog,
  ) {}

  /**
   * A name with the domain of its store: the one that it has, else that of the application to which the access token was
   * issued, else that of the organization. Names of the primary store have none.
   *
   * @throws ScimError 400 when there is no such store, 403 when SCIM may not use it
   */
  async placed(orgId: string, name: string, principal: Principal | undefined): Promise<string> {
    const slash = name.indexOf('/');
    const wanted = slash < 0 ? await this.usual(orgId, principal) : name.slice(0, slash);
    const { domain } = await this.stores.named(orgId, wanted);
    return slash < 0 ? qualifiedName({ username: name, domain }) : name;
  }

  /** Domain that a name without one has for whoever sends it; whether there is such a store is not looked at. */
  async usual(orgId: string, principal: Principal | undefined): Promise<string> {
    const { clientId } = principal ?? {};
    const client = clientId === undefined ? undefined : await this.clients.find(orgId, clientId);
    const inbound = client?.application.settings.provisioningConfigurations?.inboundProvisioning;
    return inbound?.provisioningUserstoreDomain || this.domainOf(orgId);
  }

  /** Domain of the store that an organization has chosen; the primary one when it has chosen none. */
  async domainOf(orgId: string): Promise<string> {
    return (await this.database.manager.findOneBy(InboundScimEntity, { orgId }))?.domain ?? PRIMARY;
  }

  /** Chooses the store of an organization. @throws ScimError 400 or 403 when SCIM cannot use it */
  async choose(orgId: string, given: string): Promise<void> {
    const { domain } = await this.stores.named(orgId, given);
    await this.database.run(async () => {
      await this.database.manager.save(InboundScimEntity, { orgId, domain });
      const data = { provisioningUserstore: domain };
      const target = { targetId: orgId, targetType: 'Organization' };
      await this.audit.record({ orgId, action: 'update-inbound-scim', ...target, data });
    });
  }
}
