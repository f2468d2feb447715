/** A step that the user of a session has passed. */
export interface PassedStep {
  /** `LOCAL` or the name of a connection. */
  readonly idp: string;
  readonly authenticator: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** A session at an identity provider from which a session here was made. */
export interface FederatedSession {
  /** Id of the connection to the identity provider. */
  readonly idp: string;
  /** Who the user is there. */
  readonly sub: string;
  /** The session there, if it has said which. */
  readonly sid?: string | undefined;
}

/** A single sign-on session. */
export interface Session {
  /** `sid` of ID and logout tokens: not the secret in the cookie. */
  readonly id: string;
  readonly orgId: string;
  readonly userId: string;
  readonly passed: readonly PassedStep[];
  /** Applications that the user has signed in to, by id. */
  readonly applications: readonly string[];
  readonly createdAt: number;
  /** Time of the last sign-in with credentials (`auth_time`). */
  readonly authenticatedAt: number;
  readonly lastAccessAt: number;
  readonly remembered: boolean;
  readonly userAgent: string;
  readonly ip: string;
  /** Sessions elsewhere from which it was made: it ends with each of them. */
  readonly federated?: readonly FederatedSession[] | undefined;
  /** Id of the user in whose name the user acts; there is one at most until the session ends. */
  readonly impersonating?: string | undefined;
}

/** What begins a session. */
export interface NewSession {
  readonly userId: string;
  /** The application that the user signs in to. */
  readonly applicationId: string;
  readonly passed: readonly PassedStep[];
  readonly remembered: boolean;
  readonly userAgent: string;
  readonly ip: string;
  /** Sessions at identity providers by which the user has just signed in. */
  readonly federated?: readonly FederatedSession[] | undefined;
  /** Secret of the session that this one replaces: of the same browser, before it signed in anew. */
  readonly replaces?: string | undefined;
}
