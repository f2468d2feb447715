import { z } from 'zod';
import type { Connections } from '#core/connections';
import { type Clock, type Soon, whenThere } from '#core/kernel';
import {
  type GrantRecord,
  type GrantRequest,
  type GrantType,
  OAuthError,
  type RefreshTokens,
  type ScopeStanding,
  splitScopes,
  type TokenIntent,
  type TokenSubject,
} from '#core/oauth';
import type { UserService } from '#core/users';
import { invalidRefreshToken, type RefreshUse, type Rotation } from './rotation.js';

/** A refresh token that carries its grant is long. */
const parameters = z.object({ refresh_token: z.string().max(16_384), scope: z.string().optional() });

/** Refresh token (RFC 6749 §6) with rotation. */
export class RefreshTokenGrant implements GrantType<typeof parameters> {
  readonly grantType = 'refresh_token';
  readonly displayName = 'Refresh Token';
  readonly parameters = parameters;

  constructor(
    private readonly tokens: RefreshTokens,
    private readonly rotation: Rotation,
    private readonly standing: ScopeStanding,
    private readonly users: UserService,
    private readonly connections: Connections,
    private readonly clock: Clock,
    readonly publicClientAllowed: boolean,
  ) {}

  async handle({ parameters: given, client, request }: GrantRequest<typeof parameters>): Promise<TokenIntent> {
    const orgId = request.organization.id;
    const finding = this.tokens.find(request.organization, given.refresh_token);
    const found = finding instanceof Promise ? await finding : finding;
    const use: RefreshUse = found ? { found } : await this.rotation.again(request.organization, given.refresh_token);
    const { id, record, grant } = use.found;
    if (record.clientId !== client.entity.clientId || record.issuedAt < client.entity.tokensValidFrom)
      throw invalidRefreshToken();
    const holding = this.standing.holdsRefresh(orgId, client, use.found);
    if (!(holding instanceof Promise ? await holding : holding)) throw invalidRefreshToken();
    const looking = this.#subject(orgId, grant);
    const subject = looking instanceof Promise ? await looking : looking;
    if (record.expiresAt - this.clock.now() < 1000) throw new OAuthError('invalid_grant', 'Refresh token is expired.');
    const scopes = given.scope === undefined ? record.scopes : splitScopes(given.scope);
    if (scopes.some((one) => !record.scopes.includes(one))) throw new OAuthError('invalid_scope', 'Invalid Scope!');
    const { renewRefreshToken, extendRenewedRefreshTokenExpiryTime: extend } = client.settings.refreshToken;
    // Refresh tokens of public clients are always rotated (RFC 9700 §4.14.2).
    const renew = renewRefreshToken || client.settings.publicClient;
    const telling = this.rotation.deactivated(orgId, use);
    const deactivated = telling instanceof Promise ? await telling : telling;
    return {
      // What was agreed to, and how the user signed in.
      actor: grant.actor,
      authorizationDetails: grant.authorizationDetails,
      resources: grant.resources,
      accessing: grant.accessing,
      federated: grant.federated,
      bound: grant.bound,
      authentication: grant.authentication,
      consentedClaims: grant.consentedClaims,
      wantsAuthTime: grant.wantsAuthTime,
      claims: grant.claims,
      subjectType: grant.subjectType,
      grantedBy: grant.grantType,
      subject,
      scopes,
      grantScopes: record.scopes,
      scopesGranted: true,
      refreshable: true,
      idToken: true,
      grantId: record.grantId,
      replacesRefreshToken: renew ? id : undefined,
      keepRefreshToken: renew ? undefined : given.refresh_token,
      refreshExpiresAt: renew && extend ? undefined : record.expiresAt,
      headers: deactivated === undefined ? undefined : { DeactivatedAccessToken: deactivated },
      retries: client.settings.refreshToken.gracefulRefreshTokenRotationEnabled,
      changes: await this.rotation.changes(orgId, use, client, renew),
    };
  }

  /** For whom the tokens are. Throws OAuthError when the user cannot sign in any more. */
  #subject(orgId: string, grant: GrantRecord): Soon<TokenSubject> {
    const { userId, federated, actor } = grant;
    if (actor || federated) return this.#otherSubject(orgId, grant);
    return this.#userOf(orgId, userId);
  }

  #userOf(orgId: string, userId: string): Soon<TokenSubject> {
    return whenThere(this.users.findById(orgId, userId), (user) => {
      if (!user) throw invalidRefreshToken();
      return whenThere(this.users.isUsable(user), (isUsable) => {
        if (!isUsable) throw invalidRefreshToken();
        return { type: 'user', user };
      });
    });
  }

  async #otherSubject(orgId: string, { userId, federated, actor }: GrantRecord): Promise<TokenSubject> {
    const acting = actor && (await this.users.findById(orgId, actor.sub));
    if (acting && !(await this.users.isUsable(acting))) throw invalidRefreshToken();
    if (!federated) return this.#userOf(orgId, userId);
    // The word of an identity provider counts as long as it is trusted.
    if ((await this.connections.find(orgId, federated.idp))?.status !== 'ENABLED') throw invalidRefreshToken();
    return { type: 'federated', person: federated };
  }
}
