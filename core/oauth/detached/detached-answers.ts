import { inject, injectable } from 'tsyringe';
import { type AuditLog, AuditLogToken } from '#core/audit';
import { equalInConstantTime, type SecretBox, SecretBoxToken } from '#core/crypto';
import { type HttpRequest, type Reply, redirect } from '#core/http';
import { token } from '#core/kernel';
import { SESSION_COOKIE, type SessionService, SessionServiceToken } from '#core/sessions';
import { type User, type UserService, UserServiceToken } from '#core/users';
import type { AuthorizeRequest } from '../authorize/authorize-request.js';
import { type ClientService, ClientServiceToken } from '../clients/client.service.js';
import { OAuthError } from '../errors.js';
import type { DetachedRequest, WaitingKind } from './waiting-request.js';
import { type WaitingRequests, WaitingRequestsToken } from './waiting-requests.js';

/** Injection token of {@link DetachedAnswers}. */
export const DetachedAnswersToken = token<DetachedAnswers>('oauth.detached-answers');

/** Key of the failure of a user who is not the one that was asked. */
const MISMATCH = 'ciba.user.mismatch';
const PAGE = '/authenticationendpoint/device_success.do';
const PURPOSE = 'detached-answer';

/** What the last page says. */
export interface DetachedEnd {
  readonly kind: WaitingKind;
  /** Undefined when no application is known, or the address was not made by this server. */
  readonly applicationName: string | undefined;
  /** Key of what went wrong; undefined: the request was approved. */
  readonly error: string | undefined;
}

/** The browser's end of requests whose client waits elsewhere. */
@injectable()
export class DetachedAnswers {
  constructor(
    @inject(WaitingRequestsToken) private readonly waiting: WaitingRequests,
    @inject(ClientServiceToken) private readonly clients: ClientService,
    @inject(UserServiceToken) private readonly users: UserService,
    @inject(SessionServiceToken) private readonly sessions: SessionService,
    @inject(AuditLogToken) private readonly audit: AuditLog,
    @inject(SecretBoxToken) private readonly box: SecretBox,
  ) {}

  /**
   * Whether the user has to be asked even where consent is settled. A sign-in without any question could be the work of
   * another site that has sent the browser here; and what binds the request to what the client shows has to be seen.
   *
   * @param signedInNow whether the user has just given credentials for this request
   */
  insists({ detached }: AuthorizeRequest, signedInNow: boolean): boolean {
    if (!detached) return false;
    return !signedInNow || detached.note.bindingMessage !== undefined || detached.note.actor !== undefined;
  }

  /** Throws OAuthError `access_denied` when the user is not the one that has to answer. */
  async check({ detached }: AuthorizeRequest, user: User): Promise<void> {
    const { userId, username } = detached?.answerer ?? {};
    const named = username === undefined ? undefined : await this.users.findByUsername(user.orgId, username);
    const expected = username === undefined ? userId : (named?.id ?? '');
    if (expected !== undefined && expected !== user.id) throw new OAuthError('access_denied', MISMATCH);
  }

  /** Ends the browser's part: notes a refusal, and leads to the last page. @param parameters of an answer, as for a client */
  async end(
    { clientId, uiLocales }: Pick<AuthorizeRequest, 'clientId' | 'uiLocales'>,
    { kind, id }: DetachedRequest,
    parameters: Readonly<Record<string, string>>,
    http: HttpRequest,
  ): Promise<Reply> {
    const { error: code, error_description: description } = parameters;
    const orgId = http.organization.id;
    const counts = code === undefined || (await this.waiting.refuse(orgId, kind, id));
    const session = await this.sessions.find(orgId, http.cookies[SESSION_COOKIE]);
    if (counts)
      await this.audit.record({
        orgId,
        action: code === undefined ? `approve-${kind}-request` : `refuse-${kind}-request`,
        initiatorId: session?.userId ?? 'unknown',
        targetId: clientId,
        targetType: 'Application',
        data: code === undefined ? {} : { reason: description ?? code },
      });
    const client = await this.clients.find(orgId, clientId);
    const error = description === MISMATCH ? MISMATCH : code;
    return this.page(kind, client?.application.name, error, http, uiLocales);
  }

  /** The last page. What it shows is signed, so that nobody can put words into our mouth. */
  page(
    kind: WaitingKind,
    applicationName: string | undefined,
    error: string | undefined,
    http: HttpRequest,
    uiLocales?: string,
  ): Reply {
    const query = new URLSearchParams({
      ...(applicationName === undefined ? {} : { app_name: applicationName }),
      ...(error === undefined ? {} : { error }),
      flow: kind,
      ...(uiLocales === undefined ? {} : { ui_locales: uiLocales }),
    });
    query.set('signature', this.#signature(query));
    return redirect(`${http.baseUrl}${PAGE}?${query}`);
  }

  /** What the address of the last page says; undefined when this server has not made it. */
  read(query: URLSearchParams): DetachedEnd | undefined {
    if (!equalInConstantTime(query.get('signature') ?? '', this.#signature(query))) return undefined;
    return {
      kind: query.get('flow') === 'ciba' ? 'ciba' : 'device',
      applicationName: query.get('app_name') ?? undefined,
      error: query.get('error') ?? undefined,
    };
  }

  #signature(query: URLSearchParams): string {
    const said = ['app_name', 'error', 'flow'].map((name) => query.get(name));
    return this.box.mac(PURPOSE, JSON.stringify(said));
  }
}
