import { inject, injectable } from 'tsyringe';
import type { HttpRequest } from '#core/http';
import { token } from '#core/kernel';
import { type User, type UserService, UserServiceToken } from '#core/users';
import { type OidcUserClaims, OidcUserClaimsToken } from '../claims/user-claims.js';
import { type ClientService, ClientServiceToken } from '../clients/client.service.js';
import type { TokenSubject } from '../token/grant-type.js';
import { type AccessTokens, AccessTokensToken } from '../tokens/access-tokens.js';
import type { AccessTokenRecord } from '../tokens/records.js';
import type { Assertion } from './assertions.js';
import { AssertionError } from './jwt-reading.js';

/** Injection token of {@link OwnSubjects}. */
export const OwnSubjectsToken = token<OwnSubjects>('oauth.own-subjects');

/** Whom a token of this server is about. */
export interface OwnSubject {
  readonly subject: Exclude<TokenSubject, { readonly type: 'application' }>;
  /** Of an access token: what is known of it. */
  readonly record?: AccessTokenRecord;
}

/** Finds whom tokens of this server are about, when they come back as assertions. */
@injectable()
export class OwnSubjects {
  constructor(
    @inject(AccessTokensToken) private readonly tokens: AccessTokens,
    @inject(ClientServiceToken) private readonly clients: ClientService,
    @inject(OidcUserClaimsToken) private readonly claims: OidcUserClaims,
    @inject(UserServiceToken) private readonly users: UserService,
  ) {}

  /**
   * The user of an access or ID token. Access tokens have to be alive; users have to be able to sign in.
   *
   * @throws AssertionError
   */
  async of(http: HttpRequest, assertion: Assertion): Promise<OwnSubject> {
    if ('own' in assertion.issuer && assertion.issuer.own === 'access_token')
      return this.#ofAccessToken(http, assertion);
    return { subject: { type: 'user', user: await this.userOf(http, assertion) } };
  }

  async #ofAccessToken(http: HttpRequest, { jwt }: Assertion): Promise<OwnSubject> {
    const live = await this.tokens.find(http.organization, jwt);
    if (!live) throw new AssertionError('expired', 'The access token is not active any more.');
    const { record } = live;
    if (record.federated) return { subject: { type: 'federated', person: record.federated }, record };
    if (record.userId === undefined)
      throw new AssertionError('subject', 'The access token is that of an application, not of a user.');
    return { subject: { type: 'user', user: await this.#usable(http.organization.id, record.userId) }, record };
  }

  /**
   * The user of an ID token. Its `sub` may be any attribute that its application has chosen, and whoever can change that
   * attribute could take on the name of another; so only user ids count.
   */
  async userOf(http: HttpRequest, { claims }: Assertion): Promise<User> {
    const orgId = http.organization.id;
    if (claims['act'] !== undefined)
      throw new AssertionError('subject', 'The ID token is one by which somebody else acts for its subject.');
    const client = typeof claims['azp'] === 'string' ? await this.clients.find(orgId, claims['azp']) : undefined;
    // Users of other servers have no home organization; their names are those that others gave them.
    const isRevoked = client !== undefined && (claims.iat ?? 0) * 1000 + 999 < client.entity.tokensValidFrom;
    const user =
      client && !isRevoked && claims['user_org'] === orgId ? await this.#usable(orgId, claims.sub) : undefined;
    if (!client || !user || (await this.claims.subject(client, user)) !== user.id)
      throw new AssertionError('subject', 'The subject of the ID token is not the id of a user of this organization.');
    return user;
  }

  async #usable(orgId: string, id: string): Promise<User> {
    const user = await this.users.findById(orgId, id);
    if (!user || !(await this.users.isUsable(user)))
      throw new AssertionError('subject', 'The user of the token is not there any more, or is locked or disabled.');
    return user;
  }
}
