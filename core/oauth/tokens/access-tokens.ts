import { inject, injectable } from 'tsyringe';
import type { OrganizationContext } from '#core/http';
import { type Clock, ClockToken, type Registry, token } from '#core/kernel';
import { type StateStore, StateStoreToken } from '#core/persistence';
import { type ClientService, ClientServiceToken, type OAuthClient } from '../clients/client.service.js';
import { type Bindings, BindingsToken } from '../token/bindings.js';
import { type AccessTokenRecord, type GrantRecord, KINDS } from './records.js';
import { type Revocations, RevocationsToken } from './revocations.js';
import { type ScopeStanding, ScopeStandingToken } from './scope-standing.js';
import type { IdentifiedToken, TokenIssuer } from './token-issuer.js';

/** Injection token of the access tokens. */
export const AccessTokensToken = token<AccessTokens>('oauth.access-tokens');
/** Injection token of the registry of token issuers. */
export const TokenIssuerRegistryToken = token<Registry<TokenIssuer>>('oauth.token-issuers');

/** An access token that is good at this moment. */
export interface LiveToken {
  readonly id: string;
  readonly record: AccessTokenRecord;
  readonly grant: GrantRecord | undefined;
  readonly client: OAuthClient;
}

/** Longest token that is looked at. */
const MAX_LENGTH = 8192;

/** Finds out whether an access token is good. */
@injectable()
export class AccessTokens {
  constructor(
    @inject(TokenIssuerRegistryToken) private readonly issuers: Registry<TokenIssuer>,
    @inject(StateStoreToken) private readonly state: StateStore,
    @inject(ClientServiceToken) private readonly clients: ClientService,
    @inject(RevocationsToken) private readonly revocations: Revocations,
    @inject(ScopeStandingToken) private readonly standing: ScopeStanding,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(BindingsToken) private readonly bindings: Bindings,
  ) {}

  /** The token with its grant and client; undefined when it is unknown, expired, revoked or of another organization. */
  async find(organization: OrganizationContext, value: string): Promise<LiveToken | undefined> {
    const identified = await this.identify(organization, value);
    const record = identified && (await this.recordOf(organization.id, identified));
    if (!record || record.expiresAt <= this.clock.now()) return undefined;
    const orgId = organization.id;
    const { id } = identified;
    if (identified.record && (await this.revocations.hasEnded(orgId, id, record))) return undefined;
    const client = await this.clients.find(orgId, record.clientId);
    if (client?.entity.state !== 'ACTIVE' || !client.application.settings.applicationEnabled) return undefined;
    if (record.issuedAt < client.entity.tokensValidFrom) return undefined;
    if (!(await this.standing.holds(orgId, client, record))) return undefined;
    if (record.grantId === undefined) return { id, record, grant: undefined, client };
    const grant = await this.state.get<GrantRecord>({ orgId, kind: KINDS.grant, id: record.grantId });
    if (!grant || !(await this.bindings.isAlive(orgId, record.grantId, grant))) return undefined;
    return { id, record, grant, client };
  }

  /** The grant of a live token. Tokens that carry their own record are good without it, so only who needs it asks. */
  async grantOf(orgId: string, { grant, record }: LiveToken): Promise<GrantRecord | undefined> {
    if (grant || record.partOf === undefined) return grant;
    return this.state.get<GrantRecord>({ orgId, kind: KINDS.grant, id: record.partOf });
  }

  /** What an issuer knows of a token, if any does. Says nothing about whether it is still good. */
  async identify(organization: OrganizationContext, value: string): Promise<IdentifiedToken | undefined> {
    if (value === '' || value.length > MAX_LENGTH) return undefined;
    for (const issuer of this.issuers.all()) {
      const identified = await issuer.identify(value, organization);
      if (identified !== undefined) return identified;
    }
    return undefined;
  }

  /** The record of a token that an issuer knows; undefined when it was revoked, or another has taken its place. */
  async recordOf(orgId: string, { id, serial, record }: IdentifiedToken): Promise<AccessTokenRecord | undefined> {
    if (record) return record;
    const kept = await this.state.get<AccessTokenRecord>({ orgId, kind: KINDS.accessToken, id });
    return kept?.serial === serial ? kept : undefined;
  }
}
