import { inject, injectable } from 'tsyringe';
import { v4 as uuid } from 'uuid';
import {
  type AuthenticationRequest,
  type AuthenticationResult,
  type InboundFace,
  type LoginFlow,
  LoginFlowToken,
} from '#core/authentication';
import type { HttpRequest, Reply } from '#core/http';
import { type Clock, ClockToken, token } from '#core/kernel';
import { type StateChange, type StateStore, StateStoreToken } from '#core/persistence';
import { SESSION_COOKIE, type Session, type SessionService, SessionServiceToken } from '#core/sessions';
import { type UserService, UserServiceToken } from '#core/users';
import { type ScopePolicy, ScopePolicyToken } from '../claims/scope-policy.js';
import { type ClientService, ClientServiceToken, type OAuthClient } from '../clients/client.service.js';
import { type DetachedAnswers, DetachedAnswersToken } from '../detached/detached-answers.js';
import { OAuthError, toOAuthError } from '../errors.js';
import { type Impersonation, ImpersonationToken } from '../impersonation/impersonation.js';
import { type ResourceIndicators, ResourceIndicatorsToken } from '../resources/resource-indicators.js';
import { type BrowserState, BrowserStateToken } from '../sessions/browser-state.js';
import { type Bindings, BindingsToken } from '../token/bindings.js';
import { type Actor, type GrantRecord, methodsOf } from '../tokens/records.js';
import { type Addressee, type AnswerDelivery, AnswerDeliveryToken } from './answer-delivery.js';
import type { AuthorizeRequest } from './authorize-request.js';
import { type ConsentStep, ConsentStepToken, type PendingConsent } from './consent.js';
import { contextClassOf } from './context-class.js';
import { type ErrorPages, ErrorPagesToken } from './error-pages.js';
import { type RequestReader, RequestReaderToken } from './request-reader.js';
import { type Addressed, refuseRepeated } from './request-validation.js';
import { formTarget } from './response-modes.js';
import { type ResponseTypeSet, ResponseTypeSetToken } from './response-type-set.js';
import type { Authorization } from './responses.js';
import { type SubjectCheck, SubjectCheckToken } from './subject-check.js';
import { RepeatedParametersError, UntrustedRequestError } from './untrusted-request.js';

/** Injection token of the authorization endpoint. */
export const AuthorizationEndpointToken = token<AuthorizationEndpoint>('oauth.authorization-endpoint');

const FACE = 'oauth2';
const USED_CONSENT = 'oauth-used-consent';

/** The authorization endpoint (RFC 6749 §3.1, OpenID Connect Core §3.1.2). */
@injectable()
export class AuthorizationEndpoint implements InboundFace {
  readonly type = 'oidc';
  readonly path = '/oauth2/authorize';

  constructor(
    @inject(ClientServiceToken) private readonly clients: ClientService,
    @inject(LoginFlowToken) private readonly login: LoginFlow,
    @inject(SessionServiceToken) private readonly sessions: SessionService,
    @inject(UserServiceToken) private readonly users: UserService,
    @inject(ScopePolicyToken) private readonly scopes: ScopePolicy,
    @inject(ResourceIndicatorsToken) private readonly resources: ResourceIndicators,
    @inject(ConsentStepToken) private readonly consent: ConsentStep,
    @inject(StateStoreToken) private readonly state: StateStore,
    @inject(BrowserStateToken) private readonly browserState: BrowserState,
    @inject(AnswerDeliveryToken) private readonly answers: AnswerDelivery,
    @inject(ErrorPagesToken) private readonly errorPages: ErrorPages,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(RequestReaderToken) private readonly requests: RequestReader,
    @inject(SubjectCheckToken) private readonly subjects: SubjectCheck,
    @inject(ResponseTypeSetToken) private readonly responseTypes: ResponseTypeSet,
    @inject(DetachedAnswersToken) private readonly detached: DetachedAnswers,
    @inject(BindingsToken) private readonly bindings: Bindings,
    @inject(ImpersonationToken) private readonly impersonation: Impersonation,
  ) {}

  /** Answers a request: a new one, the return of a sign-in, or the answer to a question for consent. */
  async handle(http: HttpRequest): Promise<Reply> {
    const parameters = http.method === 'POST' ? http.form : http.query;
    try {
      if (http.method === 'POST') refuseRepeated(parameters);
      const consentKey = parameters.get('sessionDataKeyConsent');
      if (consentKey !== null) return await this.#answerConsent(consentKey, parameters, http);
      const key = parameters.get('sessionDataKey');
      if (key !== null) return await this.#resume(key, http);
      return await this.#begin(parameters, http);
    } catch (thrown) {
      const error = toOAuthError(thrown);
      if (error.code === 'server_error' || error.status === 429 || error.status === 503) throw thrown;
      const page = this.errorPage(error.code, error.message, http);
      // The contract: a form that repeats itself is told so by the status, with the page beside it.
      return http.method === 'POST' && error instanceof RepeatedParametersError ? { ...page, status: 400 } : page;
    }
  }

