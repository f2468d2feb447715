import { inject, injectable } from 'tsyringe';
import type { OrganizationContext } from '#core/http';
import { type Clock, ClockToken, type Registry, token } from '#core/kernel';
import { type StateStore, StateStoreToken } from '#core/persistence';
import { type ClientService, ClientServiceToken, type OAuthClient } from '../clients/client.service.js';
import { type Bindings, BindingsToken } from '../token/bindings.js';
import { type AccessTokenRecord, type GrantRecord, KINDS } from './records.js';
import type { TokenIssuer } from './token-issuer.js';

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
    @inject(ClockToken) private readonly clock: Clock,
    @inject(BindingsToken) private readonly bindings: Bindings,
  ) {}

  /** The token with its grant and client; undefined when it is unknown, expired, revoked or of another organization. */
  async find(organization: OrganizationContext, value: string): Promise<LiveToken | undefined> {
    const id = await this.idOf(organization, value);
    if (id === undefined) return undefined;
    const orgId = organization.id;
    const record = await this.state.get<AccessTokenRecord>({ orgId, kind: KINDS.accessToken, id });
    if (!record || record.expiresAt <= this.clock.now()) return undefined;
    const client = await this.clients.find(orgId, record.clientId);
    if (client?.entity.state !== 'ACTIVE' || !client.application.settings.applicationEnabled) return undefined;
    if (record.issuedAt < client.entity.tokensValidFrom) return undefined;
    if (record.grantId === undefined) return { id, record, grant: undefined, client };
    const grant = await this.state.get<GrantRecord>({ orgId, kind: KINDS.grant, id: record.grantId });
    if (!grant || !(await this.bindings.isAlive(orgId, record.grantId, grant))) return undefined;
    return { id, record, grant, client };
  }

  /** Id of a token, if any issuer knows it. Says nothing about whether it is still good. */
  async idOf(organization: OrganizationContext, value: string): Promise<string | undefined> {
    if (value === '' || value.length > MAX_LENGTH) return undefined;
    for (const issuer of this.issuers.all()) {
      const id = await issuer.identify(value, organization);
      if (id !== undefined) return id;
    }
    return undefined;
  }
}
