import type { HttpRequest, Reply } from '#core/http';
import { extensionPoint } from '#core/kernel';
import type { Session } from '#core/sessions';
import type { AuthenticationRequest } from './login-context.js';

/** The good end of a sign-in, as the inbound protocol gets it. */
export interface AuthenticationResult {
  readonly request: AuthenticationRequest;
  readonly session: Session;
}

/** The side of an inbound protocol to which the engine returns. Owned by the room of the protocol. */
export interface InboundFace {
  /** Type in page addresses: `oidc`. */
  readonly type: string;
  /** Path to which the browser goes with `sessionDataKey` after a sign-in: `/oauth2/authorize`. */
  readonly path: string;
  /** Answer for a sign-in that has failed for good. */
  failed(request: AuthenticationRequest, code: string, message: string, http: HttpRequest): Promise<Reply> | Reply;
}

/** Inbound faces by id. */
export const InboundFaces = extensionPoint<InboundFace>('inbound-faces');
