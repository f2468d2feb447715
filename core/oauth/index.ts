export type { AuthorizeRequest } from './authorize/authorize-request.js';
export {
  type Answer,
  type Authorization,
  type ResponseMode,
  /** @public */ ResponseModes,
  type ResponsePart,
  type ResponseType,
  /** @public */ ResponseTypes,
} from './authorize/responses.js';
export { type FederatedPerson, isFederated, type Person, personId } from './claims/person.js';
export { splitScopes } from './claims/scope-policy.js';
export type { OAuthClient } from './clients/client.service.js';
export { thumbprintOf } from './clients/client-key-material.js';
export { type ClientJwtOptions, type ClientKeys, ClientKeysToken } from './clients/client-keys.js';
export { OAuthError, type OAuthErrorCode } from './errors.js';
export { type ConsentView, type ErrorView, type LogoutView, type OAuthPages, OAuthPagesToken } from './oauth-pages.js';
export { type OAuthOptions, OAuthOptionsToken } from './options.js';
export {
  /** @public */ AuthorizationDetailsTypes,
  type DetailSituation,
  type DetailsProcessor,
} from './rar/details-processor.js';
export { refused } from './setting-kinds.js';
export { type ClientAssertions, ClientAssertionsToken } from './token/client-assertions.js';
export { type ClientAuthenticator, ClientAuthenticators, type ClientCredential } from './token/client-authenticator.js';
export {
  type GrantRequest,
  type GrantType,
  GrantTypes,
  type TokenIntent,
  type TokenSubject,
} from './token/grant-type.js';
export {
  type BindingRequest,
  type BindingVisit,
  bindingRef,
  type TokenBinding,
  TokenBindings,
} from './token/token-binding.js';
export { type Grants, GrantsToken } from './tokens/grants.js';
export {
  type AuthorizationDetail,
  type CodeRecord,
  type GrantRecord,
  KINDS,
  type RefreshTokenRecord,
  type UsedRecord,
} from './tokens/records.js';
export { type AccessTokenContent, type TokenIssuer, TokenIssuers } from './tokens/token-issuer.js';
