import type { OrganizationContext } from '#core/http';
import { extensionPoint } from '#core/kernel';
import type { Person } from '../claims/person.js';
import type { OAuthClient } from '../clients/client.service.js';
import type { GrantTerms, SubjectType } from './records.js';

/** What an access token shall say. Made by core; a token issuer only gives it a form. */
export interface AccessTokenContent extends GrantTerms {
  readonly organization: OrganizationContext;
  readonly issuer: string;
  readonly client: OAuthClient;
  readonly person: Person | undefined;
  readonly subject: string;
  readonly scopes: readonly string[];
  readonly audience: readonly string[];
  readonly subjectType: SubjectType;
  /** The grant type, for tokens that have to carry what is not kept here. */
  readonly grantType: string;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** `cnf` of a bound token (RFC 7800). */
  readonly confirmation: Readonly<Record<string, string>> | undefined;
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
