export type { /** @public */ FederatedSession, PassedStep, Session } from './session.js';
export { type SessionService, SessionServiceToken, SessionTerminated } from './session.service.js';
export { SESSION_COOKIE } from './session-cookie.js';
