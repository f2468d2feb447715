import { inject, injectable } from 'tsyringe';
import type { HttpRequest } from '#core/http';
import { token } from '#core/kernel';
import { SESSION_COOKIE, type SessionService, SessionServiceToken } from '#core/sessions';
import { type User, type UserService, UserServiceToken } from '#core/users';
import { type OidcUserClaims, OidcUserClaimsToken } from '../claims/user-claims.js';
import type { OAuthClient } from '../clients/client.service.js';
import { OAuthError } from '../errors.js';
import type { AuthorizeRequest } from './authorize-request.js';
import { allowedValues } from './claims-parameter.js';

/** Injection token of the check of subjects. */
export const SubjectCheckToken = token<SubjectCheck>('oauth.subject-check');

/** Sees to it that the user is the one whom a request means by `id_token_hint`, or by `sub` in its `claims`. */
@injectable()
export class SubjectCheck {
  constructor(
    @inject(OidcUserClaimsToken) private readonly claims: OidcUserClaims,
    @inject(SessionServiceToken) private readonly sessions: SessionService,
    @inject(UserServiceToken) private readonly users: UserService,
  ) {}

  /**
   * Whether the session of the browser is somebody else's, so that the user has to sign in again.
   *
   * @throws OAuthError `login_required` when it is, and the user must not be asked
   */
  async needsSignIn(authorize: AuthorizeRequest, client: OAuthClient, http: HttpRequest): Promise<boolean> {
    if (meant(authorize).length === 0) return false;
    const orgId = http.organization.id;
    const session = await this.sessions.find(orgId, http.cookies[SESSION_COOKIE]);
    const user = session && (await this.users.findById(orgId, session.userId));
    if (!user || (await this.#isMeant(authorize, client, user))) return false;
    if (authorize.prompts.includes('none')) throw anotherUser();
    return true;
  }

  /** Throws OAuthError `login_required` when the user who has signed in is not the one that is meant. */
  async confirm(authorize: AuthorizeRequest, client: OAuthClient, user: User): Promise<void> {
    if (!(await this.#isMeant(authorize, client, user))) throw anotherUser();
  }

  async #isMeant(authorize: AuthorizeRequest, client: OAuthClient, user: User): Promise<boolean> {
    const wanted = meant(authorize);
    if (wanted.length === 0) return true;
    const subject = await this.claims.subject(client, user);
    return wanted.every((subjects) => subjects.includes(subject));
  }
}

/** Subjects that the request allows, for each way in which it names them. */
function meant({ hintedSubject, claims }: AuthorizeRequest): (readonly string[])[] {
  const named = [allowedValues(claims?.id_token?.['sub']), allowedValues(claims?.userinfo?.['sub'])];
  const hinted = hintedSubject === undefined ? undefined : [hintedSubject];
  return [hinted, ...named].filter((subjects) => subjects !== undefined);
}

const anotherUser = () => new OAuthError('login_required', 'Another user is signed in than the one that is meant.');
