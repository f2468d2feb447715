import { inject, injectable } from 'tsyringe';
import { equalInConstantTime, type SecretBox, SecretBoxToken } from '#core/crypto';
import type { HttpRequest } from '#core/http';
import { type Registry, token } from '#core/kernel';
import { SESSION_COOKIE, type SessionService, SessionServiceToken } from '#core/sessions';
import { type ClaimCatalog, ClaimCatalogToken, type User, type UserService, UserServiceToken } from '#core/users';
import { type ConsentStep, ConsentStepToken, type PendingConsent } from './authorize/consent.js';
import { formTarget } from './authorize/response-modes.js';
import { type OidcScopes, OidcScopesToken } from './claims/oidc-scopes.js';
import { type ClientService, ClientServiceToken } from './clients/client.service.js';
import { type DetachedAnswers, DetachedAnswersToken, type DetachedEnd } from './detached/detached-answers.js';
import type { UserCodeReader, UserCodeView } from './detached/user-codes.js';
import type { ConsentNote } from './detached/waiting-request.js';
import { type FrontChannelLogout, FrontChannelLogoutToken, type FrontChannelPage } from './logout/front-channel.js';
import { type LogoutEndpoint, LogoutEndpointToken } from './logout/logout-endpoint.js';
import { type AuthorizationDetails, AuthorizationDetailsToken } from './rar/authorization-details.js';
import { type RegisteredScopes, RegisteredScopesToken } from './scopes/registered-scopes.js';

/** Injection token of what the OAuth pages show. */
export const OAuthPagesToken = token<OAuthPages>('oauth.pages');
/** Injection token of the registry of readers of user codes. */
export const UserCodeReaderRegistryToken = token<Registry<UserCodeReader>>('oauth.user-code-readers');

/** The page that asks for consent. */
export interface ConsentView {
  readonly applicationName: string;
  readonly applicationUrl?: string | undefined;
  readonly logoUrl?: string | undefined;
  readonly username: string;
  readonly scopes: readonly { readonly name: string; readonly displayName: string; readonly description: string }[];
  readonly claims: readonly {
    readonly id: string;
    readonly name: string;
    readonly displayName: string;
    readonly mandatory: boolean;
  }[];
  /** Authorization details, to be chosen one by one. */
  readonly details: readonly DetailView[];
  /** Where the form leads in the end, for the policy of the page. */
  readonly redirectOrigin: string;
  /** What the request is about, when its client waits elsewhere and the browser goes nowhere. */
  readonly note?: ConsentNote | undefined;
  /** Name of the agent that will act for the user. */
  readonly requestedActor?: string | undefined;
  /** Whether the answer cannot be kept: consent is settled, only this request is asked about. */
  readonly confirmsOnly?: boolean;
}

/** An authorization detail on the page that asks for consent. */
export interface DetailView {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  /** What it says, member by member; those of objects have the names of their objects before theirs. */
  readonly members: readonly { readonly name: string; readonly value: string }[];
}

/** The page that asks whether to log out. */
export interface LogoutView {
  readonly applicationName?: string | undefined;
  readonly username: string;
  readonly formAction: readonly string[];
}

/** The page for errors that do not go to an application. */
export interface ErrorView {
  readonly code: string;
  readonly message: string;
}

/** Looks up what the OAuth pages show; the portal only draws it. */
@injectable()
export class OAuthPages {
  constructor(
    @inject(ConsentStepToken) private readonly consents: ConsentStep,
    @inject(LogoutEndpointToken) private readonly logouts: LogoutEndpoint,
    @inject(ClientServiceToken) private readonly clients: ClientService,
    @inject(SessionServiceToken) private readonly sessions: SessionService,
    @inject(UserServiceToken) private readonly users: UserService,
    @inject(OidcScopesToken) private readonly oidc: OidcScopes,
    @inject(RegisteredScopesToken) private readonly registered: RegisteredScopes,
    @inject(ClaimCatalogToken) private readonly catalog: ClaimCatalog,
    @inject(FrontChannelLogoutToken) private readonly frontChannel: FrontChannelLogout,
    @inject(SecretBoxToken) private readonly box: SecretBox,
    @inject(AuthorizationDetailsToken) private readonly authorizationDetails: AuthorizationDetails,
    @inject(DetachedAnswersToken) private readonly detached: DetachedAnswers,
    @inject(UserCodeReaderRegistryToken) private readonly userCodes: Registry<UserCodeReader>,
  ) {}

