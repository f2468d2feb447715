import { inject, injectable } from 'tsyringe';
import type { HttpRequest, Reply } from '#core/http';
import { token } from '#core/kernel';
import { type StateChange, type StateStore, StateStoreToken } from '#core/persistence';
import { qualifiedName, type UserService, UserServiceToken } from '#core/users';
import { type ClientService, ClientServiceToken, type OAuthClient } from '../clients/client.service.js';
import { OAuthError } from '../errors.js';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';
import { type Bindings, BindingsToken } from '../token/bindings.js';
import { type ClientAuthentication, ClientAuthenticationToken } from '../token/client-authenticator.js';
import { type AccessTokens, AccessTokensToken } from './access-tokens.js';
import { type Grants, GrantsToken } from './grants.js';
import { type AccessTokenRecord, type Bound, KINDS } from './records.js';
import { type RefreshTokens, RefreshTokensToken } from './refresh-tokens.js';
import { type Revocations, RevocationsToken } from './revocations.js';
import { revokingClient } from './revoking-client.js';
import type { IdentifiedToken } from './token-issuer.js';

/** Injection token of the revocation endpoint. */
export const RevocationToken = token<Revocation>('oauth.revocation');

/** What a revocation has ended; tokens that cannot be told are absent. */
interface Ended {
  readonly access?: string | undefined;
  readonly refresh?: string | undefined;
  readonly userId?: string | undefined;
}

/** Name of a function: identifiers of ASCII, joined by dots. */
const functionName = /^[A-Za-z_$][\w$]*(\.[A-Za-z_$][\w$]*){0,4}$/;

/** The revocation endpoint (RFC 7009). Either token of a pair ends both. */
@injectable()
export class Revocation {
  constructor(
    @inject(ClientAuthenticationToken) private readonly authentication: ClientAuthentication,
    @inject(ClientServiceToken) private readonly clients: ClientService,
    @inject(AccessTokensToken) private readonly tokens: AccessTokens,
    @inject(GrantsToken) private readonly grants: Grants,
    @inject(RefreshTokensToken) private readonly refreshTokens: RefreshTokens,
    @inject(RevocationsToken) private readonly revocations: Revocations,
    @inject(StateStoreToken) private readonly state: StateStore,
    @inject(UserServiceToken) private readonly users: UserService,
    @inject(BindingsToken) private readonly bindings: Bindings,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
  ) {}

  /** Ends a token. Throws OAuthError. */
  async handle(http: HttpRequest): Promise<Reply> {
    const client = await revokingClient(http, this.authentication, this.clients);
    const value = http.form.get('token');
    if (!value) throw new OAuthError('invalid_request', 'Invalid revocation request');
    const callback = callbackOf(http.form.get('callback'));
    const ended = await this.#revoke(http, client, value);
    const headers = ended && this.options.revoked_token_headers_in_response.enable ? await this.#told(ended, http) : {};
    if (callback === undefined) return { status: 200, headers, text: '' };
    const script = { 'Content-Type': 'application/javascript; charset=utf-8', 'X-Content-Type-Options': 'nosniff' };
    return { status: 200, headers: { ...headers, ...script }, text: `${callback}();` };
  }

  /** Headers that tell a gateway in front of the server what has ended. */
  async #told({ access, refresh, userId }: Ended, http: HttpRequest): Promise<Record<string, string>> {
    const user = userId === undefined ? undefined : await this.users.findById(http.organization.id, userId);
    const name = user && qualifiedName(user);
    return {
      ...(access === undefined ? {} : { RevokedAccessToken: access }),
      ...(refresh === undefined ? {} : { RevokedRefreshToken: refresh }),
      // Names of other scripts than Latin do not fit into a header as they are.
      ...(name === undefined ? {} : { AuthorizedUser: encodeURIComponent(name).replace(/%2F/g, '/') }),
    };
  }

  /** Ends a token and what lives with it. Returns what has ended; undefined when there was nothing. */
  async #revoke(http: HttpRequest, client: OAuthClient, value: string): Promise<Ended | undefined> {
    const orgId = http.organization.id;
    const refresh = await this.refreshTokens.find(http.organization, value);
    if (refresh) {
      const { record, id } = refresh;
      ownedBy(client, record.clientId);
      await this.#checkBinding(http, client, refresh.grant.bound);
      if (refresh.isCarried) await this.state.apply([this.revocations.usingUp(orgId, id, record.expiresAt)]);
      await this.grants.revoke(orgId, record.grantId, 'revoked-by-client');
      return { refresh: value, access: this.refreshTokens.accessTokenOf(record), userId: record.userId };
    }
    const live = await this.tokens.identify(http.organization, value);
    const access = live && (await this.tokens.recordOf(orgId, live));
    if (!access) return undefined;
    ownedBy(client, access.clientId);
    await this.#checkBinding(http, client, access.bound);
    if (access.grantId === undefined) await this.state.apply(this.#endOf(orgId, live, access));
    else if (!(await this.state.get({ orgId, kind: KINDS.grant, id: access.grantId }))) return undefined;
    else await this.grants.revoke(orgId, access.grantId, 'revoked-by-client');
    return { access: value, userId: access.userId };
  }

  async #checkBinding(http: HttpRequest, client: OAuthClient, bound: Bound | undefined): Promise<void> {
    if (!bound || (await this.bindings.mayRevoke(bound, { http, parameters: http.form, client }))) return;
    throw new OAuthError('access_denied', 'Valid token binding value not present in the request.');
  }

  /** The end of a token that belongs to no grant. */
  #endOf(orgId: string, { id, record }: IdentifiedToken, access: AccessTokenRecord): StateChange[] {
    if (record) return this.revocations.ending(orgId, id, access.expiresAt);
    const changes: StateChange[] = [{ remove: { orgId, kind: KINDS.accessToken, id } }];
    if (access.reuseId === undefined) return changes;
    return [...changes, { remove: { orgId, kind: KINDS.reusableToken, id: access.reuseId } }];
  }
}

function ownedBy(client: OAuthClient, clientId: string): void {
  if (client.entity.clientId !== clientId)
    throw new OAuthError('unauthorized_client', 'The token belongs to another client.', { status: 401 });
}

/** The function that a script of another page wants called (RFC 7009 §2.3). Throws OAuthError when it is no name. */
function callbackOf(value: string | null): string | undefined {
  if (value === null || value === '') return undefined;
  if (value.length > 128 || !functionName.test(value))
    throw new OAuthError('invalid_request', 'callback: it has to be the name of a function.');
  return value;
}
