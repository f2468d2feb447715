import type { DetachedRequest } from '../detached/waiting-request.js';
import type { AuthorizationDetail, ClaimsRequest } from '../tokens/records.js';

/** An authorization request whose client and redirect URI are known to be good. Plain data: it travels through the sign-in. */
export interface AuthorizeRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  /** The combination as {@link ResponseTypeSet} names it: `code id_token`. */
  readonly responseType: string;
  readonly responseMode: string;
  readonly scopes: readonly string[];
  readonly state?: string | undefined;
  readonly nonce?: string | undefined;
  readonly prompts: readonly string[];
  /** Seconds. */
  readonly maxAge?: number | undefined;
  readonly loginHint?: string | undefined;
  readonly uiLocales?: string | undefined;
  readonly codeChallenge?: string | undefined;
  readonly codeChallengeMethod?: string | undefined;
  /** The `claims` parameter. */
  readonly claims?: ClaimsRequest | undefined;
  readonly acrValues?: readonly string[] | undefined;
  /** `sub` of a good `id_token_hint`. */
  readonly hintedSubject?: string | undefined;
  /** `resource` (RFC 8707). */
  readonly resources?: readonly string[] | undefined;
  readonly authorizationDetails?: readonly AuthorizationDetail[] | undefined;
  /** Id of the user to impersonate (`requested_subject`). */
  readonly requestedSubject?: string | undefined;
  /** Id of the agent that will act for the user (`requested_actor`). */
  readonly requestedActor?: string | undefined;
  /** What people call it. */
  readonly requestedActorName?: string | undefined;
  /** `dpop_jkt` */
  readonly dpopJkt?: string | undefined;
  /** Set when the client waits elsewhere: the answer does not go to the redirect URI. */
  readonly detached?: DetachedRequest | undefined;
}

/** The parameters of an authorization request, wherever they stood, and how they came. */
export interface SourcedParameters {
  readonly parameters: URLSearchParams;
  /** Whether they were pushed (RFC 9126). */
  readonly pushed: boolean;
  /** Whether they stood in a request object, and whether that was signed (RFC 9101). */
  readonly requestObject?: 'signed' | 'unsigned';
}
