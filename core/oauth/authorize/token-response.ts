import type { Registry } from '#core/kernel';
import type { OAuthClient } from '../clients/client.service.js';
import { OAuthError } from '../errors.js';
import { type AccessTokenMaker, termsOf } from '../token/access-token-maker.js';
import type { TokenBinding } from '../token/token-binding.js';
import { grantRefs } from '../tokens/grants.js';
import { type GrantRecord, KINDS } from '../tokens/records.js';
import type { AuthorizeRequest } from './authorize-request.js';
import { IMPLICIT } from './implicit.js';
import type { Authorization, ResponsePart, ResponseType } from './responses.js';

/** `response_type=token` (RFC 6749 §4.2.2). The token belongs to a grant, as those of the token endpoint do; there is no refresh token. */
export class TokenResponse implements ResponseType {
  readonly name = 'token';
  readonly grantTypes = [IMPLICIT.name];
  readonly answersInFragment = true;

  constructor(
    private readonly maker: AccessTokenMaker,
    private readonly bindings: Registry<TokenBinding>,
  ) {}

  /** A token that has to be bound to a key cannot be had here: the request proves none (RFC 9449 §5, RFC 8705 §3). */
  check(_: AuthorizeRequest, { settings }: OAuthClient): void {
    const { bindingType } = settings.accessToken;
    if (!this.bindings.find(bindingType)?.confirmation) return;
    const reason = `Access tokens of this application are bound by ${bindingType}: only the token endpoint gives them.`;
    throw new OAuthError('unauthorized_client', reason);
  }

  async respond(
    { http, client, user, scopes, grantId, grant, now }: Authorization,
    before: Readonly<Record<string, string>>,
  ): Promise<ResponsePart> {
    const awaitsCode = before['code'] !== undefined;
    const grantType = awaitsCode ? 'authorization_code' : IMPLICIT.name;
    const order = { http, client, person: user, scopes, terms: termsOf(grant), grantType, grantId, now };
    const { token, content, changes } = await this.maker.make(order);
    const value: GrantRecord = { ...grant, grantType, ...(awaitsCode ? { awaitsCode } : {}) };
    const entry = { orgId: http.organization.id, kind: KINDS.grant, id: grantId };
    return {
      parameters: {
        access_token: token,
        token_type: 'Bearer',
        expires_in: String(Math.floor((content.expiresAt - now) / 1000)),
        ...(scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
      },
      changes: [...changes, { put: { ...entry, value, expiresAt: content.expiresAt, refs: grantRefs(grant) } }],
    };
  }
}
