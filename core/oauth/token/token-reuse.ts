import { inject, injectable } from 'tsyringe';
import { type SecretBox, SecretBoxToken, sha256Hex } from '#core/crypto';
import { type Registry, token } from '#core/kernel';
import { type StateChange, type StateStore, StateStoreToken } from '#core/persistence';
import { isFederated, personId } from '../claims/person.js';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';
import { TokenIssuerRegistryToken } from '../tokens/access-tokens.js';
import { type AccessTokenRecord, KINDS, type RefreshTokenRecord } from '../tokens/records.js';
import type { TokenIssuer } from '../tokens/token-issuer.js';
import { type AccessTokenOrder, audienceOf, type MadeAccessToken } from './access-token-maker.js';

/** Injection token of the reuse of tokens. */
export const TokenReuseToken = token<TokenReuse>('oauth.token-reuse');

/** Tokens that are handed out again. */
export interface ReusableTokens {
  readonly access: string;
  readonly refresh: string | undefined;
  readonly grantId: string | undefined;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** What is kept so that tokens can be handed out again: their values are sealed. */
interface ReusableEntry {
  readonly sealed: string;
  /** Id of the access token. */
  readonly id: string;
  readonly refreshId?: string | undefined;
  readonly grantId?: string | undefined;
  readonly issuedAt: number;
  readonly expiresAt: number;
}

const PURPOSE = 'reusable-token';

/** A token with less life than this is not handed out again, in milliseconds. */
const LEAST_LIFE_MS = 1000;

/**
 * What becomes of a request that is like one before it. Requests are alike when client, user, grant type, scopes
 * (in whatever order), binding, organization, audience and actor are. A grant that a user has given in the browser is
 * like no other: its tokens live and die with it, and a refresh stays within it (decision 7).
 */
@injectable()
export class TokenReuse {
  readonly #reuses: boolean;

  constructor(
    @inject(TokenIssuerRegistryToken) private readonly issuers: Registry<TokenIssuer>,
    @inject(StateStoreToken) private readonly state: StateStore,
    @inject(SecretBoxToken) private readonly box: SecretBox,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
  ) {
    this.#reuses = !options.hash_tokens_and_secrets && !options.token_renewal.renew_access_token_per_request;
  }

  /** Under what the tokens of an order are handed out again; undefined when they are not. */
  reuseIdOf(order: AccessTokenOrder): string | undefined {
    return this.#reuses && this.#repetition(order) === 'reuse' ? likenessOf(order) : undefined;
  }

  /** The series of tokens in which that of an order replaces the one before; undefined when it replaces none. */
  seriesOf(order: AccessTokenOrder): string | undefined {
    return this.#repetition(order) === 'replace' && !this.leavesOthersAlone(order) ? likenessOf(order) : undefined;
  }

  /** Whether the operator lets tokens of this grant live beside those before them, which each then tells by a reference of its own. */
  leavesOthersAlone({ client, grantType }: AccessTokenOrder): boolean {
    const { enable, allowed_grant_types } = this.options.jwt.renew_token_without_revoking_existing;
    const replaces = this.issuers.find(client.settings.accessToken.type)?.onRepetition === 'replace';
    return replaces && enable && allowed_grant_types.includes(grantType);
  }

  /** The tokens of an earlier request that was like this one, if they are still good. One read for applications. */
  async find(order: AccessTokenOrder, id: string, refreshable: boolean): Promise<ReusableTokens | undefined> {
    const { http, client, person, now } = order;
    const orgId = http.organization.id;
    const entry = await this.state.get<ReusableEntry>({ orgId, kind: KINDS.reusableToken, id });
    if (!entry || entry.expiresAt - now < LEAST_LIFE_MS || entry.issuedAt < client.entity.tokensValidFrom)
      return undefined;
    if (person && !(await this.#isLive(orgId, entry, refreshable, now))) return undefined;
    const opened = this.box.open(PURPOSE, entry.sealed);
    if (opened === undefined) return undefined;
    const { access, refresh } = JSON.parse(opened) as { access: string; refresh?: string };
    return { access, refresh, grantId: entry.grantId, expiresAt: entry.expiresAt };
  }

  /** Keeps tokens for requests to come. @param refresh token and id of the refresh token, if one goes with it */
  keeping(
    orgId: string,
    id: string,
    made: MadeAccessToken,
    refresh: { readonly token: string; readonly id: string } | undefined,
  ): StateChange {
    const { issuedAt, expiresAt } = made.content;
    const value: ReusableEntry = {
      sealed: this.box.seal(PURPOSE, JSON.stringify({ access: made.token, refresh: refresh?.token })),
      id: made.id,
      ...(refresh ? { refreshId: refresh.id } : {}),
      ...(made.grantId ? { grantId: made.grantId } : {}),
      issuedAt,
      expiresAt,
    };
    return { put: { orgId, kind: KINDS.reusableToken, id, value, expiresAt } };
  }

  #repetition({ client, grantId }: AccessTokenOrder): TokenIssuer['onRepetition'] {
    return grantId === undefined ? this.issuers.find(client.settings.accessToken.type)?.onRepetition : undefined;
  }

  /** Whether the token, its grant and its refresh token are all still there: what ended is not brought back. */
  async #isLive(orgId: string, entry: ReusableEntry, refreshable: boolean, now: number): Promise<boolean> {
    const { id, grantId, refreshId } = entry;
    if (grantId === undefined || (refreshId !== undefined) !== refreshable) return false;
    const access = await this.state.get<AccessTokenRecord>({ orgId, kind: KINDS.accessToken, id });
    if (access?.grantId !== grantId) return false;
    if (!(await this.state.get({ orgId, kind: KINDS.grant, id: grantId }))) return false;
    if (refreshId === undefined) return true;
    const refresh = await this.state.get<RefreshTokenRecord>({ orgId, kind: KINDS.refreshToken, id: refreshId });
    return refresh !== undefined && refresh.expiresAt - now >= LEAST_LIFE_MS;
  }
}

/** One name for all orders that are alike. */
function likenessOf(order: AccessTokenOrder): string {
  const { client, person, scopes, terms, subjectType, grantType } = order;
  const { actor, authorizationDetails, accessing, bound } = terms;
  return sha256Hex(
    JSON.stringify([
      client.entity.clientId,
      client.settings.accessToken.type,
      person ? personId(person) : null,
      grantType,
      subjectType,
      [...scopes].sort(),
      [...audienceOf(order)].sort(),
      bound ? [bound.type, bound.value] : null,
      accessing?.id,
      actor,
      authorizationDetails,
      // Scopes were given for these; whoever comes with others needs a token of his own.
      person && isFederated(person) ? [...(person.groups ?? [])].sort() : null,
    ]),
  );
}
