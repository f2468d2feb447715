import { inject, injectable } from 'tsyringe';
import type { HttpRequest } from '#core/http';
import { type Clock, ClockToken, type Registry, type Soon, token } from '#core/kernel';
import { type StateChange, type StateStore, StateStoreToken } from '#core/persistence';
import { type Person, personId } from '../claims/person.js';
import type { OAuthClient } from '../clients/client.service.js';
import { GrantUsedError } from '../errors.js';
import { grantRefs } from '../tokens/grants.js';
import { type GrantRecord, type GrantTerms, KINDS, type RefreshTokenRecord } from '../tokens/records.js';
import { type MadeRefreshToken, type RefreshTokens, RefreshTokensToken } from '../tokens/refresh-tokens.js';
import {
  type AccessTokenMaker,
  AccessTokenMakerToken,
  type AccessTokenOrder,
  type MadeAccessToken,
} from './access-token-maker.js';
import type { TokenIntent, TokenSubject } from './grant-type.js';
import { type IdTokens, IdTokensToken } from './id-tokens.js';
import { type TokenBinding, TokenBindingRegistryToken } from './token-binding.js';
import { type ReusableTokens, type TokenReuse, TokenReuseToken } from './token-reuse.js';

/** Injection token of the minter. */
export const TokenMinterToken = token<TokenMinter>('oauth.token-minter');

/** The body of a successful token response (RFC 6749 §5.1). Undefined members are not sent. */
export interface TokenResponse {
  readonly access_token: string;
  readonly token_type: 'Bearer' | 'DPoP';
  readonly expires_in: number;
  readonly scope?: string | undefined;
  readonly refresh_token?: string | undefined;
  readonly id_token?: string | undefined;
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
    @inject(TokenReuseToken) private readonly reuse: TokenReuse,
    @inject(RefreshTokensToken) private readonly refreshTokens: RefreshTokens,
    @inject(StateStoreToken) private readonly state: StateStore,
    @inject(ClockToken) private readonly clock: Clock,
  ) {}

  /** Issues what the intent asks for. Throws OAuthError `invalid_grant` when its changes cannot be applied any more. */
  async mint(http: HttpRequest, client: OAuthClient, wanted: TokenIntent, grantType: string): Promise<TokenResponse> {
    const { subject } = wanted;
    const intent = subject.type === 'federated' ? { ...wanted, federated: subject.person } : wanted;
    const minting: Minting = { http, client, intent, grantType, now: this.clock.now() };
    const person = personOf(intent.subject);
    const order = orderOf(minting, person);
    const reuseId = this.reuse.reuseIdOf(order);
    const known = reuseId && (await this.reuse.find(order, reuseId, person !== undefined && mayRefresh(minting)));
    if (known) return this.#again(minting, person, known);
    order.reuseId = reuseId;
    order.series = this.reuse.seriesOf(order);
    order.leavesOthersAlone = this.reuse.leavesOthersAlone(order);
    const access = await this.accessTokens.make(order);
    const grant = person && grantOf(minting, person);
    const making = grant && this.#refreshToken(minting, grant, access);
    const refresh = making instanceof Promise ? await making : making;
    const idToken = person && (await this.#idToken(minting, person, access.token));
    const changes = [...(intent.changes ?? []), ...access.changes, ...this.#changes(minting, access, grant, refresh)];
    if (reuseId) changes.push(this.reuse.keeping(http.organization.id, reuseId, access, refresh));
    // Tokens that carry what has to be known of them leave nothing to store.
    if (changes.length > 0) await this.#apply(changes);
    const { token: value, content } = access;
    return this.#response(minting, { token: value, expiresAt: content.expiresAt }, refresh?.token, idToken);
  }

  /** Hands out tokens again. */
  async #again(minting: Minting, person: Person | undefined, known: ReusableTokens): Promise<TokenResponse> {
    const { intent, http } = minting;
    const idToken = person && (await this.#idToken(minting, person, known.access));
    const orgId = http.organization.id;
    const alive = known.grantId ? [{ require: { orgId, kind: KINDS.grant, id: known.grantId } }] : [];
    if (intent.changes && intent.changes.length > 0) await this.#apply([...intent.changes, ...alive]);
    return this.#response(minting, { token: known.access, expiresAt: known.expiresAt }, known.refresh, idToken);
  }

  async #apply(changes: readonly StateChange[]): Promise<void> {
    const { applied } = await this.state.apply(changes);
    if (!applied) throw new GrantUsedError();
  }

  #response(
    { intent, now }: Minting,
    access: { readonly token: string; readonly expiresAt: number },
    refreshToken: string | undefined,
    idToken: string | undefined,
  ): TokenResponse {
    const { scopes, bound, authorizationDetails, issuedTokenType, members } = intent;
    const tokenType = (bound && this.bindings.find(bound.type)?.tokenType) ?? 'Bearer';
    return {
      access_token: access.token,
      refresh_token: refreshToken,
      scope: scopes.length > 0 ? scopes.join(' ') : undefined,
      id_token: idToken,
      authorization_details: authorizationDetails,
      issued_token_type: issuedTokenType,
      token_type: tokenType,
      expires_in: Math.floor((access.expiresAt - now) / 1000),
      ...members,
    };
  }

  #refreshToken(minting: Minting, grant: GrantRecord, access: MadeAccessToken): Soon<MadeRefreshToken | undefined> {
    if (!mayRefresh(minting)) return undefined;
    const { client, http, intent, now } = minting;
    const expiresAt = intent.refreshExpiresAt ?? now + client.settings.refreshToken.expiryInSeconds * 1000;
    const record: RefreshTokenRecord = {
      clientId: grant.clientId,
      grantId: access.grantId as string,
      userId: grant.userId,
      scopes: grant.scopes,
      issuedAt: now,
      expiresAt,
      accessTokenId: access.id,
      sharesAccessTokenId: access.sharesId || undefined,
      sealedAccessToken: undefined,
    };
    const { subject, issuer } = access.content;
    const keep = intent.keepRefreshToken;
    const { organization } = http;
    return this.refreshTokens.make({
      organization,
      client,
      subject,
      issuer,
      grant,
      record,
      accessToken: access.token,
      keep,
    });
  }

  #idToken(
    { http, client, intent, grantType, now }: Minting,
    person: Person,
    accessToken: string,
  ): Soon<string | undefined> {
    if (!intent.idToken || !intent.scopes.includes('openid')) return undefined;
    const { scopes, nonce, wantsAuthTime, consentedClaims, claims, accessing, actor, subjectType } = intent;
    const authentication = intent.authentication ?? { time: now, methods: [grantType] };
    const isAgent = subjectType === 'AGENT';
    const asked = { scopes, nonce, wantsAuthTime, consentedClaims, claims, accessing, actor, isAgent };
    return this.idTokens.issue({ http, client, person, now, authentication, accessToken, ...asked });
  }

  /** What is kept of grant and refresh token; nothing of those that carry it themselves. */
  #changes(
    { http, client, intent }: Minting,
    access: MadeAccessToken,
    grant: GrantRecord | undefined,
    refresh: MadeRefreshToken | undefined,
  ): StateChange[] {
    const { grantId, content } = access;
    if (!grant || !grantId || refresh?.isCarried || (access.carriesRecord && !refresh)) return [];
    const orgId = http.organization.id;
    const graceful = refresh && client.settings.refreshToken.gracefulRefreshTokenRotationEnabled;
    const latest = { refreshId: refresh?.id, accessTokenId: access.id, replaces: intent.replacesRefreshToken };
    const value: GrantRecord = graceful ? { ...grant, latest } : grant;
    const expiresAt = Math.max(content.expiresAt, refresh?.record.expiresAt ?? 0);
    const put = { orgId, kind: KINDS.grant, id: grantId, value, expiresAt, refs: grantRefs(grant) };
    return [...(refresh?.changes ?? []), { put }];
  }
}

