import { inject, injectable } from 'tsyringe';
import { randomToken, sha256Hex } from '#core/crypto';
import type { HttpRequest } from '#core/http';
import { type Clock, ClockToken, type Registry, token } from '#core/kernel';
import { type StateChange, type StateStore, StateStoreToken } from '#core/persistence';
import { type Person, personId } from '../claims/person.js';
import type { OAuthClient } from '../clients/client.service.js';
import { OAuthError } from '../errors.js';
import { grantRefs } from '../tokens/grants.js';
import { type GrantRecord, KINDS, type RefreshTokenRecord } from '../tokens/records.js';
import { type AccessTokenMaker, AccessTokenMakerToken, type MadeAccessToken, termsOf } from './access-token-maker.js';
import type { TokenIntent, TokenSubject } from './grant-type.js';
import { type IdTokens, IdTokensToken } from './id-tokens.js';
import { type TokenBinding, TokenBindingRegistryToken } from './token-binding.js';

/** Injection token of the minter. */
export const TokenMinterToken = token<TokenMinter>('oauth.token-minter');

/** The body of a successful token response (RFC 6749 §5.1). */
export interface TokenResponse {
  readonly access_token: string;
  readonly token_type: 'Bearer' | 'DPoP';
  readonly expires_in: number;
  readonly scope?: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
  readonly [member: string]: unknown;
}

/** What is being minted for. */
interface Minting {
  readonly http: HttpRequest;
  readonly client: OAuthClient;
  readonly intent: TokenIntent;
  readonly grantType: string;
  readonly now: number;
}

/** Makes tokens of intents, and stores what has to be known of them in one atomic batch. */
@injectable()
export class TokenMinter {
  constructor(
    @inject(AccessTokenMakerToken) private readonly accessTokens: AccessTokenMaker,
    @inject(IdTokensToken) private readonly idTokens: IdTokens,
    @inject(TokenBindingRegistryToken) private readonly bindings: Registry<TokenBinding>,
    @inject(StateStoreToken) private readonly state: StateStore,
    @inject(ClockToken) private readonly clock: Clock,
  ) {}

  /** Issues what the intent asks for. Throws OAuthError `invalid_grant` when its changes cannot be applied any more. */
  async mint(http: HttpRequest, client: OAuthClient, intent: TokenIntent, grantType: string): Promise<TokenResponse> {
    const minting: Minting = { http, client, intent, grantType, now: this.clock.now() };
    const person = personOf(intent.subject);
    const { scopes, subjectType, grantId } = intent;
    const order = { http, client, person, scopes, terms: intent, subjectType, grantType, grantId, now: minting.now };
    const access = await this.accessTokens.make(order);
    const grant = person && grantOf(minting, person);
    const refresh = grant && this.#refreshToken(minting, grant, access);
    const idToken = person && (await this.#idToken(minting, person, access.token));
    const changes = [...(intent.changes ?? []), ...access.changes, ...this.#changes(minting, access, grant, refresh)];
    const { applied } = await this.state.apply(changes);
    if (!applied) throw new OAuthError('invalid_grant', 'The grant has just been used by another request.');
    return this.#response(minting, access, refresh?.token, idToken);
  }

  #response(
    { intent, now }: Minting,
    access: MadeAccessToken,
    refreshToken: string | undefined,
    idToken: string | undefined,
  ): TokenResponse {
    const { scopes, bound, authorizationDetails, issuedTokenType, members } = intent;
    const tokenType = (bound && this.bindings.find(bound.type)?.tokenType) ?? 'Bearer';
    return {
      access_token: access.token,
      ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
      ...(scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
      ...(idToken === undefined ? {} : { id_token: idToken }),
      ...(authorizationDetails ? { authorization_details: authorizationDetails } : {}),
      ...(issuedTokenType === undefined ? {} : { issued_token_type: issuedTokenType }),
      token_type: tokenType,
      expires_in: Math.floor((access.content.expiresAt - now) / 1000),
      ...members,
    };
  }

  #refreshToken({ client, intent, now }: Minting, grant: GrantRecord, access: MadeAccessToken) {
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

  async #idToken({ http, client, intent, grantType, now }: Minting, person: Person, accessToken: string) {
    if (!intent.idToken || !intent.scopes.includes('openid')) return undefined;
    const { scopes, nonce, wantsAuthTime, consentedClaims, claims, accessing, subjectType } = intent;
    const authentication = intent.authentication ?? { time: now, methods: [grantType] };
    const asked = { scopes, nonce, wantsAuthTime, consentedClaims, claims, accessing };
    const isAgent = subjectType === 'AGENT';
    return this.idTokens.issue({ ...asked, http, client, person, now, authentication, accessToken, isAgent });
  }

  #changes(
    { http }: Minting,
    { grantId, content }: MadeAccessToken,
    grant: GrantRecord | undefined,
    refresh: { id: string; record: RefreshTokenRecord } | undefined,
  ): StateChange[] {
    const orgId = http.organization.id;
    const changes: StateChange[] = [];
    if (refresh) {
      const { id, record } = refresh;
      changes.push({ put: { orgId, kind: KINDS.refreshToken, id, value: record, expiresAt: record.expiresAt } });
    }
    if (grant && grantId) {
      const expiresAt = Math.max(content.expiresAt, refresh?.record.expiresAt ?? 0);
      changes.push({ put: { orgId, kind: KINDS.grant, id: grantId, value: grant, expiresAt, refs: grantRefs(grant) } });
    }
    return changes;
  }
}

/** Whom a subject is; undefined: the application itself. */
export function personOf(subject: TokenSubject): Person | undefined {
  if (subject.type === 'user') return subject.user;
  return subject.type === 'federated' ? subject.person : undefined;
}

function grantOf({ client, intent, grantType, now }: Minting, person: Person): GrantRecord {
  return {
    ...termsOf({ ...intent, ...intent.granted }),
    clientId: client.entity.clientId,
    userId: personId(person),
    scopes: intent.grantScopes ?? intent.scopes,
    authentication: intent.authentication ?? { time: now, methods: [grantType] },
    ...(intent.consentedClaims ? { consentedClaims: intent.consentedClaims } : {}),
    ...(intent.wantsAuthTime ? { wantsAuthTime: true } : {}),
    ...(intent.claims ? { claims: intent.claims } : {}),
    grantType,
    createdAt: now,
  };
}
