export {
  /** @public */ type Agent,
  /** @public */ AgentDirectories,
  /** @public */ type AgentDirectory,
} from './agents/agents.js';
export { type RequestedActors, RequestedActorsToken } from './agents/requested-actors.js';
export { type Assertion, type Assertions, AssertionsToken } from './assertions/assertions.js';
export { AssertionError } from './assertions/jwt-reading.js';
export { /** @public */ type OwnSubject, type OwnSubjects, OwnSubjectsToken } from './assertions/own-subjects.js';
export { type AuthorizationEndpoint, AuthorizationEndpointToken } from './authorize/authorization-endpoint.js';
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
export { type OidcUserClaims, OidcUserClaimsToken } from './claims/user-claims.js';
export { type ClientService, ClientServiceToken, type OAuthClient } from './clients/client.service.js';
export type { AddressByLanguage, ClientFace } from './clients/client-face.js';
export { thumbprintOf } from './clients/client-key-material.js';
export { type ClientJwtOptions, type ClientKeys, ClientKeysToken } from './clients/client-keys.js';
export { approvedIntent } from './detached/approved-intent.js';
export { type DetachedAnswers, DetachedAnswersToken, type DetachedEnd } from './detached/detached-answers.js';
export { DetachedResponse } from './detached/detached-response.js';
export { type UserCodeReader, UserCodeReaders, type UserCodeView } from './detached/user-codes.js';
export type { Answerer, ConsentNote, WaitingKind, WaitingRequest } from './detached/waiting-request.js';
export { type PollOutcome, type WaitingRequests, WaitingRequestsToken } from './detached/waiting-requests.js';
export { DiscoveryAdditions, type DiscoveryMembers } from './discovery-members.js';
export { OAuthError, type OAuthErrorCode, oauthErrors, toOAuthError } from './errors.js';
export { type FapiRules, FapiRulesToken } from './fapi/fapi-rules.js';
export { type ImpersonatedExchange, ImpersonatedExchangeToken } from './impersonation/impersonated-exchange.js';
export { issuerOf } from './issuer.js';
export { type ConsentView, type ErrorView, type LogoutView, type OAuthPages, OAuthPagesToken } from './oauth-pages.js';
export { jwaName, type OAuthOptions, OAuthOptionsToken } from './options.js';
export {
  type OrganizationOAuthSettings,
  /** @public */ OrganizationOAuthSettingsToken,
  type OrganizationSetting,
} from './organization-settings/organization-oauth-settings.js';
export {
  type OrganizationAccess,
  /** @public */ OrganizationAccesses,
  OrganizationAccessRegistryToken,
} from './organizations/organization-access.js';
export {
  /** @public */ AuthorizationDetailsTypes,
  type DetailSituation,
  type DetailsProcessor,
} from './rar/details-processor.js';
export { fixed } from './setting-kinds.js';
export { ActorTokenError, type ActorTokens, ActorTokensToken } from './token/actor-tokens.js';
export { type ClientAssertions, ClientAssertionsToken } from './token/client-assertions.js';
export {
  type ClientAuthentication,
  ClientAuthenticationToken,
  type ClientAuthenticator,
  ClientAuthenticators,
  type ClientCredential,
} from './token/client-authenticator.js';
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
export { type AccessTokens, AccessTokensToken, type LiveToken } from './tokens/access-tokens.js';
export { timeOf } from './tokens/carried-time.js';
export { type Grants, GrantsToken } from './tokens/grants.js';
export {
  type AccessTokenRecord,
  type Actor,
  type AuthorizationDetail,
  type CodeRecord,
  type GrantRecord,
  KINDS,
  type RefreshTokenRecord,
  type UsedRecord,
} from './tokens/records.js';
export { type FoundRefreshToken, type RefreshTokens, RefreshTokensToken } from './tokens/refresh-tokens.js';
export { type Revocations, RevocationsToken } from './tokens/revocations.js';
export { type ScopeStanding, ScopeStandingToken } from './tokens/scope-standing.js';
export {
  type AccessTokenContent,
  type IdentifiedToken,
  type IssuedToken,
  type TokenIssuer,
  TokenIssuers,
} from './tokens/token-issuer.js';
