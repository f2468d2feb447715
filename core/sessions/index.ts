export {
  /** @public */ type FederatedSession,
  type PassedStep,
  type Session,
  type SessionService,
  SessionServiceToken,
  SessionTerminated,
} from './session.service.js';
export { SESSION_COOKIE } from './session-cookie.js';
