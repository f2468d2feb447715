import type { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { extensionPoint, token } from '#core/kernel';

/** The organization in whose name a request is served. */
export interface OrganizationContext {
  readonly id: string;
  /** Tenant domain of a root, organization handle below one. */
  readonly handle: string;
  readonly name: string;
  /** What stands before every path of this organization: ``, `/t/acme`, `/t/acme/o/<id>`, `/o/<id>`. */
  readonly prefix: string;
}

/** Splits a path into its organization and the rest. Bound by the room of organizations. */
export interface OrganizationResolver {
  /** Undefined when the path names an organization that is not there or not active. */
  resolve(
    path: string,
  ):
    | Promise<{ organization: OrganizationContext; path: string } | undefined>
    | { organization: OrganizationContext; path: string };
}

/** Injection token of the organization resolver. */
export const OrganizationResolverToken = token<OrganizationResolver>('http.organization-resolver');

/** Who makes a request, as a guard found out. */
export interface Principal {
  readonly type: 'User' | 'Application';
  readonly id: string;
  readonly orgId: string;
  readonly name: string;
  /** How it proved who it is: some operations want a token, which says for what it was given, and no password. */
  readonly authenticatedBy: 'basic' | 'bearer' | 'session';
  /** Scopes that it may use. */
  readonly scopes: ReadonlySet<string>;
  /** The client through which a user came, if any. */
  readonly clientId?: string;
  /** Who acts in the name of the user, if anybody does. */
  readonly actorId?: string;
  /** The grant of the access token, if it has one. */
  readonly grantId?: string;
  /** The single sign-on session of the request, or in which the access token was granted. */
  readonly sessionId?: string;
}

/** A request as handlers see it: independent of Express and of Node. */
export interface HttpRequest {
  readonly method: string;
  /** Path without the organization. */
  readonly path: string;
  readonly organization: OrganizationContext;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
  /** Cookies by name; of several with one name the first. */
  readonly cookies: Readonly<Record<string, string>>;
  /** Address of the client. */
  readonly ip: string;
  /** Certificate that the client has shown to this server or to the trusted proxy in front. Nobody has judged it yet. */
  readonly clientCertificate: X509Certificate | undefined;
  /** Whether a trusted proxy has passed the request on. */
  readonly throughProxy: boolean;
  readonly correlationId: string;
  /** Public origin of the server: `https://id.example.com`. */
  readonly origin: string;
  /** Origin and organization prefix: the beginning of every URL of this organization. */
  readonly baseUrl: string;
  /** Body as text; empty when there is none. */
  readonly body: string;
  /** Parameters of a form body; empty when it is no form. */
  readonly form: URLSearchParams;
  /** Path parameters. */
  readonly params: Readonly<Record<string, string>>;
  /** Set behind a guard. */
  readonly principal: Principal | undefined;
  /** Unguessable value for the Content-Security-Policy of this answer. */
  readonly nonce: string;
}

/** A cookie to set. Always Secure, and HttpOnly unless scripts are meant to read it. */
export interface Cookie {
  readonly name: string;
  /** Empty: the cookie is deleted. */
  readonly value: string;
  /** Organization prefix is put before it. */
  readonly path?: string;
  readonly sameSite?: 'None' | 'Lax' | 'Strict';
  /** For scripts of our own pages to read: only for what is worth nothing to a thief. */
  readonly readable?: boolean;
  /** Seconds; a session cookie when absent. */
  readonly maxAge?: number;
}

/** An answer. At most one of `json`, `jsonText`, `html`, `text` and `redirect`. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cookies?: readonly Cookie[];
  readonly json?: unknown;
  /** JSON that is text already: of documents that are made once and sent often. */
  readonly jsonText?: string;
  readonly html?: string;
  readonly text?: string;
  /** Location of a redirect. */
  readonly redirect?: string;
  /** Further sources of `form-action` in the policy of an HTML page: where its form may lead in the end. */
  readonly formAction?: readonly string[];
  /** Origins whose pages may show this HTML page in a frame; none when absent. */
  readonly frameAncestors?: readonly string[];
  /** Origins that this HTML page shows in frames; none when absent. */
  readonly frameSources?: readonly string[];
  /** Origins, beside this server, whose pictures this HTML page shows; none when absent. */
  readonly imageSources?: readonly string[];
}

/** Turns a thrown error into an answer in the shape of a protocol family. */
export type ErrorRenderer = (error: unknown, request: HttpRequest) => Reply;

/** A check of the health endpoint. */
export interface HealthCheck {
  /** Facts to show; throws a HealthError when the server cannot do its work. */
  check(): Promise<{ readonly key: string; readonly value: string }[]>;
}

/** Checks of the health endpoint. */
export const HealthChecks = extensionPoint<HealthCheck>('health-checks');

/** Origins that an organization's applications allow. */
export interface CorsOrigins {
  allows(organization: OrganizationContext, origin: string): Promise<boolean>;
}

/** Who may add allowed origins. */
export const CorsOriginProviders = extensionPoint<CorsOrigins>('cors-origins');

/** A redirect by GET. */
export const redirect = (location: string, extra: Omit<Reply, 'status' | 'redirect'> = {}): Reply => ({
  status: 302,
  redirect: location,
  ...extra,
});
