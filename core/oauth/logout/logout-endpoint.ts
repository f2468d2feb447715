import { inject, injectable } from 'tsyringe';
import { type SecretBox, SecretBoxToken } from '#core/crypto';
import { type Cookie, type HttpRequest, type Reply, redirect } from '#core/http';
import { type Clock, ClockToken, token } from '#core/kernel';
import { SESSION_COOKIE, type Session, type SessionService, SessionServiceToken } from '#core/sessions';
import { type UserService, UserServiceToken } from '#core/users';
import { isRegistered, isUsable } from '../authorize/redirect-uri.js';
import { type OidcUserClaims, OidcUserClaimsToken } from '../claims/user-claims.js';
import { type ClientService, ClientServiceToken, type OAuthClient } from '../clients/client.service.js';
import { pageAddress } from '../endpoint-settings.js';
import { OAuthError, toOAuthError } from '../errors.js';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';
import { noBrowserState } from '../sessions/browser-state.js';
import { type IdTokenHint, type IdTokenHints, IdTokenHintsToken } from '../tokens/id-token-hints.js';
import { type FrontChannelLogout, FrontChannelLogoutToken } from './front-channel.js';

/** Injection token of the logout endpoint. */
export const LogoutEndpointToken = token<LogoutEndpoint>('oauth.logout-endpoint');

/** A logout that waits for the user's word. Plain data, sealed into the key of its page. */
export interface PendingLogout {
  readonly orgId: string;
  readonly sessionId: string;
  readonly clientId?: string | undefined;
  readonly redirectUri?: string | undefined;
  readonly state?: string | undefined;
  readonly expiresAt: number;
}

const PURPOSE = 'logout';
const AGE_MS = 10 * 60_000;
const expired: Cookie = { name: SESSION_COOKIE, value: '', sameSite: 'None' };

/** RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0). */
@injectable()
export class LogoutEndpoint {
  constructor(
    @inject(SessionServiceToken) private readonly sessions: SessionService,
    @inject(ClientServiceToken) private readonly clients: ClientService,
    @inject(IdTokenHintsToken) private readonly hints: IdTokenHints,
    @inject(SecretBoxToken) private readonly box: SecretBox,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(FrontChannelLogoutToken) private readonly frontChannel: FrontChannelLogout,
    @inject(UserServiceToken) private readonly users: UserService,
    @inject(OidcUserClaimsToken) private readonly claims: OidcUserClaims,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
  ) {}

  /**
   * Answers a request for logout, or the user's word on one.
   *
   * @param errorPage renders errors, which never go to an application
   */
  async handle(
    http: HttpRequest,
    errorPage: (code: string, message: string, http: HttpRequest) => Reply,
  ): Promise<Reply> {
    const parameters = http.method === 'POST' ? http.form : http.query;
    try {
      const key = parameters.get('sessionDataKey');
      return key === null
        ? await this.#begin(parameters, http)
        : await this.#answer(key, parameters.get('consent'), http);
    } catch (thrown) {
      const error = toOAuthError(thrown);
      if (error.code === 'server_error') throw thrown;
      return errorPage(error.code, error.message, http);
    }
  }

  /** The logout behind a key, when it still waits. */
  find(key: string, orgId: string): PendingLogout | undefined {
    const text = this.box.open(PURPOSE, key);
    if (text === undefined) return undefined;
    const pending = JSON.parse(text) as PendingLogout;
    return pending.orgId === orgId && pending.expiresAt > this.clock.now() ? pending : undefined;
  }

