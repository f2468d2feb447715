import { inject, injectable } from 'tsyringe';
import { v4 as uuid } from 'uuid';
import { type KeySets, KeySetsToken, randomToken, sha256Hex } from '#core/crypto';
import type { HttpRequest } from '#core/http';
import { type Clock, ClockToken, type Registry, token } from '#core/kernel';
import { type StateChange, type StateStore, StateStoreToken } from '#core/persistence';
import { qualifiedName, type User } from '#core/users';
import { type OidcUserClaims, OidcUserClaimsToken } from '../claims/user-claims.js';
import type { OAuthClient } from '../clients/client.service.js';
import { OAuthError } from '../errors.js';
import { issuerOf } from '../issuer.js';
import { TokenIssuerRegistryToken } from '../tokens/access-tokens.js';
import { grantRefs } from '../tokens/grants.js';
import { type AccessTokenRecord, type GrantRecord, KINDS, type RefreshTokenRecord } from '../tokens/records.js';
import type { AccessTokenContent, TokenIssuer } from '../tokens/token-issuer.js';
import type { TokenIntent } from './grant-type.js';
import { idTokenClaims } from './id-token.js';

/** Injection token of the minter. */
export const TokenMinterToken = token<TokenMinter>('oauth.token-minter');

/** The body of a successful token response (RFC 6749 §5.1). */
export interface TokenResponse {
  readonly access_token: string;
  readonly token_type: 'Bearer';
  readonly expires_in: number;
  readonly scope?: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
}

/** What is being minted for. */
interface Minting {
  readonly http: HttpRequest;
  readonly client: OAuthClient;
  readonly intent: TokenIntent;
  readonly grantType: string;
  readonly now: number;
}

const seconds = (ms: number) => Math.floor(ms / 1000);

/** Makes tokens of intents, and stores what has to be known of them in one atomic batch. */
@injectable()
export class TokenMinter {
  constructor(
    @inject(TokenIssuerRegistryToken) private readonly issuers: Registry<TokenIssuer>,
    @inject(OidcUserClaimsToken) private readonly claims: OidcUserClaims,
    @inject(KeySetsToken) private readonly keys: KeySets,
    @inject(StateStoreToken) private readonly state: StateStore,
    @inject(ClockToken) private readonly clock: Clock,
  ) {}

  /** Issues what the intent asks for. Throws OAuthError `invalid_grant` when its changes cannot be applied any more. */
  async mint(http: HttpRequest, client: OAuthClient, intent: TokenIntent, grantType: string): Promise<TokenResponse> {
    const minting: Minting = { http, client, intent, grantType, now: this.clock.now() };
    const user = intent.subject.type === 'user' ? intent.subject.user : undefined;
    const subject = user ? await this.claims.subject(client, user) : client.entity.clientId;
    const access = await this.#accessToken(minting, user, subject);
    const grant = user && grantOf(minting, user);
    const refresh = grant && this.#refreshToken(minting, grant, access);
    const idToken =
      user && intent.idToken && intent.scopes.includes('openid')
        ? await this.#idToken(minting, user, subject, access.token)
        : undefined;
    const changes = [...(intent.changes ?? []), ...this.#changes(minting, access, grant, refresh)];
    const { applied } = await this.state.apply(changes);
    if (!applied) throw new OAuthError('invalid_grant', 'The grant has just been used by another request.');
    return {
      access_token: access.token,
      ...(refresh ? { refresh_token: refresh.token } : {}),
      ...(intent.scopes.length > 0 ? { scope: intent.scopes.join(' ') } : {}),
      ...(idToken === undefined ? {} : { id_token: idToken }),
      token_type: 'Bearer',
      expires_in: seconds(access.content.expiresAt - minting.now),
    };
  }

  async #accessToken({ http, client, intent, now }: Minting, user: User | undefined, subject: string) {
    const { accessToken, idToken } = client.settings;
    const lifetime = user
      ? accessToken.userAccessTokenExpiryInSeconds
      : accessToken.applicationAccessTokenExpiryInSeconds;
    const content: AccessTokenContent = {
      organization: http.organization,
      issuer: issuerOf(http),
      client,
      user,
      subject,
      scopes: intent.scopes,
      audience: [client.entity.clientId, ...idToken.audience],
      subjectType: user ? 'APPLICATION_USER' : 'APPLICATION',
      issuedAt: now,
      expiresAt: now + lifetime * 1000,
      attributes:
        user && accessToken.accessTokenAttributes.length > 0 ? await this.claims.attributes(client, user) : {},
    };
    const issuer = this.issuers.find(accessToken.type);
    if (!issuer) throw new OAuthError('server_error', 'The access token type of the application is not available.');
    return { content, grantId: user ? (intent.grantId ?? uuid()) : undefined, ...(await issuer.issue(content)) };
  }

