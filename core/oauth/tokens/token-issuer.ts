import type { OrganizationContext } from '#core/http';
import { extensionPoint } from '#core/kernel';
import type { User } from '#core/users';
import type { OAuthClient } from '../clients/client.service.js';

/** What an access token shall say. Made by core; a token issuer only gives it a form. */
export interface AccessTokenContent {
  readonly organization: OrganizationContext;
  readonly issuer: string;
  readonly client: OAuthClient;
  readonly user: User | undefined;
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly audience: readonly string[];
  readonly subjectType: 'APPLICATION_USER' | 'APPLICATION';
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** User attributes that the application has chosen, by OpenID Connect name. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Gives access tokens their form. */
export interface TokenIssuer {
  /** Value of `accessToken.type`: `JWT`, `Default`. */
  readonly type: string;
  /** Makes the token, and the id under which core stores its record (at most 128 characters, no secret). */
  issue(content: AccessTokenContent): Promise<{ readonly token: string; readonly id: string }>;
  /** Id of a token that this issuer has made, after checking whatever the form allows to check; undefined when it is not one of its own. */
  identify(token: string, organization: OrganizationContext): Promise<string | undefined>;
}

/** Token issuers by type. */
export const TokenIssuers = extensionPoint<TokenIssuer>('token-issuers');
