export {
  type Authenticator,
  type AuthenticatorFlow,
  type AuthenticatorOutcome,
  Authenticators,
  type Prompt,
  type PromptField,
} from './authenticator.js';
export { type CredentialKind, CredentialKinds } from './credentials/credential-kind.js';
export {
  type AuthenticationEngine,
  AuthenticationEngineToken,
  AuthenticatorRegistryToken,
  type Progress,
} from './engine.js';
export { type AuthenticationResult, type InboundFace, InboundFaces } from './inbound-face.js';
export type { AuthenticationRequest, LoginContext } from './login-context.js';
export { type Begun, type LoginFlow, LoginFlowToken } from './login-flow.js';
export { type FollowingStep, FollowingSteps } from './sequence.js';
