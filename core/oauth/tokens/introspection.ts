import { inject, injectable } from 'tsyringe';
import { type HttpRequest, type RateLimits, RateLimitsToken, type Reply } from '#core/http';
import { type Soon, token, whenThere } from '#core/kernel';
import { qualifiedName, type UserScopes, UserScopesToken, type UserService, UserServiceToken } from '#core/users';
import { type ClientService, ClientServiceToken } from '../clients/client.service.js';
import { OAuthError } from '../errors.js';
import { issuerOf } from '../issuer.js';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';
import { type Bindings, BindingsToken } from '../token/bindings.js';
import { type ClientAuthentication, ClientAuthenticationToken } from '../token/client-authenticator.js';
import { bindingRef } from '../token/token-binding.js';
import { type AccessTokens, AccessTokensToken } from './access-tokens.js';
import { type ForeignToken, type ForeignTokens, ForeignTokensToken } from './foreign-tokens.js';
import type { AccessTokenRecord, Bound } from './records.js';
import { type RefreshTokens, RefreshTokensToken } from './refresh-tokens.js';
import { type ScopeStanding, ScopeStandingToken } from './scope-standing.js';
import { type PresentedToken, presentedToken, type TokenGuard, TokenGuardToken } from './token-guard.js';
import { type UserContexts, UserContextsToken } from './user-contexts.js';

/** Injection token of the introspection endpoint. */
export const IntrospectionToken = token<Introspection>('oauth.introspection');

/** Scope that lets a user or an application ask. */
const SCOPE = 'internal_oauth2_introspect';
const inactive: Reply = { status: 200, json: { active: false } };
const seconds = (ms: number) => Math.floor(ms / 1000);

/** The introspection endpoint (RFC 7662). */
@injectable()
export class Introspection {
  constructor(
    @inject(AccessTokensToken) private readonly tokens: AccessTokens,
    @inject(ClientServiceToken) private readonly clients: ClientService,
    @inject(ClientAuthenticationToken) private readonly clientAuthentication: ClientAuthentication,
    @inject(UserServiceToken) private readonly users: UserService,
    @inject(UserScopesToken) private readonly scopes: UserScopes,
    @inject(RateLimitsToken) private readonly limits: RateLimits,
    @inject(ForeignTokensToken) private readonly foreign: ForeignTokens,
    @inject(ScopeStandingToken) private readonly standing: ScopeStanding,
    @inject(RefreshTokensToken) private readonly refreshTokens: RefreshTokens,
    @inject(BindingsToken) private readonly bindings: Bindings,
    @inject(TokenGuardToken) private readonly guard: TokenGuard,
    @inject(UserContextsToken) private readonly contexts: UserContexts,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
  ) {}

  /** Tells whether a token is good, and what it stands for. Throws OAuthError `invalid_client` when the caller may not ask. */
  async handle(http: HttpRequest): Promise<Reply> {
    const asker = await this.#askerOf(http);
    if (asker === undefined) throw new OAuthError('invalid_client', 'Client Authentication failed.');
    const value = http.form.get('token');
    if (value === null || value.trim() === '') return { status: 400, json: { error: 'Invalid input' } };
    const wanted = this.contexts.wanted(http);
    const live = await this.tokens.find(http.organization, value);
    const telling = live
      ? this.#accessToken({ live, organization: http.organization, issuer: issuerOf(http, this.options) })
      : this.#otherToken(value, http);
    const members = telling instanceof Promise ? await telling : telling;
    if (!members) return inactive;
    const context = wanted && live && (await this.contexts.of(http, live, wanted, asker));
    if (context !== undefined) members['token_string'] = context;
    return { status: 200, json: without(members, this.options.introspection.filtered_claims) };
  }

