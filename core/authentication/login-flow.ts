import { inject, injectable } from 'tsyringe';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { equalInConstantTime, type SecretBox, SecretBoxToken, sha256Hex } from '#core/crypto';
import { type Cookie, type HttpRequest, type Reply, redirect } from '#core/http';
import { type Clock, ClockToken, type Registry, token } from '#core/kernel';
import { SESSION_COOKIE, type Session, type SessionService, SessionServiceToken } from '#core/sessions';
import { type SignInTimes, SignInTimesToken } from '#core/users';
import { type AuthenticationEngine, AuthenticationEngineToken, type Progress } from './engine.js';
import type { AuthenticationResult, InboundFace } from './inbound-face.js';
import {
  type AuthenticationRequest,
  type LoginContext,
  type LoginContexts,
  LoginContextsToken,
} from './login-context.js';

/** Injection token of the browser face of the engine. */
export const LoginFlowToken = token<LoginFlow>('authentication.login-flow');
/** Injection token of the registry of inbound faces. */
export const InboundFaceRegistryToken = token<Registry<InboundFace>>('authentication.inbound-faces');
/** Injection token of page addresses; bound by the module. */
export const LoginPagesToken = token<LoginPages>('authentication.login-pages');

/** Addresses of pages, below the organization; absolute ones belong to an application of the operator. */
export interface LoginPages {
  readonly login_url: string;
  readonly retry_url: string;
}

const nonceCookie = (context: LoginContext) => `sessionNonceCookie-${context.id}`;

const RESULT_PURPOSE = 'authentication-result';
const RESULT_AGE_MS = 5 * 60_000;

interface SealedResult {
  readonly request: AuthenticationRequest;
  readonly sessionId: string;
  readonly expiresAt: number;
}

/** Where a begun sign-in leads: to an answer for the browser, or at once to a result. */
export type Begun =
  | { readonly kind: 'reply'; readonly reply: Reply }
  | { readonly kind: 'result'; readonly result: AuthenticationResult };

/** Drives the engine for a browser: cookies, redirects, `/commonauth`. */
@injectable()
export class LoginFlow {
  constructor(
    @inject(AuthenticationEngineToken) private readonly engine: AuthenticationEngine,
    @inject(LoginContextsToken) private readonly contexts: LoginContexts,
    @inject(SessionServiceToken) private readonly sessions: SessionService,
    @inject(InboundFaceRegistryToken) private readonly faces: Registry<InboundFace>,
    @inject(SecretBoxToken) private readonly box: SecretBox,
    @inject(SignInTimesToken) private readonly signIns: SignInTimes,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(LoginPagesToken) private readonly pages: LoginPages,
  ) {}