  async #begin(parameters: URLSearchParams, http: HttpRequest): Promise<Reply> {
    const hint = await this.#hint(parameters.get('id_token_hint'), http);
    const client = await this.#client(hint?.clientId, parameters.get('client_id'), http);
    const redirectUri = this.#redirectUri(parameters.get('post_logout_redirect_uri'), client);
    const state = parameters.get('state') ?? undefined;
    const session = await this.sessions.find(http.organization.id, http.cookies[SESSION_COOKIE]);
    if (!session) {
      if (!this.options.handle_logout_gracefully)
        throw new OAuthError('access_denied', 'There is no session to log out from.');
      return this.#done(redirectUri, state, http);
    }
    // Without a hint that belongs to this session anyone could log the user out by a link: then the user is asked.
    const trusted = hint !== undefined && (await this.#isOf(session, hint, client));
    const skip =
      !this.options.promptLogoutConsent ||
      (client?.application.settings.advancedConfigurations.skipLogoutConsent ?? false);
    if (skip && trusted) return this.#logOut(session, redirectUri, state, http);
    return this.#ask(
      {
        orgId: session.orgId,
        sessionId: session.id,
        clientId: client?.entity.clientId,
        redirectUri,
        state,
        expiresAt: this.clock.now() + AGE_MS,
      },
      http,
    );
  }

  async #answer(key: string, decision: string | null, http: HttpRequest): Promise<Reply> {
    const pending = this.find(key, http.organization.id);
    const session = await this.sessions.find(http.organization.id, http.cookies[SESSION_COOKIE]);
    if (!pending || http.method !== 'POST') throw new OAuthError('access_denied', 'The logout request has expired.');
    if (session && session.id !== pending.sessionId)
      throw new OAuthError('access_denied', 'The logout request belongs to another session.');
    const { redirectUri, state } = pending;
    if (decision !== 'approve') {
      if (redirectUri === undefined || !this.options.oidc.redirect_to_post_logout_uri_on_consent_denial)
        return this.#loggedOutPage(new URLSearchParams({ cancelled: 'true' }), http);
      return this.#return(redirectUri, {
        error: 'access_denied',
        error_description: 'End User denied the logout request',
        ...(state === undefined ? {} : { state }),
      });
    }
    return session ? this.#logOut(session, redirectUri, state, http) : this.#done(redirectUri, state, http);
  }

  #ask(pending: PendingLogout, http: HttpRequest): Reply {
    const query = new URLSearchParams({ sessionDataKey: this.box.seal(PURPOSE, JSON.stringify(pending)) });
    return redirect(pageAddress(this.options.endpoints.oidc_logout_consent_page, query, http));
  }

  async #logOut(
    session: Session,
    redirectUri: string | undefined,
    state: string | undefined,
    http: HttpRequest,
  ): Promise<Reply> {
    await this.sessions.terminate(session.orgId, http.cookies[SESSION_COOKIE] as string);
    const done = { ...this.#done(redirectUri, state, http), cookies: [expired, noBrowserState] };
    return this.frontChannel.onTheWay(session, done, http);
  }

  #done(redirectUri: string | undefined, state: string | undefined, http: HttpRequest): Reply {
    if (redirectUri === undefined) return this.#loggedOutPage(new URLSearchParams(), http);
    return this.#return(redirectUri, state === undefined ? {} : { state });
  }

  #loggedOutPage(query: URLSearchParams, http: HttpRequest): Reply {
    return redirect(pageAddress(this.options.endpoints.oidc_logout_page, query, http));
  }

  #return(redirectUri: string, parameters: Record<string, string>): Reply {
    const query = new URLSearchParams(parameters).toString();
    return redirect(query === '' ? redirectUri : `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${query}`);
  }

  /** Whether an ID token belongs to a session; one that names none, to its user. */
  async #isOf(
    session: Session,
    { sessionId, subject }: IdTokenHint,
    client: OAuthClient | undefined,
  ): Promise<boolean> {
    if (sessionId !== undefined) return sessionId === session.id;
    if (!client) return false;
    const user = await this.users.findById(session.orgId, session.userId);
    return user !== undefined && (await this.claims.subject(client, user)) === subject;
  }

  async #hint(hint: string | null, http: HttpRequest): Promise<IdTokenHint | undefined> {
    if (!hint) return undefined;
    try {
      return await this.hints.read(hint, http);
    } catch (cause) {
      throw new OAuthError('access_denied', 'ID token signature validation failed.', { cause });
    }
  }

  async #client(hinted: string | undefined, named: string | null, http: HttpRequest): Promise<OAuthClient | undefined> {
    if (hinted !== undefined && named !== null && hinted !== named)
      throw new OAuthError('access_denied', 'The client_id is not the one of the ID token.');
    const clientId = hinted ?? named;
    return clientId ? this.clients.find(http.organization.id, clientId) : undefined;
  }

  #redirectUri(uri: string | null, client: OAuthClient | undefined): string | undefined {
    if (!uri) return undefined;
    if (client && isUsable(uri) && isRegistered(client.settings.callbackURLs, uri, this.options)) return uri;
    throw new OAuthError('access_denied', 'Post logout URI does not match with registered callback URI.');
  }
}
