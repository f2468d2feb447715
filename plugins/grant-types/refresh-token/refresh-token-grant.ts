import { z } from 'zod';
import { sha256Hex } from '#core/crypto';
import {
  type GrantRecord,
  type GrantRequest,
  type Grants,
  type GrantType,
  KINDS,
  OAuthError,
  type RefreshTokenRecord,
  splitScopes,
  type TokenIntent,
  type UsedRecord,
} from '#core/oauth';
import type { StateChange, StateStore } from '#core/persistence';
import type { User, UserService } from '#core/users';

const parameters = z.object({ refresh_token: z.string().max(512), scope: z.string().optional() });

/** Refresh token (RFC 6749 §6) with rotation. A rotated token that comes back was stolen by someone: all tokens of the grant end (RFC 9700 §4.14). */
export class RefreshTokenGrant implements GrantType<typeof parameters> {
  readonly grantType = 'refresh_token';
  readonly displayName = 'Refresh Token';
  readonly parameters = parameters;

  constructor(
    private readonly state: StateStore,
    private readonly grants: Grants,
    private readonly users: UserService,
    private readonly now: () => number,
    readonly publicClientAllowed: boolean,
  ) {}

  async handle({
    parameters: { refresh_token, scope },
    client,
    request,
  }: GrantRequest<typeof parameters>): Promise<TokenIntent> {
    const orgId = request.organization.id;
    const id = sha256Hex(refresh_token);
    const record = await this.state.get<RefreshTokenRecord>({ orgId, kind: KINDS.refreshToken, id });
    if (!record) throw await this.#unknown(orgId, id);
    if (record.clientId !== client.entity.clientId || record.issuedAt < client.entity.tokensValidFrom) throw invalid();
    const grant = await this.state.get<GrantRecord>({ orgId, kind: KINDS.grant, id: record.grantId });
    const user = grant && (await this.#usable(orgId, grant.userId));
    if (!grant || !user) throw invalid();
    if (record.expiresAt - this.now() < 1000) throw new OAuthError('invalid_grant', 'Refresh token is expired.');
    const scopes = scope === undefined ? record.scopes : splitScopes(scope);
    if (scopes.some((one) => !record.scopes.includes(one))) throw new OAuthError('invalid_scope', 'Invalid Scope!');
    const { extendRenewedRefreshTokenExpiryTime } = client.settings.refreshToken;
    // Refresh tokens of public clients are always rotated (RFC 9700 §4.14.2).
    const renewRefreshToken = client.settings.refreshToken.renewRefreshToken || client.settings.publicClient;
    return {
      subject: { type: 'user', user },
      scopes,
      grantScopes: record.scopes,
      scopesGranted: true,
      refreshable: true,
      idToken: true,
      authentication: grant.authentication,
      consentedClaims: grant.consentedClaims,
      wantsAuthTime: grant.wantsAuthTime,
      claims: grant.claims,
      resources: grant.resources,
      authorizationDetails: grant.authorizationDetails,
      grantId: record.grantId,
      bound: grant.bound,
      ...(renewRefreshToken ? {} : { keepRefreshToken: refresh_token }),
      ...(renewRefreshToken && extendRenewedRefreshTokenExpiryTime ? {} : { refreshExpiresAt: record.expiresAt }),
      changes: this.#changes(orgId, id, record, renewRefreshToken),
    };
  }

  #changes(orgId: string, id: string, record: RefreshTokenRecord, renew: boolean): StateChange[] {
    const oldAccess: StateChange = { remove: { orgId, kind: KINDS.accessToken, id: record.accessTokenId } };
    // What ends the grant while this request is under way must not be undone by it.
    const alive: StateChange = { require: { orgId, kind: KINDS.grant, id: record.grantId } };
    if (!renew) return [alive, oldAccess];
    const used: UsedRecord = { grantId: record.grantId };
    return [
      alive,
      { consume: { orgId, kind: KINDS.refreshToken, id } },
      oldAccess,
      { put: { orgId, kind: KINDS.usedRefreshToken, id, value: used, expiresAt: record.expiresAt } },
    ];
  }

  async #usable(orgId: string, userId: string): Promise<User | undefined> {
    const user = await this.users.findById(orgId, userId);
    return user && (await this.users.isUsable(user)) ? user : undefined;
  }

  async #unknown(orgId: string, id: string): Promise<OAuthError> {
    const used = await this.state.get<UsedRecord>({ orgId, kind: KINDS.usedRefreshToken, id });
    if (used) await this.grants.revoke(orgId, used.grantId, 'refresh-token-replay');
    return invalid();
  }
}

const invalid = () => new OAuthError('invalid_grant', 'Persisted access token data not found');