  /** Begins a sign-in for an inbound protocol. */
  async begin(request: AuthenticationRequest, http: HttpRequest): Promise<Begun> {
    const secret = http.cookies[SESSION_COOKIE];
    const session = await this.sessions.find(request.orgId, secret);
    const { progress, nonce } = await this.engine.begin(request, session, http.ip);
    if (progress.kind === 'completed' && session && secret) {
      const used = await this.sessions.use(request.orgId, secret, request.applicationId);
      // When it has ended meanwhile there is nothing to go on with.
      return used ? { kind: 'result', result: { request, session: used } } : this.begin(request, http);
    }
    if (progress.kind === 'prompt') {
      const cookie: Cookie = { name: nonceCookie(progress.context), value: nonce, sameSite: 'None' };
      return { kind: 'reply', reply: { ...(await this.#toPage(progress, undefined, http)), cookies: [cookie] } };
    }
    return { kind: 'reply', reply: await this.#failed(progress as Progress & { kind: 'failed' }, http) };
  }

  /** The sign-in behind a `sessionDataKey`, when it is under way in this very browser. */
  async find(key: string, http: HttpRequest): Promise<LoginContext | undefined> {
    const context = await this.contexts.load(http.organization.id, key);
    const nonce = context && http.cookies[nonceCookie(context)];
    return context && nonce && equalInConstantTime(sha256Hex(nonce), context.nonceHash) ? context : undefined;
  }

  /** Takes what a browser sends to `/commonauth`. */
  async advance(input: Readonly<Record<string, string>>, http: HttpRequest): Promise<Reply> {
    const key = input['sessionDataKey'] ?? '';
    const context = await this.find(key, http);
    if (!context) return this.#retry(http);
    const progress = await this.engine.advance(context, input, http.ip);
    if (progress.kind === 'prompt') return this.#toPage(progress, key, http);
    if (!(await this.contexts.finish(http.organization.id, key))) return this.#retry(http);
    if (progress.kind === 'failed') return this.#failed(progress, http);
    return this.#completed(progress.context, progress.userId, http);
  }

  /** The result behind the `sessionDataKey` that {@link advance} has given to the inbound protocol. */
  async resume(key: string, face: string, http: HttpRequest): Promise<AuthenticationResult | undefined> {
    const text = this.box.open(RESULT_PURPOSE, key);
    const secret = http.cookies[SESSION_COOKIE];
    if (text === undefined || !secret) return undefined;
    const { request, sessionId, expiresAt } = JSON.parse(text) as SealedResult;
    if (expiresAt <= this.clock.now() || request.orgId !== http.organization.id || request.face !== face)
      return undefined;
    const session = await this.sessions.find(request.orgId, secret);
    return session?.id === sessionId ? { request, session } : undefined;
  }

  async #completed(context: LoginContext, userId: string, http: HttpRequest): Promise<Reply> {
    const { request, passed, remember } = context;
    const replaces = http.cookies[SESSION_COOKIE];
    const userAgent = http.headers['user-agent'] ?? '';
    const { session, secret } = await this.sessions.begin(
      request.orgId,
      {
        userId,
        applicationId: request.applicationId,
        passed,
        remembered: remember,
        userAgent,
        ip: http.ip,
        replaces,
      },
      () => this.#noteSignIn(context, userId),
    );
    this.signIns.note({ orgId: request.orgId, id: userId });
    const sealed: SealedResult = { request, sessionId: session.id, expiresAt: this.clock.now() + RESULT_AGE_MS };
    const face = this.faces.get(request.face);
    const query = new URLSearchParams({ sessionDataKey: this.box.seal(RESULT_PURPOSE, JSON.stringify(sealed)) });
    return redirect(`${http.baseUrl}${face.path}?${query}`, {
      cookies: [
        await this.#sessionCookie(secret, session),
        { name: nonceCookie(context), value: '', sameSite: 'None' },
      ],
    });
  }

  #noteSignIn({ request, passed }: LoginContext, userId: string): Promise<void> {
    return this.audit.record({
      orgId: request.orgId,
      action: 'Login',
      initiatorId: userId,
      targetId: request.applicationId,
      targetType: 'Application',
      data: { relyingParty: request.relyingParty, authenticators: passed.map((step) => step.authenticator) },
    });
  }

  async #failed(progress: Progress & { readonly kind: 'failed' }, http: HttpRequest): Promise<Reply> {
    return this.faces.get(progress.request.face).failed(progress.request, progress.code, progress.message, http);
  }

  /** A redirect to the page that asks what has to be asked (see the login page contract). */
  async #toPage(
    { context, failure, details }: Progress & { readonly kind: 'prompt' },
    key: string | undefined,
    http: HttpRequest,
  ): Promise<Reply> {
    const { request } = context;
    const sessionDataKey =
      failure !== undefined && context.passed.length === 0 && key
        ? key
        : await this.contexts.save(context, key, failure !== undefined);
    if (sessionDataKey === undefined) return this.#retry(http);
    const { page, options, application } = await this.engine.prompt(context, http.ip);
    const query = new URLSearchParams({
      sessionDataKey,
      relyingParty: request.relyingParty,
      type: this.faces.get(request.face).type,
      sp: application.name,
      tenantDomain: http.organization.handle,
      authenticators: options.map((option) => `${option.authenticator}:${option.idp}`).join(';'),
      isSaaSApp: String(application.settings.advancedConfigurations.saas),
      commonAuthCallerPath: http.organization.prefix + this.faces.get(request.face).path,
      forceAuth: String(request.force),
      passiveAuth: String(request.passive),
      ...(request.uiLocales ? { ui_locales: request.uiLocales } : {}),
      ...details,
      ...(failure === undefined ? {} : { authFailure: 'true', authFailureMsg: failure }),
    });
    const url = page === 'login' ? this.pages.login_url : `/authenticationendpoint/${page}.do`;
    return redirect(`${url.startsWith('/') ? http.baseUrl : ''}${url}?${query}`);
  }

  #retry(http: HttpRequest): Reply {
    const query = new URLSearchParams({
      status: 'authentication.attempt.failed',
      statusMsg: 'authentication.attempt.expired',
    });
    return redirect(`${http.baseUrl}${this.pages.retry_url}?${query}`);
  }

  /** The cookie that carries a session. */
  async #sessionCookie(value: string, session: Session): Promise<Cookie> {
    const maxAge = await this.sessions.cookieAge(session);
    return { name: SESSION_COOKIE, value, sameSite: 'None', ...(maxAge === undefined ? {} : { maxAge }) };
  }
}