  /** Goes on with a request that has been checked: the sign-in, consent, the answer. @param afresh whether to sign in anew */
  async start(authorize: AuthorizeRequest, client: OAuthClient, http: HttpRequest, afresh = false): Promise<Reply> {
    const asked = authenticationRequest(authorize, client);
    const begun = await this.login.begin({ ...asked, force: asked.force || afresh }, http);
    return begun.kind === 'reply' ? begun.reply : this.#proceed(begun.result, http, false);
  }

  /** A sign-in of this endpoint has failed for good. */
  failed(request: AuthenticationRequest, code: string, message: string, http: HttpRequest): Promise<Reply> {
    return this.#deliver(request.state as AuthorizeRequest, { error: code, error_description: message }, http);
  }

  /** The page for errors that must not go to a client. */
  errorPage(code: string, message: string, http: HttpRequest): Reply {
    return this.errorPages.page(code, message, http);
  }

  async #begin(parameters: URLSearchParams, http: HttpRequest): Promise<Reply> {
    const read = await this.requests.read(parameters, http);
    if (read.kind === 'refused') return this.#deliverTo(read.address, read.error, http);
    const { authorize, client } = read;
    let elsewhere: boolean;
    try {
      elsewhere = await this.subjects.needsSignIn(authorize, client, http);
    } catch (error) {
      return this.#deliverError(authorize, error, http);
    }
    return this.start(authorize, client, http, elsewhere);
  }

  async #resume(key: string, http: HttpRequest): Promise<Reply> {
    const result = await this.login.resume(key, FACE, http);
    if (!result)
      throw new UntrustedRequestError('invalid_request', 'The sign-in has expired or was begun in another browser.');
    return this.#proceed(result, http, true);
  }

  /** The user is signed in: scopes, consent, answer. @param signedInNow whether credentials were given for this request */
  async #proceed({ request, session }: AuthenticationResult, http: HttpRequest, signedInNow: boolean): Promise<Reply> {
    const authorize = request.state as AuthorizeRequest;
    const { client, user, actor } = await this.#parties(authorize, session, http);
    try {
      const all = await this.scopes.grant(client, user, authorize.scopes);
      const scopes = await this.resources.limit(all, authorize.resources, client, http);
      await this.subjects.confirm(authorize, client, user);
      await this.detached.check(authorize, user);
      contextClassOf(authorize, session.passed);
      const insist = this.detached.insists(authorize, signedInNow);
      const need = await this.consent.need({ http, client, authorize, session, user, scopes, insist });
      if (need.kind === 'ask') return need.reply;
      const { consentedClaims, authorizationDetails } = need;
      const agreed = { ...authorize, authorizationDetails };
      return await this.#respond(
        { http, client, authorize: agreed, session, user, actor, scopes, consentedClaims },
        [],
      );
    } catch (error) {
      return this.#deliverError(authorize, error, http);
    }
  }

  async #answerConsent(key: string, answer: URLSearchParams, http: HttpRequest): Promise<Reply> {
    const pending = http.method === 'POST' ? this.consent.find(key, http.organization.id) : undefined;
    const session = await this.sessions.find(http.organization.id, http.cookies[SESSION_COOKIE]);
    if (!pending || session?.id !== pending.sessionId) throw foreignQuestion();
    const { authorize } = pending;
    const { client, user, actor } = await this.#parties(authorize, session, http);
    if (user.id !== pending.userId) throw foreignQuestion();
    const decision = answer.get('consent');
    if (decision === 'deny') {
      const denied = { error: 'access_denied', error_description: 'User denied the consent' };
      return authorize.scopes.includes('openid')
        ? this.#withBrowserState({ authorize, http, session }, denied)
        : this.#deliver(authorize, denied, http);
    }
    if (decision !== 'approve' && decision !== 'approveAlways')
      return this.#deliver(authorize, { error: 'invalid_request', error_description: 'Empty consent provided' }, http);
    const consentedClaims = this.consent.chosen(pending, answer);
    const authorizationDetails = this.consent.chosenDetails(pending, answer);
    try {
      const agreed = { ...authorize, authorizationDetails };
      const parties = { http, client, session, user, actor };
      const authorization = { ...parties, authorize: agreed, scopes: pending.scopes, consentedClaims };
      const reply = await this.#respond(authorization, [usedOnce(pending)]);
      // Only now: an answer that is sent a second time must not change what has been agreed to. Nobody agrees for others.
      if (decision === 'approveAlways' && !actor)
        await this.consent.keep(pending, client, consentedClaims, authorizationDetails);
      return reply;
    } catch (error) {
      return this.#deliverError(authorize, error, http);
    }
  }

  async #parties(authorize: AuthorizeRequest, session: Session, http: HttpRequest) {
    const client = await this.clients.find(http.organization.id, authorize.clientId);
    const user = await this.users.findById(http.organization.id, session.userId);
    if (!client || !user)
      throw new UntrustedRequestError('invalid_client', 'The application or the user is not there any more.');
    this.answers.check(client, authorize);
    return { client, ...(await this.impersonation.faceOf(client, user, session, authorize)) };
  }

  async #respond(agreed: Agreed, once: readonly StateChange[]): Promise<Reply> {
    const { authorize, http, client, session } = agreed;
    const combination = this.responseTypes.find(authorize.responseType);
    if (!combination)
      throw new OAuthError('unsupported_response_type', 'The response type was switched off meanwhile.');
    const now = this.clock.now();
    const hasCode = combination.parts.some(({ name }) => name === 'code');
    const visit = hasCode ? this.bindings.visit({ http, client, sessionId: session.id }) : undefined;
    const grant = grantOf(agreed, now, visit?.bound);
    const authorization = { grantId: uuid(), grant, now, ...agreed };
    let parameters: Readonly<Record<string, string>> = {};
    const changes: StateChange[] = [...once];
    for (const type of combination.parts) {
      const part = await type.respond(authorization, parameters);
      parameters = { ...parameters, ...part.parameters };
      changes.push(...part.changes);
    }
    const { applied } = await this.state.apply(changes);
    if (!applied) throw new OAuthError('invalid_request', 'This question for consent has been answered before.');
    const reply = await (authorize.scopes.includes('openid')
      ? this.#withBrowserState(agreed, parameters)
      : this.#deliver(authorize, parameters, http));
    return visit ? { ...reply, cookies: [...(reply.cookies ?? []), ...visit.cookies] } : reply;
  }

  /** Answers with `session_state`, and with the cookie that it is compared with. */
  async #withBrowserState(
    { authorize, http, session }: Pick<Agreed, 'authorize' | 'http' | 'session'>,
    parameters: Readonly<Record<string, string>>,
  ): Promise<Reply> {
    const session_state = this.browserState.sessionState(session, authorize.clientId, authorize.redirectUri);
    const reply = await this.#deliver(authorize, { ...parameters, session_state }, http);
    return { ...reply, cookies: [...(reply.cookies ?? []), this.browserState.cookie(session)] };
  }

  #deliver(to: Addressee, parameters: Readonly<Record<string, string>>, http: HttpRequest): Promise<Reply> {
    return this.answers.send(to, parameters, http);
  }

  #deliverError(to: Addressee, thrown: unknown, http: HttpRequest): Promise<Reply> {
    const error = toOAuthError(thrown);
    if (error.code === 'server_error') throw thrown;
    return this.#deliver(to, { error: error.code, error_description: error.message }, http);
  }

  #deliverTo(
    { redirectUri, responseMode, state, client, responseType }: Addressed,
    thrown: unknown,
    http: HttpRequest,
  ): Promise<Reply> {
    const clientId = client.entity.clientId;
    const to = { clientId, redirectUri, responseMode, responseType: responseType.name, state };
    return this.#deliverError(to, thrown, http);
  }
}