  /** The question for consent behind a key; undefined when it is over or belongs to another session. */
  async consent(sessionDataKeyConsent: string, http: HttpRequest): Promise<ConsentView | undefined> {
    const pending = this.consents.find(sessionDataKeyConsent, http.organization.id);
    const user = pending && (await this.#userOf(pending.sessionId, http));
    const client = pending && (await this.clients.find(http.organization.id, pending.authorize.clientId));
    if (!pending || !user || !client) return undefined;
    const { name, settings } = client.application;
    const dialects = await this.catalog.of(pending.orgId);
    const scopes = pending.scopes.filter((scope) => scope !== 'openid' && !pending.before.scopes.includes(scope));
    return {
      applicationName: name,
      applicationUrl: settings.accessUrl,
      logoUrl: settings.imageUrl,
      username: user.username,
      scopes: await this.#scopes(pending.orgId, scopes),
      claims: pending.claims.map((uri, index) => ({
        id: String(index),
        name: uri,
        displayName: dialects.local(uri)?.displayName ?? uri,
        mandatory: pending.mandatory.includes(uri),
      })),
      details: await this.#details(pending),
      redirectOrigin: formTarget(pending.authorize.redirectUri),
      note: pending.authorize.detached?.note,
      requestedActor: pending.authorize.requestedActorName,
      confirmsOnly: pending.confirmsOnly ?? false,
    };
  }

  /** The question for logout behind a key; undefined when it is over or belongs to another session. */
  async logout(sessionDataKey: string, http: HttpRequest): Promise<LogoutView | undefined> {
    const pending = this.logouts.find(sessionDataKey, http.organization.id);
    const user = pending && (await this.#userOf(pending.sessionId, http));
    if (!pending || !user) return undefined;
    const client =
      pending.clientId === undefined ? undefined : await this.clients.find(http.organization.id, pending.clientId);
    const formAction = pending.redirectUri === undefined ? [] : [formTarget(pending.redirectUri)];
    return { applicationName: client?.application.name, username: user.username, formAction };
  }

  /** Whether there is anything that gives codes to devices. */
  get hasUserCodes(): boolean {
    return this.userCodes.all().length > 0;
  }

  /** What a code stands for that a person has read from a device. Throws TooManyRequestsError. */
  async userCode(userCode: string, http: HttpRequest): Promise<UserCodeView | undefined> {
    return this.userCodes.all()[0]?.read(userCode, http);
  }

  /** What the last page of a request says whose client waits elsewhere; undefined when this server has not made its address. */
  detachedEnd(query: URLSearchParams): DetachedEnd | undefined {
    return this.detached.read(query);
  }

  /** The frames of a front-channel logout behind a key, and where the browser goes then. */
  frontChannelLogout(sessionDataKey: string): FrontChannelPage | undefined {
    return this.frontChannel.find(sessionDataKey);
  }

  /** The error that the query names; a general one when the query was not made by this server. */
  error(query: URLSearchParams): ErrorView {
    const [code, message] = [query.get('oauthErrorCode') ?? '', query.get('oauthErrorMsg') ?? ''];
    const signature = this.box.mac('oauth-error-page', `${code}\n${message}`);
    if (equalInConstantTime(query.get('oauthErrorSignature') ?? '', signature)) return { code, message };
    return { code: 'invalid_request', message: 'The request could not be processed.' };
  }

  async #details({ orgId, details, authorize }: PendingConsent): Promise<DetailView[]> {
    const names = await this.authorizationDetails.names(orgId);
    const asked = [...(authorize.authorizationDetails ?? []).entries()].filter(([index]) => details.includes(index));
    return asked.map(([index, { type, ...members }]) => ({
      id: String(index),
      name: names.get(type)?.name ?? type,
      description: names.get(type)?.description ?? '',
      members: membersOf(members),
    }));
  }

  async #scopes(orgId: string, names: readonly string[]): Promise<ConsentView['scopes']> {
    const [oidc, registered] = [await this.oidc.of(orgId), await this.registered.of(orgId)];
    return names.map((name) => {
      const known = oidc.find(name) ?? registered.find(name);
      return { name, displayName: known?.displayName ?? name, description: known?.description ?? '' };
    });
  }

  async #userOf(sessionId: string, http: HttpRequest): Promise<User | undefined> {
    const session = await this.sessions.find(http.organization.id, http.cookies[SESSION_COOKIE]);
    return session?.id === sessionId ? this.users.findById(http.organization.id, session.userId) : undefined;
  }
}

/** Members as people can read them: those of objects one by one, behind the name of their object. */
function membersOf(members: Readonly<Record<string, unknown>>, before = ''): DetailView['members'] {
  return Object.entries(members).flatMap(([member, value]) => {
    const name = before === '' ? member : `${before} · ${member}`;
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? membersOf(value as Record<string, unknown>, name) : [{ name, value: textOf(value) }];
  });
}

/** A value as people can read it: words alone or in a row, everything else as JSON. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const isPlain = Array.isArray(value) && value.every((one) => typeof one !== 'object');
  return isPlain ? value.join(', ') : JSON.stringify(value);
}
