import type { PassedStep } from '#core/sessions';
import type { FederatedPerson } from '../claims/person.js';

/**
 * What is stored of grants, codes and tokens, all in the store of living state. Codes and opaque tokens are named by
 * their SHA-256, never by themselves.
 */

/** Kinds of entries in the store of living state. */
export const KINDS = {
  grant: 'oauth-grant',
  code: 'oauth-code',
  usedCode: 'oauth-used-code',
  accessToken: 'oauth-access-token',
  tokenHome: 'oauth-token-home',
  refreshToken: 'oauth-refresh-token',
  usedRefreshToken: 'oauth-used-refresh',
  reusableToken: 'oauth-reusable-token',
  revokedToken: 'oauth-revoked-token',
  revokedSubject: 'oauth-revoked-subject',
  revokedGrant: 'oauth-revoked-grant',
} as const;

/** Who acts for the subject of a token (`act`, RFC 8693 §4.1): an impersonator, an agent, a delegate. */
export interface Actor {
  readonly sub: string;
  /** Who acted before, when the token was handed on. */
  readonly act?: Actor;
}

/** An authorization detail (RFC 9396): a type, and what its API says of it. */
export interface AuthorizationDetail {
  readonly type: string;
  readonly [member: string]: unknown;
}

/** To what a token is bound. */
export interface Bound {
  /** Type of the token binding: `DPoP`, `certificate`. */
  readonly type: string;
  /** What has to be shown: a thumbprint, the hash of a cookie. Never a secret itself. */
  readonly value: string;
}

/** The organization in which a token is good, where it is not the one that issued it (organization switch). */
export interface Accessing {
  readonly id: string;
  readonly name: string;
  readonly handle: string;
}

/** One claim of the `claims` parameter (OpenID Connect Core §5.5.1). */
export interface ClaimRequest {
  readonly essential?: boolean | undefined;
  readonly value?: unknown;
  readonly values?: readonly unknown[] | undefined;
}

/** The `claims` parameter: by OpenID Connect name, null without further wishes. */
export interface ClaimsRequest {
  readonly userinfo?: Readonly<Record<string, ClaimRequest | null>> | undefined;
  readonly id_token?: Readonly<Record<string, ClaimRequest | null>> | undefined;
}

/** What a grant, a code and an access token have in common beside client, user and scopes. */
export interface GrantTerms {
  readonly actor?: Actor | undefined;
  readonly authorizationDetails?: readonly AuthorizationDetail[] | undefined;
  /** Audiences beside the client and those of its settings: resources (RFC 8707). */
  readonly resources?: readonly string[] | undefined;
  readonly accessing?: Accessing | undefined;
  /** The user, when it is not one of ours. */
  readonly federated?: FederatedPerson | undefined;
  readonly bound?: Bound | undefined;
}

/** How the user of a grant was authenticated. */
export interface Authentication {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Names of authenticators (`amr`). */
  readonly methods: readonly string[];
  /** `sid`: the session in which it happened. */
  readonly sessionId?: string | undefined;
  /** Authentication context class (`acr`). */
  readonly acr?: string | undefined;
}

/** A user has let a client act: all tokens that come from it live and die with it. */
export interface GrantRecord extends GrantTerms {
  readonly clientId: string;
  /** Id of the user; see personId. */
  readonly userId: string;
  readonly scopes: readonly string[];
  readonly authentication: Authentication;
  /** Local claim URIs that the user has agreed to; undefined: was not asked. */
  readonly consentedClaims?: readonly string[] | undefined;
  /** Whether `auth_time` was asked for. */
  readonly wantsAuthTime?: boolean | undefined;
  /** What the request said of single claims. */
  readonly claims?: ClaimsRequest | undefined;
  /** Whether it has tokens while its code is not redeemed yet (hybrid response types). */
  readonly awaitsCode?: boolean | undefined;
  /** The grant type that gave the first tokens. */
  readonly grantType?: string | undefined;
  /** `aut` of its tokens, when the kind of subject does not tell. */
  readonly subjectType?: 'AGENT' | undefined;
  /** The pair of tokens issued last, where the refresh token that it replaces may be used again for a moment. */
  readonly latest?: LatestPair | undefined;
  readonly createdAt: number;
}

/** The pair of tokens that a grant has given last. All are ids. */
export interface LatestPair {
  readonly refreshId?: string | undefined;
  readonly accessTokenId: string;
  /** The refresh token that was used for it. */
  readonly replaces?: string | undefined;
}

/** An authorization code. */
export interface CodeRecord {
  readonly grantId: string;
  readonly grant: GrantRecord;
  readonly redirectUri: string;
  readonly nonce?: string | undefined;
  readonly codeChallenge?: string | undefined;
  readonly codeChallengeMethod?: string | undefined;
  /** Thumbprint of the key to which the request bound the code (`dpop_jkt`, RFC 9449 §10). */
  readonly dpopJkt?: string | undefined;
  /** Agent that will act for the user; it has to prove itself with the code. */
  readonly requestedActor?: string | undefined;
}

/** `aut`: whose token it is. */
export type SubjectType = 'APPLICATION_USER' | 'APPLICATION' | 'AGENT';

/** An access token. */
export interface AccessTokenRecord extends GrantTerms {
  readonly clientId: string;
  readonly grantId?: string | undefined;
  readonly userId?: string | undefined;
  readonly subject: string;
  readonly username?: string | undefined;
  readonly scopes: readonly string[];
  /** Milliseconds since the epoch. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** `aut` */
  readonly subjectType: SubjectType;
  readonly audience: readonly string[];
  /** Which one of the tokens under this id is the good one, where they follow each other. */
  readonly serial?: string | undefined;
  /** Id of the entry by which the token is handed out again. */
  readonly reuseId?: string | undefined;
  /** `binding_ref` of a token that leaves the ones before it alone. */
  readonly requestRef?: string | undefined;
  /** The grant that it came from; only of tokens that carry their record, for they may outlive what is kept of it. */
  readonly partOf?: string | undefined;
  /** What the user has agreed to; only of tokens that carry their record, for others the grant has it. */
  readonly consentedClaims?: readonly string[] | undefined;
}

/** A refresh token. */
export interface RefreshTokenRecord {
  readonly clientId: string;
  readonly grantId: string;
  readonly userId: string;
  readonly scopes: readonly string[];
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Id of the access token that was issued with it. */
  readonly accessTokenId: string;
  /** Whether tokens of other grants follow under that id. */
  readonly sharesAccessTokenId?: boolean | undefined;
  /** The access token itself, sealed, so that the answer to a refresh can tell which one ended. */
  readonly sealedAccessToken?: string | undefined;
}

/** What stays of a used code or refresh token, so that its second use is noticed. */
export interface UsedRecord {
  readonly grantId: string;
  /** Of a refresh token that may be used again for a moment. */
  readonly grace?: {
    /** Milliseconds since the epoch. */
    readonly until: number;
    /** How often it may be used again. */
    readonly usesLeft: number;
    readonly record: RefreshTokenRecord;
  };
}

/** Names of the authenticators that were passed, each once. */
export const methodsOf = (passed: readonly PassedStep[]): string[] => [
  ...new Set(passed.map((step) => step.authenticator)),
];
