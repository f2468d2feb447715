import type { z } from 'zod';
import type { HttpRequest } from '#core/http';
import { extensionPoint } from '#core/kernel';
import type { StateChange } from '#core/persistence';
import type { User } from '#core/users';
import type { FederatedPerson } from '../claims/person.js';
import type { OAuthClient } from '../clients/client.service.js';
import type { Authentication, ClaimsRequest, GrantTerms } from '../tokens/records.js';

/** A token request as a grant sees it: only its own parameters. */
export interface GrantRequest<P extends z.ZodType> {
  readonly parameters: z.output<P>;
  readonly client: OAuthClient;
  readonly request: HttpRequest;
}

/** For whom tokens are. */
export type TokenSubject =
  | { readonly type: 'user'; readonly user: User }
  | { readonly type: 'federated'; readonly person: FederatedPerson }
  | { readonly type: 'application' };

/**
 * What a grant wants issued. Only core mints tokens. Of the authorization details that stand in it, the request gets at
 * most those: an empty list allows none, an absent one what the client may ask for.
 */
export interface TokenIntent extends GrantTerms {
  readonly subject: TokenSubject;
  readonly scopes: readonly string[];
  /** Whether the scopes went through the scope policy before (a code, a refresh token). */
  readonly scopesGranted?: boolean | undefined;
  /** Whether a refresh token may be issued; it is only for clients that have the refresh token grant. */
  readonly refreshable: boolean;
  /** Whether an ID token may be issued; it is only for the scope `openid`. */
  readonly idToken: boolean;
  /** How the user was authenticated; now, by the name of the grant, when absent. */
  readonly authentication?: Authentication | undefined;
  readonly nonce?: string | undefined;
  readonly consentedClaims?: readonly string[] | undefined;
  readonly wantsAuthTime?: boolean | undefined;
  /** What the request said of single claims. */
  readonly claims?: ClaimsRequest | undefined;
  /** The grant that the tokens belong to; a new one when absent. */
  readonly grantId?: string | undefined;
  /** Scopes of the whole grant, when the access token gets fewer (RFC 6749 §6); `scopes` when absent. */
  readonly grantScopes?: readonly string[];
  /** Terms of the whole grant, when the access token gets fewer; those of the intent when absent. */
  readonly granted?: Pick<GrantTerms, 'resources' | 'authorizationDetails'>;
  /** When the refresh token to issue expires, in milliseconds since the epoch; by the settings of the client when absent. */
  readonly refreshExpiresAt?: number | undefined;
  /** Thumbprint of the key that the request has to prove, because the code was bound to it (RFC 9449 §10). */
  readonly dpopJkt?: string | undefined;
  /** Goes on using this refresh token instead of issuing another. */
  readonly keepRefreshToken?: string | undefined;
  /** Id of the refresh token that the new one replaces. */
  readonly replacesRefreshToken?: string | undefined;
  /** The grant type that gave the first tokens of the grant; this one when absent. */
  readonly grantedBy?: string | undefined;
  /** Whether to look at the grant again, instead of refusing, when another request was faster. */
  readonly retries?: boolean | undefined;
  /** Headers of the answer. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Whose token it is (`aut`), when the kind of subject does not tell. */
  readonly subjectType?: 'AGENT' | undefined;
  /** `issued_token_type` (RFC 8693 §2.2.1). */
  readonly issuedTokenType?: string;
  /** Further members of the answer. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** Applied together with what is issued, all or nothing: the using up of a code. When refused: `invalid_grant`. */
  readonly changes?: readonly StateChange[];
}

/** A way to get tokens (RFC 6749 §4, §6, extension grants §4.5). */
export interface GrantType<P extends z.ZodType = z.ZodType> {
  /** Value of `grant_type`. */
  readonly grantType: string;
  /** What the console calls it. */
  readonly displayName: string;
  /** Its parameters. Others never reach it; those without a value count as absent. */
  readonly parameters: P;
  /** Whether clients without a secret may use it. */
  readonly publicClientAllowed: boolean;
  /** Checks the grant. Throws OAuthError, usually `invalid_grant`. */
  handle(request: GrantRequest<P>): Promise<TokenIntent> | TokenIntent;
}

/** Grant types by their name. */
export const GrantTypes = extensionPoint<GrantType>('grant-types');