/** An authorization before it has a grant. */
type Agreed = Omit<Authorization, 'grantId' | 'grant' | 'now'> & { readonly actor: Actor | undefined };

const foreignQuestion = () =>
  new UntrustedRequestError('invalid_request', 'The question for consent has expired or belongs to another session.');

function grantOf(
  { client, authorize, session, user, actor, scopes, consentedClaims }: Agreed,
  now: number,
  bound: GrantRecord['bound'],
): GrantRecord {
  const { resources, authorizationDetails, claims, maxAge } = authorize;
  return {
    clientId: client.entity.clientId,
    userId: user.id,
    scopes,
    authentication: {
      time: session.authenticatedAt,
      methods: methodsOf(session.passed),
      sessionId: session.id,
      acr: contextClassOf(authorize, session.passed),
    },
    consentedClaims,
    wantsAuthTime: maxAge !== undefined,
    actor,
    claims,
    resources,
    authorizationDetails,
    bound,
    createdAt: now,
  };
}

function usedOnce(pending: PendingConsent): StateChange {
  return {
    claim: { orgId: pending.orgId, kind: USED_CONSENT, id: pending.id, value: true, expiresAt: pending.expiresAt },
  };
}

function authenticationRequest(authorize: AuthorizeRequest, client: OAuthClient): AuthenticationRequest {
  return {
    orgId: client.application.orgId,
    applicationId: client.application.id,
    face: FACE,
    state: authorize,
    relyingParty: authorize.clientId,
    force: authorize.prompts.includes('login') || authorize.prompts.includes('select_account'),
    passive: authorize.prompts.includes('none'),
    maxAge: authorize.maxAge,
    loginHint: authorize.loginHint,
    uiLocales: authorize.uiLocales,
    returnOrigins: [formTarget(authorize.redirectUri)],
  };
}
