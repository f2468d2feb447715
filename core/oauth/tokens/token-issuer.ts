import type { OrganizationContext } from '#core/http';
import { extensionPoint, type Soon } from '#core/kernel';
import type { Person } from '../claims/person.js';
import type { OAuthClient } from '../clients/client.service.js';
import type { AccessTokenRecord, Authentication, GrantTerms, SubjectType } from './records.js';

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
  /** The grant that it belongs to; undefined for tokens of applications. */
  readonly grantId?: string | undefined;
  /** The grant type, for tokens that have to carry what is not kept here. */
  readonly grantType: string;
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** `cnf` of a bound token (RFC 7800). */
  readonly confirmation: Readonly<Record<string, string>> | undefined;
  /** User attributes that the application has chosen, by OpenID Connect name. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Whether `scope` is a list where the form has both. */
  readonly scopeAsArray: boolean;
  /** How the user was authenticated, where a token of the form may tell (RFC 9068 §2.2.1). */
  readonly authentication?: Authentication | undefined;
  /** Local claim URIs that the user has agreed to, for tokens that have to carry it; undefined: was not asked. */
  readonly consentedClaims?: readonly string[] | undefined;
  /** `binding_ref` of a token that leaves the ones before it alone; its binding type is `request`. */
  readonly requestRef?: string | undefined;
  /**
   * Names those tokens of which only the last is good (hexadecimal, at least 15 digits); undefined: this one stands for
   * itself. Only for issuers that replace.
   */
  readonly series?: string | undefined;
}

/** A token that was made, and under what core stores its record. */
export interface IssuedToken {
  readonly token: string;
  /** At most 128 characters, no secret. */
  readonly id: string;
  /** Which one of those with the same id it is; with a later one under the id it is not good any more. */
  readonly serial?: string;
  /** The token carries its record: core keeps none, and `identify` gives it back. */
  readonly carriesRecord?: boolean;
}

/** What an issuer knows of a token of its own. */
export interface IdentifiedToken {
  readonly id: string;
  readonly serial?: string;
  /** Of tokens that carry their record. */
  readonly record?: AccessTokenRecord;
}

/** Gives access tokens their form. */
export interface TokenIssuer {
  /** Value of `accessToken.type`: `JWT`, `Default`. */
  readonly type: string;
  /**
   * What a request gets that is like one before it: the same token again, as long as it lives (`reuse`), or a new one in
   * favour of which the one before ends (`replace`). A further token beside it when absent.
   */
  readonly onRepetition?: 'reuse' | 'replace';
  /** Makes the token. Throws OAuthError when it cannot say what it has to. */
  issue(content: AccessTokenContent): Soon<IssuedToken>;
  /** A token that this issuer has made, after checking whatever the form allows to check; undefined when it is not one of its own. */
  identify(token: string, organization: OrganizationContext): Soon<IdentifiedToken | undefined>;
}

/** Token issuers by type. */
export const TokenIssuers = extensionPoint<TokenIssuer>('token-issuers');
