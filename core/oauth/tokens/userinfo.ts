import { inject, injectable } from 'tsyringe';
import type { HttpRequest, Reply } from '#core/http';
import { token } from '#core/kernel';
import { type UserService, UserServiceToken } from '#core/users';
import { type OidcUserClaims, OidcUserClaimsToken } from '../claims/user-claims.js';
import { OAuthError } from '../errors.js';
import { type AccessTokens, AccessTokensToken } from './access-tokens.js';

/** Injection token of the userinfo endpoint. */
export const UserInfoToken = token<UserInfo>('oauth.userinfo');

/** The userinfo endpoint (OpenID Connect Core §5.3). */
@injectable()
export class UserInfo {
  constructor(
    @inject(AccessTokensToken) private readonly tokens: AccessTokens,
    @inject(UserServiceToken) private readonly users: UserService,
    @inject(OidcUserClaimsToken) private readonly claims: OidcUserClaims,
  ) {}

  /** Claims about the user of the access token. Throws OAuthError. */
  async handle(http: HttpRequest): Promise<Reply> {
    const live = await this.tokens.find(http.organization, bearerOf(http));
    if (!live) throw new OAuthError('invalid_token', 'Access token validation failed');
    if (!live.record.scopes.includes('openid'))
      throw new OAuthError('insufficient_scope', 'Access token does not have the openid scope');
    const { record, grant, client } = live;
    const user =
      record.federated ??
      (record.userId === undefined ? undefined : await this.users.findById(http.organization.id, record.userId));
    if (!user) throw new OAuthError('invalid_token', 'Access token validation failed');
    const consented = grant ? grant.consentedClaims : record.consentedClaims;
    const released = await this.claims.release(client, user, record.scopes, consented, {}, 'userinfo');
    return { status: 200, json: { ...released, sub: record.subject } };
  }
}

/** The access token of a request (RFC 6750 §2); in one place only. */
function bearerOf(http: HttpRequest): string {
  const header = http.headers.authorization;
  const inHeader = header === undefined ? undefined : /^bearer +(\S+)$/i.exec(header)?.[1];
  const inBody = http.form.get('access_token');
  if (inHeader !== undefined && inBody !== null)
    throw new OAuthError('invalid_request', 'The access token stands in header and body.');
  const value = inHeader ?? inBody;
  if (value === null || value === undefined) throw new OAuthError('invalid_request', 'Bearer token missing');
  return value;
}