  #refreshToken(
    { client, intent, now }: Minting,
    grant: GrantRecord,
    access: { id: string; grantId: string | undefined },
  ) {
    if (!intent.refreshable || !client.settings.grantTypes.includes('refresh_token')) return undefined;
    const value = intent.keepRefreshToken ?? randomToken();
    const record: RefreshTokenRecord = {
      clientId: grant.clientId,
      grantId: access.grantId as string,
      userId: grant.userId,
      scopes: grant.scopes,
      issuedAt: now,
      expiresAt: intent.refreshExpiresAt ?? now + client.settings.refreshToken.expiryInSeconds * 1000,
      accessTokenId: access.id,
    };
    return { token: value, id: sha256Hex(value), record };
  }

  async #idToken(
    { http, client, intent, grantType, now }: Minting,
    user: User,
    subject: string,
    accessToken: string,
  ): Promise<string> {
    const claims = await this.claims.release(client, user, intent.scopes, intent.consentedClaims);
    const alg = client.settings.idToken.idTokenSignedResponseAlg;
    const authentication = intent.authentication ?? { time: now, methods: [grantType] };
    const facts = {
      issuer: issuerOf(http),
      client,
      subject,
      now,
      authentication,
      nonce: intent.nonce,
      wantsAuthTime: intent.wantsAuthTime,
      accessToken,
    };
    return this.keys.sign(
      http.organization.id,
      { alg, typ: 'JWT' },
      {
        ...claims,
        ...idTokenClaims(facts),
        org_id: http.organization.id,
        org_name: http.organization.name,
        org_handle: http.organization.handle,
      },
    );
  }

  #changes(
    { http }: Minting,
    access: { id: string; grantId: string | undefined; content: AccessTokenContent },
    grant: GrantRecord | undefined,
    refresh: { id: string; record: RefreshTokenRecord } | undefined,
  ): StateChange[] {
    const orgId = http.organization.id;
    const { content, grantId } = access;
    const record: AccessTokenRecord = {
      clientId: content.client.entity.clientId,
      ...(grantId ? { grantId } : {}),
      ...(content.user ? { userId: content.user.id, username: qualifiedName(content.user) } : {}),
      subject: content.subject,
      scopes: content.scopes,
      issuedAt: content.issuedAt,
      expiresAt: content.expiresAt,
      subjectType: content.subjectType,
      audience: content.audience,
    };
    const changes: StateChange[] = [
      { put: { orgId, kind: KINDS.accessToken, id: access.id, value: record, expiresAt: content.expiresAt } },
    ];
    if (refresh)
      changes.push({
        put: {
          orgId,
          kind: KINDS.refreshToken,
          id: refresh.id,
          value: refresh.record,
          expiresAt: refresh.record.expiresAt,
        },
      });
    if (grant && grantId) {
      const expiresAt = Math.max(content.expiresAt, refresh?.record.expiresAt ?? 0);
      changes.push({ put: { orgId, kind: KINDS.grant, id: grantId, value: grant, expiresAt, refs: grantRefs(grant) } });
    }
    return changes;
  }
}

function grantOf({ client, intent, grantType, now }: Minting, user: User): GrantRecord {
  return {
    clientId: client.entity.clientId,
    userId: user.id,
    scopes: intent.grantScopes ?? intent.scopes,
    authentication: intent.authentication ?? { time: now, methods: [grantType] },
    ...(intent.consentedClaims ? { consentedClaims: intent.consentedClaims } : {}),
    ...(intent.wantsAuthTime ? { wantsAuthTime: true } : {}),
    createdAt: now,
  };
}
