import type { HttpRequest } from '#core/http';
import { token } from '#core/kernel';

/** What the consent page shows. */
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
  /** Where the answer leads in the end. */
  readonly redirectOrigin: string;
}

/** What the page that asks before a sign-out shows. */
export interface LogoutView {
  readonly applicationName?: string | undefined;
  readonly username: string;
  readonly formAction: readonly string[];
}

/** What the page for a request that cannot be served shows. */
export interface ErrorView {
  readonly code: string;
  readonly message: string;
}

/** What the OAuth pages ask the protocol for. */
export interface OAuthPages {
  consent(sessionDataKeyConsent: string, http: HttpRequest): Promise<ConsentView | undefined>;
  logout(sessionDataKey: string, http: HttpRequest): Promise<LogoutView | undefined>;
  error(query: URLSearchParams): ErrorView;
}

/** Injection token of {@link OAuthPages}. */
export const OAuthPagesToken = token<OAuthPages>('oauth.pages');
