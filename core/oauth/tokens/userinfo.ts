import { inject, injectable } from 'tsyringe';
import type { HttpRequest, Reply } from '#core/http';
import { token } from '#core/kernel';
import { type UserService, UserServiceToken } from '#core/users';
import { type OidcUserClaims, OidcUserClaimsToken } from '../claims/user-claims.js';
import { OAuthError } from '../errors.js';
import { type PresentedToken, presentedToken, type TokenGuard, TokenGuardToken } from './token-guard.js';
import { type UserInfoAnswers, UserInfoAnswersToken } from './userinfo-answers.js';

/** Injection token of the userinfo endpoint. */
export const UserInfoToken = token<UserInfo>('oauth.userinfo');

/** The userinfo endpoint (OpenID Connect Core §5.3). */
@injectable()
export class UserInfo {
  constructor(
    @inject(TokenGuardToken) private readonly guard: TokenGuard,
    @inject(UserServiceToken) private readonly users: UserService,
    @inject(OidcUserClaimsToken) private readonly claims: OidcUserClaims,
    @inject(UserInfoAnswersToken) private readonly answers: UserInfoAnswers,
  ) {}

  /** Claims about the user of the access token. Throws OAuthError. */
  async handle(http: HttpRequest): Promise<Reply> {
    const live = await this.guard.admit(http, tokenOf(http));
    if (!live.record.scopes.includes('openid'))
      throw new OAuthError('insufficient_scope', 'Access token does not have the openid scope');
    const { record, grant, client } = live;
    const finding =
      record.federated ??
      (record.userId === undefined ? undefined : this.users.findById(http.organization.id, record.userId));
    const user = finding instanceof Promise ? await finding : finding;
    if (!user) throw new OAuthError('invalid_token', 'Access token validation failed');
    const consented = grant ? grant.consentedClaims : record.consentedClaims;
    const wanted = grant?.claims?.userinfo;
    const released = await this.claims.release(client, user, record.scopes, consented, wanted, 'userinfo');
    const naming = this.claims.subject(client, user);
    const sub = naming instanceof Promise ? await naming : naming;
    return this.answers.of(client, http, { ...released, sub });
  }
}

/** The access token of a request (RFC 6750 §2); in one place only. */
function tokenOf(http: HttpRequest): PresentedToken {
  const inHeader = presentedToken(http);
  const inBody = http.form.get('access_token');
  if (inHeader && inBody !== null)
    throw new OAuthError('invalid_request', 'The access token stands in header and body.');
  if (inHeader) return inHeader;
  if (inBody === null) throw new OAuthError('invalid_request', 'Bearer token missing');
  return { scheme: 'Bearer', value: inBody };
}