/** Whether a refresh token is issued. */
const mayRefresh = ({ intent, client }: Minting): boolean =>
  intent.refreshable && client.settings.grantTypes.includes('refresh_token');

/** Whom a subject is; undefined: the application itself. */
export function personOf(subject: TokenSubject): Person | undefined {
  if (subject.type === 'user') return subject.user;
  return subject.type === 'federated' ? subject.person : undefined;
}

type Writable<T> = { -readonly [name in keyof T]: T[name] };

function orderOf(
  { http, client, intent, grantType, now }: Minting,
  person: Person | undefined,
): Writable<AccessTokenOrder> {
  return {
    http,
    client,
    person,
    scopes: intent.scopes,
    terms: intent,
    subjectType: intent.subjectType,
    grantType,
    grantId: intent.grantId,
    now,
    authentication: intent.authentication,
    consentedClaims: intent.consentedClaims,
    reuseId: undefined,
    series: undefined,
    leavesOthersAlone: undefined,
  };
}

function grantOf({ client, intent, grantType, now }: Minting, person: Person): GrantRecord {
  const whole: GrantTerms = intent.granted ? { ...intent, ...intent.granted } : intent;
  return {
    actor: intent.actor,
    authorizationDetails: whole.authorizationDetails,
    resources: whole.resources,
    accessing: intent.accessing,
    federated: intent.federated,
    bound: intent.bound,
    clientId: client.entity.clientId,
    userId: personId(person),
    scopes: intent.grantScopes ?? intent.scopes,
    authentication: intent.authentication ?? { time: now, methods: [grantType] },
    consentedClaims: intent.consentedClaims,
    wantsAuthTime: intent.wantsAuthTime || undefined,
    claims: intent.claims,
    subjectType: intent.subjectType,
    grantType: intent.grantedBy ?? grantType,
    createdAt: now,
  };
}
