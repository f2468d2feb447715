import { inject, injectable } from 'tsyringe';
import { sha256Hex } from '#core/crypto';
import { type HttpRequest, type RateLimits, RateLimitsToken, type Reply } from '#core/http';
import { type Clock, ClockToken, token } from '#core/kernel';
import { type StateStore, StateStoreToken } from '#core/persistence';
import { type UserScopes, UserScopesToken, type UserService, UserServiceToken } from '#core/users';
import { type ClientService, ClientServiceToken } from '../clients/client.service.js';
import { OAuthError } from '../errors.js';
import { issuerOf } from '../issuer.js';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';
import { type Bindings, BindingsToken } from '../token/bindings.js';
import { type ClientAuthentication, ClientAuthenticationToken } from '../token/client-authenticator.js';
import { bindingRef } from '../token/token-binding.js';
import { type AccessTokens, AccessTokensToken, type LiveToken } from './access-tokens.js';
import { type Bound, type GrantRecord, KINDS, type RefreshTokenRecord } from './records.js';
import { type PresentedToken, presentedToken, type TokenGuard, TokenGuardToken } from './token-guard.js';

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
    @inject(StateStoreToken) private readonly state: StateStore,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
    @inject(BindingsToken) private readonly bindings: Bindings,
    @inject(TokenGuardToken) private readonly guard: TokenGuard,
  ) {}

  /** Tells whether a token is good, and what it stands for. Throws OAuthError `invalid_client` when the caller may not ask. */
  async handle(http: HttpRequest): Promise<Reply> {
    if (!(await this.#mayAsk(http))) throw new OAuthError('invalid_client', 'Client Authentication failed.');
    const value = http.form.get('token');
    if (value === null || value.trim() === '') return { status: 400, json: { error: 'Invalid input' } };
    const live = await this.tokens.find(http.organization, value);
    if (live) return this.#accessToken(live, http);
    return (await this.#refreshToken(value, http)) ?? inactive;
  }

  #accessToken({ id, record, client }: LiveToken, http: HttpRequest): Reply {
    const { id: org_id, name: org_name, handle: org_handle } = http.organization;
    const jwt = client.settings.accessToken.type === 'JWT';
    return {
      status: 200,
      json: {
        active: true,
        ...(record.scopes.length > 0 ? { scope: record.scopes.join(' ') } : {}),
        client_id: record.clientId,
        ...(record.username === undefined ? {} : { username: record.username }),
        token_type: this.#typeOf(record.bound, jwt),
        exp: seconds(record.expiresAt),
        iat: seconds(record.issuedAt),
        nbf: seconds(record.issuedAt),
        sub: record.subject,
        aud: record.audience.length === 1 ? record.audience[0] : record.audience,
        iss: issuerOf(http, this.options),
        ...(jwt ? { jti: id } : {}),
        aut: record.subjectType,
        ...(record.authorizationDetails ? { authorization_details: record.authorizationDetails } : {}),
        ...this.#bindingOf(record.bound),
        org_id,
        org_name,
        org_handle,
      },
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

  async #refreshToken(value: string, http: HttpRequest): Promise<Reply | undefined> {
    const orgId = http.organization.id;
    const record = await this.state.get<RefreshTokenRecord>({ orgId, kind: KINDS.refreshToken, id: sha256Hex(value) });
    if (!record || record.expiresAt <= this.clock.now()) return undefined;
    const client = await this.clients.find(orgId, record.clientId);
    if (client?.entity.state !== 'ACTIVE' || !client.application.settings.applicationEnabled) return undefined;
    if (record.issuedAt < client.entity.tokensValidFrom) return undefined;
    const grant = await this.state.get<GrantRecord>({ orgId, kind: KINDS.grant, id: record.grantId });
    if (!grant || !(await this.bindings.isAlive(orgId, record.grantId, grant))) return undefined;
    const times = { exp: seconds(record.expiresAt), iat: seconds(record.issuedAt), nbf: seconds(record.issuedAt) };
    return {
      status: 200,
      json: {
        active: true,
        scope: record.scopes.join(' '),
        client_id: record.clientId,
        token_type: 'Refresh',
        ...times,
      },
    };
  }

  /** A client by its secret, a user or an application with the scope. */
  async #mayAsk(http: HttpRequest): Promise<boolean> {
    const header = http.headers.authorization ?? '';
    const presented = presentedToken(http);
    if (presented) return this.#isTokenWithScope(http, presented);
    try {
      return !(await this.clientAuthentication.authenticate(http, http.form)).settings.publicClient;
    } catch (error) {
      if (!(error instanceof OAuthError) || error.code !== 'invalid_client') throw error;
      const text = /^basic /i.test(header) ? Buffer.from(header.slice(6).trim(), 'base64').toString('utf8') : '';
      const colon = text.indexOf(':');
      return colon > 0 && this.#isUserWithScope(http, text.slice(0, colon), text.slice(colon + 1));
    }
  }

  async #isTokenWithScope(http: HttpRequest, presented: PresentedToken): Promise<boolean> {
    try {
      return (await this.guard.admit(http, presented)).record.scopes.includes(SCOPE);
    } catch (error) {
      if (error instanceof OAuthError && error.code === 'invalid_token') return false;
      throw error;
    }
  }

  async #isUserWithScope(http: HttpRequest, name: string, password: string): Promise<boolean> {
    if (await this.clients.find(http.organization.id, name)) return false;
    const account = `${http.organization.id}:${name.toLowerCase()}`;
    await this.limits.tryFrom(http.ip);
    await this.limits.checkAccount(account);
    const result = await this.users.authenticate(http.organization.id, name, password);
    if (result.outcome === 'rejected') {
      await this.limits.failed(account);
      return false;
    }
    return (await this.scopes.of(result.user)).has(SCOPE);
  }
}
