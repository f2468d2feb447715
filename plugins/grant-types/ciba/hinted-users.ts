import { decodeJwt } from 'jose';
import type { KeySets } from '#core/crypto';
import type { HttpRequest, RateLimits } from '#core/http';
import {
  type Answerer,
  issuerOf,
  type OAuthClient,
  OAuthError,
  type OAuthOptions,
  type OidcUserClaims,
} from '#core/oauth';
import type { User, UserService } from '#core/users';
import type { Hint } from './ciba-request.js';

/** The person whom a hint names. */
export interface HintedUser {
  /** Undefined when the application does not want hints to be looked up before the sign-in. */
  readonly user: User | undefined;
  readonly answerer: Answerer;
}

/** Finds the users whom clients name. Unknown names count against the client, so that it cannot try many. */
export class HintedUsers {
  constructor(
    private readonly users: UserService,
    private readonly claims: OidcUserClaims,
    private readonly keys: KeySets,
    private readonly limits: RateLimits,
    private readonly options: OAuthOptions,
  ) {}

  /** Throws OAuthError `unknown_user_id` or `unauthorized_user`, and TooManyRequestsError. */
  async find(hint: Hint, client: OAuthClient, http: HttpRequest): Promise<HintedUser> {
    const { skipUserValidation } = client.settings.cibaAuthenticationRequest;
    if (skipUserValidation && hint.kind === 'login_hint')
      return { user: undefined, answerer: { username: hint.value } };
    const orgId = http.organization.id;
    const asker = `ciba-hint:${orgId}:${client.entity.clientId}`;
    await this.limits.checkAccount(asker);
    const user =
      hint.kind === 'login_hint'
        ? await this.users.findByUsername(orgId, hint.value)
        : await this.#userOf(hint.value, client, http);
    if (!user) {
      await this.limits.failed(asker);
      throw new OAuthError('unknown_user_id', 'The hint names no user.');
    }
    if (!(await this.users.isUsable(user)))
      throw new OAuthError('unauthorized_user', 'The user that the hint names cannot sign in.');
    return { user, answerer: { userId: user.id } };
  }

  /** The user of an ID token that was issued to the client; an expired one does. */
  async #userOf(idToken: string, client: OAuthClient, http: HttpRequest): Promise<User | undefined> {
    const orgId = http.organization.id;
    const subject = await this.#subjectOf(idToken, client, http);
    if (subject === undefined) return undefined;
    const user = (await this.users.findById(orgId, subject)) ?? (await this.users.findByUsername(orgId, subject));
    return user && (await this.claims.subject(client, user)) === subject ? user : undefined;
  }

  async #subjectOf(idToken: string, client: OAuthClient, http: HttpRequest): Promise<string | undefined> {
    try {
      const currentDate = new Date((decodeJwt(idToken).iat ?? 0) * 1000);
      const { payload } = await this.keys.verify(http.organization.id, idToken, {
        typ: 'JWT',
        issuer: issuerOf(http, this.options),
        audience: client.entity.clientId,
        currentDate,
        requiredClaims: ['sub', 'iat', 'exp'],
      });
      return payload.sub;
    } catch {
      return undefined;
    }
  }
}
