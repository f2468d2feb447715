import { inject, injectable } from 'tsyringe';
import { type AuditLog, AuditLogToken } from '#core/audit';
import type { HttpRequest } from '#core/http';
import { token } from '#core/kernel';
import { type Session, type SessionService, SessionServiceToken } from '#core/sessions';
import { type User, type UserService, UserServiceToken } from '#core/users';
import { type Assertion, type Assertions, AssertionsToken } from '../assertions/assertions.js';
import { AssertionError } from '../assertions/jwt-reading.js';
import { splitScopes } from '../claims/scope-policy.js';
import { type OidcUserClaims, OidcUserClaimsToken } from '../claims/user-claims.js';
import type { OAuthClient } from '../clients/client.service.js';
import { OAuthError } from '../errors.js';
import type { TokenIntent } from '../token/grant-type.js';
import { methodsOf } from '../tokens/records.js';
import { type Impersonation, ImpersonationToken } from './impersonation.js';
import { type ImpersonationMails, ImpersonationMailsToken } from './impersonation-mails.js';

/** Injection token of {@link ImpersonatedExchange}. */
export const ImpersonatedExchangeToken = token<ImpersonatedExchange>('oauth.impersonated-exchange');

const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token';

/** What is given for the tokens of another user: the subject token, and who shows it. */
export interface ImpersonatedRequest {
  readonly subject: Assertion;
  readonly actorToken: string | undefined;
  readonly actorTokenType: string | undefined;
  readonly scope: string | undefined;
}

/** Exchanges a subject token and the ID token of the impersonator for tokens of the target. */
@injectable()
export class ImpersonatedExchange {
  constructor(
    @inject(AssertionsToken) private readonly assertions: Assertions,
    @inject(ImpersonationToken) private readonly impersonation: Impersonation,
    @inject(OidcUserClaimsToken) private readonly claims: OidcUserClaims,
    @inject(UserServiceToken) private readonly users: UserService,
    @inject(SessionServiceToken) private readonly sessions: SessionService,
    @inject(ImpersonationMailsToken) private readonly mails: ImpersonationMails,
    @inject(AuditLogToken) private readonly audit: AuditLog,
  ) {}

  /**
   * What to issue. From then on the session of the impersonator is one in which the target is impersonated.
   *
   * @throws OAuthError, AssertionError
   */
  async intent(
    http: HttpRequest,
    client: OAuthClient,
    request: ImpersonatedRequest,
  ): Promise<Pick<TokenIntent, 'subject' | 'actor' | 'scopes' | 'scopesGranted' | 'authentication'>> {
    const { subject } = request;
    this.assertions.checkTimes(subject);
    if (!subject.audience.includes(client.entity.clientId))
      throw new AssertionError('audience', 'The subject token is not for this client.');
    const impersonator = await this.#impersonator(http, client, request);
    const session = await this.sessions.findById(impersonator.orgId, String(subject.claims['sid']));
    if (session?.userId !== impersonator.id)
      throw invalid('The session in which the subject token was issued has ended.');
    const target = await this.impersonation.target(client, impersonator, subject.claims.sub, session);
    const scopes = await this.#scopes(client, target, request);
    await this.#begin(client, impersonator, target, session);
    const { authenticatedAt: time, passed, id: sessionId } = session;
    return {
      subject: { type: 'user', user: target },
      actor: { sub: impersonator.id },
      scopes,
      scopesGranted: true,
      authentication: { time, methods: methodsOf(passed), sessionId },
    };
  }

  /** Whom the subject token lets act, once its ID token is shown. */
  async #impersonator(http: HttpRequest, client: OAuthClient, request: ImpersonatedRequest): Promise<User> {
    const { actorToken, actorTokenType, subject } = request;
    if (actorToken === undefined) throw invalid('Actor token is not provided in the request.');
    if (actorTokenType !== ID_TOKEN) throw invalid(`Unsupported actor token type : ${actorTokenType ?? ''} provided`);
    const actor = await this.assertions.open(http, actorToken);
    if (!('own' in actor.issuer) || actor.issuer.own !== 'id_token')
      throw new AssertionError('audience', 'The actor token has to be an ID token that this server has issued.');
    this.assertions.checkTimes(actor);
    if (!actor.audience.includes(client.entity.clientId))
      throw new AssertionError('audience', 'The actor token is not for this client.');
    const { sub } = (subject.claims['may_act'] ?? {}) as { readonly sub?: unknown };
    const user = typeof sub === 'string' ? await this.users.findById(http.organization.id, sub) : undefined;
    const isSame = user !== undefined && (await this.claims.subject(client, user)) === actor.claims.sub;
    // An ID token by which somebody acts for the impersonator is not one of the impersonator.
    if (!isSame || actor.claims['act'] !== undefined || actor.claims['user_org'] !== user.orgId)
      throw invalid('Subject of actor token and subject are different.');
    return user;
  }

  /** Of the scopes of the subject token those that are asked for, and that the target has now. */
  async #scopes(client: OAuthClient, target: User, { subject, scope }: ImpersonatedRequest): Promise<string[]> {
    const allowed = splitScopes(String(subject.claims['scope'] ?? ''));
    const asked = splitScopes(scope);
    const wanted = asked.length === 0 ? allowed : asked.filter((one) => allowed.includes(one));
    return this.impersonation.targetScopes(client, target, wanted);
  }

  async #begin(client: OAuthClient, impersonator: User, target: User, session: Session): Promise<void> {
    if (!(await this.sessions.impersonate(session.orgId, session.id, target.id)))
      throw new OAuthError('access_denied', 'Cannot perform impersonation on more than one user in the same session.');
    const { clientId } = client.entity;
    const data = { impersonator: impersonator.id, clientId };
    const event = { orgId: target.orgId, targetId: target.id, targetType: 'User', initiatorId: impersonator.id, data };
    await this.audit.record({ ...event, action: 'impersonate-user' });
    await this.mails.tell(target, impersonator, client);
  }
}

const invalid = (description: string) => new OAuthError('invalid_request', description);
