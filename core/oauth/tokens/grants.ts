import { inject, injectable } from 'tsyringe';
import { RoleTaken } from '#core/access';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { type EventBus, EventBusToken, type Registry, token } from '#core/kernel';
import { type Database, DatabaseToken, type StateStore, StateStoreToken } from '#core/persistence';
import { type Session, SessionTerminated } from '#core/sessions';
import { type User, UserCredentialsChanged, UserDeleted, UserLeftGroup } from '#core/users';
import { type ClientService, ClientServiceToken } from '../clients/client.service.js';
import { type TokenBinding, TokenBindingRegistryToken } from '../token/token-binding.js';
import { type CodeRecord, type GrantRecord, KINDS } from './records.js';
import { type Revocations, RevocationsToken } from './revocations.js';

/** Injection token of the grants. */
export const GrantsToken = token<Grants>('oauth.grants');

/** Names under which a grant can be found. */
export const grantRefs = (grant: GrantRecord): string[] => [
  `user:${grant.userId}`,
  ...(grant.actor ? [`actor:${grant.actor.sub}`] : []),
  ...(grant.authentication.sessionId ? [`session:${grant.authentication.sessionId}`] : []),
];

/** Name under which the code of a grant can be found that has tokens already. */
export const codeRef = (grantId: string): string => `grant:${grantId}`;

/** Ends grants, and with them all of their tokens. */
@injectable()
export class Grants {
  constructor(
    @inject(StateStoreToken) private readonly state: StateStore,
    @inject(ClientServiceToken) private readonly clients: ClientService,
    @inject(DatabaseToken) private readonly database: Database,
    @inject(RevocationsToken) private readonly revocations: Revocations,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(TokenBindingRegistryToken) private readonly bindings: Registry<TokenBinding>,
    @inject(EventBusToken) events: EventBus,
  ) {
    events.participate(UserDeleted, (user) => this.revokeAllOf(user));
    events.participate(UserCredentialsChanged, ({ kept, ...user }) => this.revokeAllOf(user, kept?.grantId));
    events.participate(RoleTaken, ({ orgId, userId }) => this.revokeAllOf({ orgId, id: userId }));
    events.participate(UserLeftGroup, ({ user }) => this.revokeAllOf(user));
    events.participate(SessionTerminated, (session) => this.#sessionEnded(session));
  }

  /** Ends one grant. @param reason for the audit log: `code-replay`, `revoked-by-client` */
  async revoke(orgId: string, grantId: string, reason: string): Promise<void> {
    const grant = await this.state.get<GrantRecord>({ orgId, kind: KINDS.grant, id: grantId });
    await this.database.run(async () => {
      // The code first: were it redeemed in between, the grant that it brings back is removed after it.
      if (grant?.awaitsCode === true) await this.state.removeByRef(orgId, KINDS.code, codeRef(grantId));
      await this.state.apply([{ remove: { orgId, kind: KINDS.grant, id: grantId } }]);
      await this.revocations.endGrant(orgId, grantId);
      const data = { reason, clientId: grant?.clientId };
      await this.audit.record({
        orgId,
        action: 'revoke-tokens',
        targetId: grant?.userId ?? grantId,
        targetType: 'User',
        data,
      });
    });
  }

  /** Ends all grants of a user, also those whose code has not been redeemed yet. @param kept id of one that stays */
  async revokeAllOf(user: Pick<User, 'orgId' | 'id'>, kept?: string): Promise<void> {
    await this.revocations.endSubject(user.orgId, user.id, kept);
    await this.state.removeByRef(user.orgId, KINDS.code, `user:${user.id}`);
    for (const ref of [`user:${user.id}`, `actor:${user.id}`]) {
      const found = await this.state.findByRef<GrantRecord>(user.orgId, KINDS.grant, ref);
      for (const { id } of found) if (id !== kept) await this.revoke(user.orgId, id, 'user-changed');
    }
  }

  /** Ends the grants of a session that are bound to it, and those whose applications ask for it. */
  async #sessionEnded(session: Session): Promise<void> {
    const { orgId } = session;
    for (const { id, value } of await this.state.findByRef<CodeRecord>(orgId, KINDS.code, `session:${session.id}`)) {
      if (await this.#endsWithSession(orgId, value.grant))
        await this.state.apply([{ remove: { orgId, kind: KINDS.code, id } }]);
    }
    for (const { id, value } of await this.state.findByRef<GrantRecord>(orgId, KINDS.grant, `session:${session.id}`)) {
      if (await this.#endsWithSession(orgId, value)) await this.revoke(orgId, id, 'session-terminated');
    }
  }

  async #endsWithSession(orgId: string, { clientId, bound }: GrantRecord): Promise<boolean> {
    if (bound && this.bindings.find(bound.type)?.endsWithSession) return true;
    const client = await this.clients.find(orgId, clientId);
    return client?.settings.accessToken.revokeTokensWhenIDPSessionTerminated ?? false;
  }
}
