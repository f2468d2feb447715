import { inject, injectable } from 'tsyringe';
import type { OrganizationContext } from '#core/http';
import { type Clock, ClockToken, type Registry, type Soon, token, whenThere } from '#core/kernel';
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
    const identifying = this.identify(organization, value);
    const identified = identifying instanceof Promise ? await identifying : identifying;
    const reading = identified && this.recordOf(organization.id, identified);
    const record = reading instanceof Promise ? await reading : reading;
    if (!identified || !record || record.expiresAt <= this.clock.now()) return undefined;
    const orgId = organization.id;
    const { id } = identified;
    if (identified.record && (await this.revocations.hasEnded(orgId, id, record))) return undefined;
    const finding = this.clients.find(orgId, record.clientId);
    const client = finding instanceof Promise ? await finding : finding;
    if (client?.entity.state !== 'ACTIVE' || !client.application.settings.applicationEnabled) return undefined;
    if (record.issuedAt < client.entity.tokensValidFrom) return undefined;
    const holding = this.standing.holds(orgId, client, record);
    if (!(holding instanceof Promise ? await holding : holding)) return undefined;
    if (record.grantId === undefined) return { id, record, grant: undefined, client };
    const looking = this.#liveGrant(orgId, record.grantId);
    const grant = looking instanceof Promise ? await looking : looking;
    return grant && { id, record, grant, client };
  }

  /** A grant with that to which it is bound. */
  #liveGrant(orgId: string, id: string): Soon<GrantRecord | undefined> {
    return whenThere(this.state.get<GrantRecord>({ orgId, kind: KINDS.grant, id }), (grant) => {
      if (!grant) return undefined;
      return whenThere(this.bindings.isAlive(orgId, id, grant), (isAlive) => (isAlive ? grant : undefined));
    });
  }

  /** The grant of a live token. Tokens that carry their own record are good without it, so only who needs it asks. */
  grantOf(orgId: string, { grant, record }: LiveToken): Soon<GrantRecord | undefined> {
    if (grant || record.partOf === undefined) return grant;
    return this.state.get<GrantRecord>({ orgId, kind: KINDS.grant, id: record.partOf });
  }

  /** What an issuer knows of a token, if any does. Says nothing about whether it is still good. */
  identify(organization: OrganizationContext, value: string): Soon<IdentifiedToken | undefined> {
    if (value === '' || value.length > MAX_LENGTH) return undefined;
    return identifiedBy(this.issuers.all(), value, organization);
  }

  /** The record of a token that an issuer knows; undefined when it was revoked, or another has taken its place. */
  recordOf(orgId: string, { id, serial, record }: IdentifiedToken): Soon<AccessTokenRecord | undefined> {
    if (record) return record;
    const reading = this.state.get<AccessTokenRecord>({ orgId, kind: KINDS.accessToken, id });
    return whenThere(reading, (kept) => (kept?.serial === serial ? kept : undefined));
  }
}

/** What the first of the issuers says that knows the token. */
function identifiedBy(
  [issuer, ...others]: readonly TokenIssuer[],
  value: string,
  organization: OrganizationContext,
): Soon<IdentifiedToken | undefined> {
  if (!issuer) return undefined;
  return whenThere(
    issuer.identify(value, organization),
    (identified) => identified ?? identifiedBy(others, value, organization),
  );
}