  async #otherToken(value: string, http: HttpRequest): Promise<Record<string, unknown> | undefined> {
    const refresh = await this.#refreshToken(value, http);
    if (refresh) return refresh;
    const foreign = await this.foreign.find(http, value);
    return foreign && this.#accessToken(foreign);
  }

  #accessToken(token: ForeignToken): Soon<Record<string, unknown>> {
    const { record } = token.live;
    const username = record.username ?? this.#usernameOf(record, token.organization.id);
    return whenThere(username, (name) => this.#membersOf(token, name));
  }

  #membersOf(token: ForeignToken, username: string | undefined): Record<string, unknown> {
    const { live, organization: home, issuer } = token;
    const { id, record, client, grant } = live;
    const organization = record.accessing ?? home;
    const isJwt = client.settings.accessToken.type === 'JWT';
    const authentication = grant?.authentication;
    return {
      active: true,
      ...(record.scopes.length > 0 ? { scope: record.scopes.join(' ') } : {}),
      client_id: record.clientId,
      ...(username === undefined ? {} : { username }),
      token_type: this.#typeOf(record.bound, isJwt),
      exp: seconds(record.expiresAt),
      iat: seconds(record.issuedAt),
      nbf: seconds(record.issuedAt),
      sub: record.subject,
      aud: record.audience.length === 1 ? record.audience[0] : record.audience,
      iss: issuer,
      ...(isJwt ? { jti: record.serial ?? id } : {}),
      aut: record.subjectType,
      ...this.#bindingOf(record.bound),
      ...(record.requestRef ? { binding_type: 'request', binding_ref: record.requestRef } : {}),
      ...(record.actor ? { act: record.actor } : {}),
      ...(record.authorizationDetails ? { authorization_details: record.authorizationDetails } : {}),
      ...(authentication?.acr === undefined ? {} : { acr: authentication.acr }),
      org_id: organization.id,
      org_name: organization.name,
      org_handle: organization.handle,
    };
  }

  #typeOf(bound: Bound | undefined, jwt: boolean): string {
    const scheme = this.bindings.schemeOf(bound);
    return scheme === 'Bearer' && jwt ? 'jwt' : scheme;
  }

  #bindingOf(bound: Bound | undefined): Readonly<Record<string, unknown>> {
    if (!bound) return {};
    const cnf = this.bindings.confirmationOf(bound);
    return { binding_type: bound.type, binding_ref: bindingRef(bound), ...(cnf ? { cnf } : {}) };
  }

  /** The name of the user of a token that carries its record, which has no names. */
  #usernameOf({ userId, federated }: AccessTokenRecord, orgId: string): Soon<string | undefined> {
    if (userId === undefined) return undefined;
    if (federated) return federated.subject;
    return whenThere(this.users.findById(orgId, userId), (user) => user && qualifiedName(user));
  }

  async #refreshToken(value: string, http: HttpRequest): Promise<Record<string, unknown> | undefined> {
    const found = await this.refreshTokens.find(http.organization, value);
    if (!found) return undefined;
    const { record, grant, isCarried } = found;
    if (!isCarried && !(await this.bindings.isAlive(http.organization.id, record.grantId, grant))) return undefined;
    const client = await this.clients.find(http.organization.id, record.clientId);
    if (client?.entity.state !== 'ACTIVE' || !client.application.settings.applicationEnabled) return undefined;
    if (record.issuedAt < client.entity.tokensValidFrom) return undefined;
    if (!(await this.standing.holdsRefresh(http.organization.id, client, found))) return undefined;
    const times = { exp: seconds(record.expiresAt), iat: seconds(record.issuedAt), nbf: seconds(record.issuedAt) };
    const scope = record.scopes.join(' ');
    return { active: true, scope, client_id: record.clientId, token_type: 'Refresh', ...times };
  }

  /** Who asks, by id: a client by its secret, a user or an application with the scope; undefined when none may. */
  async #askerOf(http: HttpRequest): Promise<string | undefined> {
    const header = http.headers.authorization ?? '';
    const presented = presentedToken(http);
    if (presented) return this.#holderWithScope(http, presented);
    try {
      const { settings, entity } = await this.clientAuthentication.authenticate(http, http.form);
      return settings.publicClient ? undefined : entity.clientId;
    } catch (error) {
      if (!(error instanceof OAuthError) || error.code !== 'invalid_client') throw error;
      const text = /^basic /i.test(header) ? Buffer.from(header.slice(6).trim(), 'base64').toString('utf8') : '';
      const colon = text.indexOf(':');
      return colon > 0 ? this.#userWithScope(http, text.slice(0, colon), text.slice(colon + 1)) : undefined;
    }
  }

  async #holderWithScope(http: HttpRequest, presented: PresentedToken): Promise<string | undefined> {
    try {
      const { record } = await this.guard.admit(http, presented);
      // A scope that was given for another organization allows nothing here.
      return record.accessing === undefined && record.scopes.includes(SCOPE) ? record.clientId : undefined;
    } catch (error) {
      if (error instanceof OAuthError && error.code === 'invalid_token') return undefined;
      throw error;
    }
  }

  async #userWithScope(http: HttpRequest, name: string, password: string): Promise<string | undefined> {
    if (await this.clients.find(http.organization.id, name)) return undefined;
    const account = `${http.organization.id}:${name.toLowerCase()}`;
    await this.limits.tryFrom(http.ip);
    await this.limits.checkAccount(account);
    const result = await this.users.authenticate(http.organization.id, name, password);
    if (result.outcome === 'rejected') {
      await this.limits.failed(account);
      return undefined;
    }
    return (await this.scopes.of(result.user)).has(SCOPE) ? result.user.id : undefined;
  }
}

/** What the operator lets out; `active` always. */
function without(members: Record<string, unknown>, names: readonly string[]): Record<string, unknown> {
  if (names.length === 0) return members;
  return Object.fromEntries(Object.entries(members).filter(([name]) => name === 'active' || !names.includes(name)));
}
