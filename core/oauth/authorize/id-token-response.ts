import type { OAuthClient } from '../clients/client.service.js';
import { OAuthError } from '../errors.js';
import type { IdTokens } from '../token/id-tokens.js';
import type { AuthorizeRequest } from './authorize-request.js';
import { IMPLICIT } from './implicit.js';
import type { Authorization, ResponsePart, ResponseType } from './responses.js';

/** `response_type=id_token` (OpenID Connect Core §3.2, §3.3). It hashes what it comes with: code, access token, state. */
export class IdTokenResponse implements ResponseType {
  readonly name = 'id_token';
  readonly grantTypes = [IMPLICIT.name];
  readonly answersInFragment = true;

  constructor(private readonly idTokens: IdTokens) {}

  /** Throws OAuthError `invalid_request`. */
  check({ nonce, scopes }: AuthorizeRequest, { settings }: OAuthClient): void {
    if (!nonce) throw invalid("'response_type' contains 'id_token'; but 'nonce' parameter not found");
    if (!scopes.includes('openid'))
      throw invalid("'response_type' contains 'id_token'; but the scope 'openid' is not asked for");
    // OpenID Connect Core §3.2.2.11: what comes by way of the browser is signed.
    if (settings.idToken.idTokenSignedResponseAlg === 'none')
      throw invalid("'response_type' contains 'id_token'; but ID tokens of this application are not signed");
  }

  async respond(
    { http, client, authorize, user, scopes, consentedClaims, grant, now }: Authorization,
    before: Readonly<Record<string, string>>,
  ): Promise<ResponsePart> {
    const { authentication, wantsAuthTime, claims, accessing, actor } = grant;
    const { nonce, state } = authorize;
    const asked = { scopes, authentication, wantsAuthTime, claims, accessing, actor, consentedClaims, nonce, state };
    const beside = { code: before['code'], accessToken: before['access_token'] };
    const idToken = await this.idTokens.issue({ ...asked, ...beside, http, client, person: user, now });
    return { parameters: { id_token: idToken }, changes: [] };
  }
}

const invalid = (description: string) => new OAuthError('invalid_request', description);
