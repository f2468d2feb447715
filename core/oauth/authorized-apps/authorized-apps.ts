import { inject, injectable } from 'tsyringe';
import { type ConsentService, ConsentServiceToken } from '#core/access';
import { type ApplicationService, ApplicationServiceToken } from '#core/applications';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { type Database, DatabaseToken, type StateStore, StateStoreToken } from '#core/persistence';
import type { User } from '#core/users';
import { type ClientService, ClientServiceToken } from '../clients/client.service.js';
import { type Grants, GrantsToken } from '../tokens/grants.js';
import { type CodeRecord, type GrantRecord, KINDS } from '../tokens/records.js';
import { type Revocations, RevocationsToken } from '../tokens/revocations.js';

/** An application that may act for a user. */
export interface AuthorizedApp {
  /** Id of the application. */
  readonly id: string;
  readonly name: string;
  readonly clientId: string;
  /** What the user has agreed to, and what live tokens are good for. */
  readonly approvedScopes: readonly string[];
}

type Owner = Pick<User, 'orgId' | 'id'>;

/** Applications that act for a user: by a consent that is kept, or by tokens that are alive. */
@injectable()
export class AuthorizedApps {
  constructor(
    @inject(ConsentServiceToken) private readonly consents: ConsentService,
    @inject(ApplicationServiceToken) private readonly applications: ApplicationService,
    @inject(ClientServiceToken) private readonly clients: ClientService,
    @inject(GrantsToken) private readonly grants: Grants,
    @inject(RevocationsToken) private readonly revocations: Revocations,
    @inject(StateStoreToken) private readonly state: StateStore,
    @inject(DatabaseToken) private readonly database: Database,
    @inject(AuditLogToken) private readonly audit: AuditLog,
  ) {}

  /** All of them, in the order of names. */
  async list(user: Owner): Promise<AuthorizedApp[]> {
    const { orgId } = user;
    const scopes = new Map<string, Set<string>>();
    const add = (appId: string, more: readonly string[]) => {
      const known = scopes.get(appId) ?? new Set();
      for (const scope of more) known.add(scope);
      scopes.set(appId, known);
    };
    for (const consent of await this.consents.listOf(orgId, user.id)) add(consent.appId, consent.scopes);
    for (const { value } of await this.#grantsOf(user)) {
      const client = await this.clients.find(orgId, value.clientId);
      if (client) add(client.application.id, value.scopes);
    }
    const apps: AuthorizedApp[] = [];
    for (const [id, approved] of scopes) {
      const application = await this.applications.find(orgId, id);
      const client = await this.clients.ofApplication(orgId, id);
      if (!application || !client) continue;
      apps.push({ id, name: application.name, clientId: client.clientId, approvedScopes: [...approved].sort() });
    }
    return apps.sort((a, b) => a.name.localeCompare(b.name));
  }

  /**
   * Takes the consent to some of them back, and ends their tokens for the user. Where tokens are not kept, all tokens of
   * the user end, for it cannot be told which are whose.
   */
  async revoke(user: Owner, apps: readonly AuthorizedApp[]): Promise<void> {
    const { orgId, id: userId } = user;
    const clientIds = new Set(apps.map(({ clientId }) => clientId));
    await this.database.run(async () => {
      for (const { id } of apps) {
        await this.consents.revoke(orgId, userId, id);
        const where = { targetId: id, targetType: 'Application' };
        await this.audit.record({ orgId, action: 'revoke-authorized-app', initiatorId: userId, ...where });
      }
      for (const { id, value } of await this.state.findByRef<CodeRecord>(orgId, KINDS.code, `user:${userId}`))
        if (clientIds.has(value.grant.clientId)) await this.state.apply([{ remove: { orgId, kind: KINDS.code, id } }]);
      for (const { id, value } of await this.#grantsOf(user))
        if (clientIds.has(value.clientId)) await this.grants.revoke(orgId, id, 'revoked-by-user');
      if (apps.length > 0) await this.revocations.endSubject(orgId, userId);
    });
  }

  #grantsOf({ orgId, id }: Owner) {
    return this.state.findByRef<GrantRecord>(orgId, KINDS.grant, `user:${id}`);
  }
}
