import { inject, injectable } from 'tsyringe';
import { sha256Hex } from '#core/crypto';
import type { HttpRequest, Reply } from '#core/http';
import { token } from '#core/kernel';
import { type StateStore, StateStoreToken } from '#core/persistence';
import { type ClientService, ClientServiceToken, type OAuthClient } from '../clients/client.service.js';
import { OAuthError } from '../errors.js';
import { type Bindings, BindingsToken } from '../token/bindings.js';
import { type ClientAuthentication, ClientAuthenticationToken } from '../token/client-authenticator.js';
import { type AccessTokens, AccessTokensToken } from './access-tokens.js';
import { type Grants, GrantsToken } from './grants.js';
import { type AccessTokenRecord, type Bound, type GrantRecord, KINDS, type RefreshTokenRecord } from './records.js';
import { revokingClient } from './revoking-client.js';

/** Injection token of the revocation endpoint. */
export const RevocationToken = token<Revocation>('oauth.revocation');

/** The revocation endpoint (RFC 7009). Either token of a pair ends both. */
@injectable()
export class Revocation {
  constructor(
    @inject(ClientAuthenticationToken) private readonly authentication: ClientAuthentication,
    @inject(ClientServiceToken) private readonly clients: ClientService,
    @inject(AccessTokensToken) private readonly tokens: AccessTokens,
    @inject(GrantsToken) private readonly grants: Grants,
    @inject(StateStoreToken) private readonly state: StateStore,
    @inject(BindingsToken) private readonly bindings: Bindings,
  ) {}

  /** Ends a token. Throws OAuthError. */
  async handle(http: HttpRequest): Promise<Reply> {
    const client = await revokingClient(http, this.authentication, this.clients);
    const value = http.form.get('token');
    if (!value) throw new OAuthError('invalid_request', 'Invalid revocation request');
    await this.#revoke(http, client, value);
    return { status: 200, text: '' };
  }

  async #revoke(http: HttpRequest, client: OAuthClient, value: string): Promise<void> {
    const orgId = http.organization.id;
    const refresh = await this.state.get<RefreshTokenRecord>({ orgId, kind: KINDS.refreshToken, id: sha256Hex(value) });
    if (refresh) {
      ownedBy(client, refresh.clientId);
      const grant = await this.state.get<GrantRecord>({ orgId, kind: KINDS.grant, id: refresh.grantId });
      await this.#checkBinding(http, client, grant?.bound);
      return this.grants.revoke(orgId, refresh.grantId, 'revoked-by-client');
    }
    const id = await this.tokens.idOf(http.organization, value);
    const access =
      id === undefined ? undefined : await this.state.get<AccessTokenRecord>({ orgId, kind: KINDS.accessToken, id });
    if (!access || id === undefined) return;
    ownedBy(client, access.clientId);
    await this.#checkBinding(http, client, access.bound);
    if (access.grantId !== undefined) return this.grants.revoke(orgId, access.grantId, 'revoked-by-client');
    await this.state.apply([{ remove: { orgId, kind: KINDS.accessToken, id } }]);
  }

  async #checkBinding(http: HttpRequest, client: OAuthClient, bound: Bound | undefined): Promise<void> {
    if (!bound || (await this.bindings.mayRevoke(bound, { http, parameters: http.form, client }))) return;
    throw new OAuthError('access_denied', 'Valid token binding value not present in the request.');
  }
}

function ownedBy(client: OAuthClient, clientId: string): void {
  if (client.entity.clientId !== clientId)
    throw new OAuthError('unauthorized_client', 'The token belongs to another client.', { status: 401 });
}
