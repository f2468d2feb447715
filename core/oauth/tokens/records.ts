import type { PassedStep } from '#core/sessions';

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
  refreshToken: 'oauth-refresh-token',
  usedRefreshToken: 'oauth-used-refresh',
} as const;

/** How the user of a grant was authenticated. */
export interface Authentication {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Names of authenticators (`amr`). */
  readonly methods: readonly string[];
  /** `sid`: the session in which it happened. */
  readonly sessionId?: string | undefined;
}

/** A user has let a client act: all tokens that come from it live and die with it. */
export interface GrantRecord {
  readonly clientId: string;
  readonly userId: string;
  readonly scopes: readonly string[];
  readonly authentication: Authentication;
  /** Local claim URIs that the user has agreed to; undefined: was not asked. */
  readonly consentedClaims?: readonly string[] | undefined;
  /** Whether `auth_time` was asked for. */
  readonly wantsAuthTime?: boolean | undefined;
  readonly createdAt: number;
}

/** An authorization code. */
export interface CodeRecord {
  readonly grantId: string;
  readonly grant: GrantRecord;
  readonly redirectUri: string;
  readonly nonce?: string | undefined;
  readonly codeChallenge?: string | undefined;
  readonly codeChallengeMethod?: string | undefined;
}

/** An access token. */
export interface AccessTokenRecord {
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
  readonly subjectType: 'APPLICATION_USER' | 'APPLICATION';
  readonly audience: readonly string[];
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
}

/** What stays of a used code or refresh token, so that its second use is noticed. */
export interface UsedRecord {
  readonly grantId: string;
}

/** Names of the authenticators that were passed, each once. */
export const methodsOf = (passed: readonly PassedStep[]): string[] => [
  ...new Set(passed.map((step) => step.authenticator)),
];
