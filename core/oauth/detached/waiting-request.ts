import type { Actor } from '../tokens/records.js';

/** Ways in which a client waits elsewhere: a device (RFC 8628), a client that asks by itself (OpenID Connect CIBA). */
export type WaitingKind = 'device' | 'ciba';

/** What the person who is asked has to see, to know what the question is about. */
export interface ConsentNote {
  readonly kind: WaitingKind;
  /** The code that the device shows (RFC 8628 §5.4). */
  readonly userCode?: string | undefined;
  /** What the client shows at the same time (CIBA Core §7.1). */
  readonly bindingMessage?: string | undefined;
  /** `sub` of the agent that will act for the person. */
  readonly actor?: string | undefined;
}

/** Who may answer: a user, or whoever bears the name. Everybody when both are absent. */
export interface Answerer {
  readonly userId?: string | undefined;
  readonly username?: string | undefined;
}

/** The part of an authorization request that says for which waiting request it is. Plain data. */
export interface DetachedRequest {
  readonly kind: WaitingKind;
  /** Id of the {@link WaitingRequest}. */
  readonly id: string;
  readonly note: ConsentNote;
  readonly answerer?: Answerer | undefined;
}

/** A request of a client that polls the token endpoint until somebody has answered. Plain data. */
export interface WaitingRequest {
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly state: 'open' | 'approved' | 'refused' | 'used';
  readonly note: ConsentNote;
  readonly answerer?: Answerer | undefined;
  readonly actor?: Actor | undefined;
  /** Milliseconds since the epoch, as all times here. */
  readonly createdAt: number;
  readonly expiresAt: number;
  /** The shortest time between two polls, in milliseconds. */
  readonly interval: number;
  readonly polledAt?: number | undefined;
}
