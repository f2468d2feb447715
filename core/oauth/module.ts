import { ApiResourcesToken } from '#core/access';
import { InboundProtocols } from '#core/applications';
import { InboundFaces } from '#core/authentication';
import { KeySetsToken } from '#core/crypto';
import { CorsOriginProviders, OrganizationResolverToken, PassportStrategies, Routes } from '#core/http';
import { type Container, definePlugin, type SetupContext } from '#core/kernel';
import { SUPER_ORGANIZATION, TenantParticipants } from '#core/organizations';
import { OutboxHandlers } from '#core/persistence';
import { AbsentGrantSettings } from './absent-grants.js';
import { setUpAgents } from './agents/agents-setup.js';
import { Assertions, AssertionsToken } from './assertions/assertions.js';
import { OwnSubjects, OwnSubjectsToken } from './assertions/own-subjects.js';
import { AnswerDelivery, AnswerDeliveryToken } from './authorize/answer-delivery.js';
import { AuthorizationEndpoint, AuthorizationEndpointToken } from './authorize/authorization-endpoint.js';
import { ConsentStep, ConsentStepToken } from './authorize/consent.js';
import { contributeResponses } from './authorize/contributions.js';
import { ErrorPages, ErrorPagesToken } from './authorize/error-pages.js';
import { ParEndpoint, ParEndpointToken } from './authorize/par-endpoint.js';
import { PushedRequests, PushedRequestsToken } from './authorize/pushed-requests.js';
import { RequestObjectVerifier, RequestObjectVerifierToken } from './authorize/request-object.js';
import { RequestObjects, RequestObjectsToken } from './authorize/request-objects.js';
import { RequestReader, RequestReaderToken } from './authorize/request-reader.js';
import { RequestSources, RequestSourcesToken } from './authorize/request-sources.js';
import { ResponseTypeRegistryToken, ResponseTypeSet, ResponseTypeSetToken } from './authorize/response-type-set.js';
import { ResponseModeRegistryToken, ResponseModes, ResponseTypes } from './authorize/responses.js';
import { SubjectCheck, SubjectCheckToken } from './authorize/subject-check.js';
import { AuthorizedApps } from './authorized-apps/authorized-apps.js';
import { authorizedAppTables } from './authorized-apps/authorized-apps.routes.js';
import { bearerStrategy, dpopStrategy } from './bearer-strategy.js';
import { OidcScopeEntity } from './claims/oidc-scope.entity.js';
import { setUpOidcScopes } from './claims/oidc-scope-setup.js';
import { ScopePolicy, ScopePolicyToken } from './claims/scope-policy.js';
import { OidcUserClaims, OidcUserClaimsToken } from './claims/user-claims.js';
import { ClientEntity } from './clients/client.entity.js';
import { ClientServiceToken } from './clients/client.service.js';
import { provideClients } from './clients/client-setup.js';
import { OidcInbound } from './clients/oidc-inbound.js';
import { OidcInboundRoutes } from './clients/oidc-inbound.routes.js';
import { DetachedAnswers, DetachedAnswersToken } from './detached/detached-answers.js';
import { UserCodeReaders } from './detached/user-codes.js';
import { WaitingRequests, WaitingRequestsToken } from './detached/waiting-requests.js';
import { Discovery, DiscoveryToken } from './discovery.js';
import { type DiscoveryParts, discoveryRoutes, wellKnownRoutes } from './discovery.routes.js';
import { DiscoveryAdditions, DiscoveryAdditionsToken } from './discovery-members.js';
import { fapiConfigRoutes } from './fapi/fapi-config.routes.js';
import { FapiRules, FapiRulesToken } from './fapi/fapi-rules.js';
import { setUpImpersonation } from './impersonation/impersonation-setup.js';
import { FederatedLogoutSettings, setUpFederatedLogout } from './logout/federated-logout.js';
import { FrontChannelLogout, FrontChannelLogoutToken } from './logout/front-channel.js';
import { LogoutEndpoint, LogoutEndpointToken } from './logout/logout-endpoint.js';
import { LOGOUT_TOPIC, LogoutTokens, LogoutTokensToken } from './logout/logout-tokens.js';
import { OAuthClient2026112100070 } from './migrations/0001-client.js';
import { OAuthOrganizationSetting2026112100471 } from './migrations/0002-organization-setting.js';
import { OidcScope2026112100074 } from './migrations/0003-oidc-scope.js';
import { ConsoleClient2026112100612 } from './migrations/0004-console-client.js';
import { ClientSecrets2026112100700 } from './migrations/0005-client-secrets.js';
import { RegisteredScope2026112100710 } from './migrations/0006-registered-scope.js';
import { browserRoutes, type OAuthEndpoints, oauthRoutes } from './oauth.routes.js';
import { OAuthPages, OAuthPagesToken, UserCodeReaderRegistryToken } from './oauth-pages.js';
import { OAuthOptionsToken, oauthOptions } from './options.js';
import { inboundOAuth2Routes } from './organization-settings/inbound-oauth2.routes.js';
import { issuerUsageRoutes } from './organization-settings/issuer-usage.routes.js';
import {
  OrganizationOAuthSettings,
  OrganizationOAuthSettingsToken,
} from './organization-settings/organization-oauth-settings.js';
import { OrganizationSettingEntity } from './organization-settings/organization-setting.entity.js';
import { OrganizationAccesses, OrganizationAccessRegistryToken } from './organizations/organization-access.js';
import { AuthorizationDetails, AuthorizationDetailsToken } from './rar/authorization-details.js';
import { AuthorizationDetailsTypes, DetailsProcessorRegistryToken } from './rar/details-processor.js';
import { setUpRegistration } from './registration/registration-setup.js';
import { RegistrationManagementSettings, RegistrationSettings } from './registration/settings.js';
import { ResourceIndicators, ResourceIndicatorsToken } from './resources/resource-indicators.js';
import { RegisteredScopeEntity } from './scopes/registered-scope.entity.js';
import { setUpRegisteredScopes } from './scopes/registered-scope-setup.js';
import { BrowserState, BrowserStateToken } from './sessions/browser-state.js';
import { CheckSession, CheckSessionToken } from './sessions/check-session.js';
import { OAuthSettings } from './settings.js';
import { AccessTokenMaker, AccessTokenMakerToken } from './token/access-token-maker.js';
import { ActorTokens, ActorTokensToken } from './token/actor-tokens.js';
import { Bindings, BindingsToken } from './token/bindings.js';
import { ClientAuthenticatorRegistryToken, ClientAuthenticators } from './token/client-authenticator.js';
import { GrantTypes } from './token/grant-type.js';
import { IdTokens, IdTokensToken } from './token/id-tokens.js';
import { RequestedTerms, RequestedTermsToken } from './token/requested-terms.js';
import { TokenBindingRegistryToken, TokenBindings } from './token/token-binding.js';
import { GrantTypeRegistryToken, TokenEndpoint, TokenEndpointToken } from './token/token-endpoint.js';
import { TokenMinter, TokenMinterToken } from './token/token-minter.js';
import { TokenReuse, TokenReuseToken } from './token/token-reuse.js';
import { AccessTokens, AccessTokensToken, TokenIssuerRegistryToken } from './tokens/access-tokens.js';
import { ForeignTokens, ForeignTokensToken } from './tokens/foreign-tokens.js';
import { Grants, GrantsToken } from './tokens/grants.js';
import { IdTokenHints, IdTokenHintsToken } from './tokens/id-token-hints.js';
import { Introspection, IntrospectionToken } from './tokens/introspection.js';
import { RefreshTokens, RefreshTokensToken } from './tokens/refresh-tokens.js';
import { Revocation, RevocationToken } from './tokens/revocation.js';
import { Revocations, RevocationsToken } from './tokens/revocations.js';
import { ScopeStanding, ScopeStandingToken } from './tokens/scope-standing.js';
import { TokenGuard, TokenGuardToken } from './tokens/token-guard.js';
import { TokenIssuers } from './tokens/token-issuer.js';
import { UserInfo, UserInfoToken } from './tokens/userinfo.js';
import { UserInfoAnswers, UserInfoAnswersToken } from './tokens/userinfo-answers.js';
import { WebFinger, WebFingerToken } from './webfinger.js';

export default definePlugin({
  id: 'core.oauth',
  requires: ['core.authentication', 'core.connections', 'core.notifications'],
  settings: [
    ...AbsentGrantSettings,
    OAuthSettings,
    RegistrationSettings,
    RegistrationManagementSettings,
    FederatedLogoutSettings,
  ],
  entities: [ClientEntity, OidcScopeEntity, OrganizationSettingEntity, RegisteredScopeEntity],
  migrations: [
    OAuthClient2026112100070,
    OidcScope2026112100074,
    OAuthOrganizationSetting2026112100471,
    ConsoleClient2026112100612,
    ClientSecrets2026112100700,
    RegisteredScope2026112100710,
  ],
  setup(context) {
    const { container, contribute } = context;
    provide(context);
    setUpImpersonation(context);
    setUpAgents(context);
    contributeResponses(context);
    const endpoints = endpointsOf(container);
    contribute(InboundFaces, 'oauth2', endpoints.authorization);
    contribute(OutboxHandlers, LOGOUT_TOPIC, container.get(LogoutTokensToken));
    contribute(Routes, 'oauth2', oauthRoutes(endpoints));
    contribute(Routes, 'openid-connect', browserRoutes(endpoints));
    const discovery = discoveryPartsOf(container);
    contribute(Routes, 'discovery', discoveryRoutes(discovery));
    contribute(Routes, 'well-known', wellKnownRoutes(discovery));
    contribute(InboundProtocols, 'oidc', container.build(OidcInbound));
    contribute(Routes, 'applications-oidc', container.build(OidcInboundRoutes).table());
    const organizationSettings = container.get(OrganizationOAuthSettingsToken);
    contribute(Routes, 'configs-inbound-oauth2', inboundOAuth2Routes(organizationSettings));
    contribute(Routes, 'configs-fapi', fapiConfigRoutes(organizationSettings, container.get(OAuthOptionsToken)));
    const resources = container.get(ApiResourcesToken);
    contribute(
      Routes,
      'configs-issuer-usage',
      issuerUsageRoutes(organizationSettings, (id) => resources.rootOf(id)),
    );
    const guard = () => container.get(TokenGuardToken);
    contribute(PassportStrategies, 'bearer', bearerStrategy(guard));
    contribute(PassportStrategies, 'dpop', dpopStrategy(guard));
    const clients = container.get(ClientServiceToken);
    contribute(CorsOriginProviders, 'oauth-clients', {
      allows: (organization, origin) => clients.allowsOrigin(organization.id, origin),
    });
    setUpRegistration(context);
    setUpFederatedLogout(context);
    const apps = container.build(AuthorizedApps);
    for (const table of authorizedAppTables(apps)) contribute(Routes, table.name, table);
    // Built now, so that they hear of users, sessions and scopes that go.
    container.get(GrantsToken);
    container.get(ScopeStandingToken);
    contribute(TenantParticipants, 'console-client', { created: ({ id }) => clients.ensureConsole(id) });
    return { start: () => clients.ensureConsole(SUPER_ORGANIZATION.id) };
  },
});

function provide(context: SetupContext<unknown>): void {
  const { container, extensions, settings } = context;
  const options = oauthOptions(settings(OAuthSettings));
  container.provideValue(OAuthOptionsToken, options);
  container.provideValue(OrganizationAccessRegistryToken, extensions(OrganizationAccesses));
  container.provideValue(GrantTypeRegistryToken, extensions(GrantTypes));
  container.provideValue(TokenBindingRegistryToken, extensions(TokenBindings));
  container.provideValue(TokenIssuerRegistryToken, extensions(TokenIssuers));
  container.provideValue(ClientAuthenticatorRegistryToken, extensions(ClientAuthenticators));
  container.provideValue(ResponseTypeRegistryToken, extensions(ResponseTypes));
  container.provideValue(ResponseModeRegistryToken, extensions(ResponseModes));
  container.provideValue(DiscoveryAdditionsToken, extensions(DiscoveryAdditions));
  container.provideValue(UserCodeReaderRegistryToken, extensions(UserCodeReaders));
  setUpOidcScopes(context);
  setUpRegisteredScopes(context);
  container.provide(OrganizationOAuthSettingsToken, OrganizationOAuthSettings);
  provideClients(context, options);
  container.provide(OidcUserClaimsToken, OidcUserClaims);
  container.provide(ScopePolicyToken, ScopePolicy);
  container.provide(BindingsToken, Bindings);
  container.provide(TokenGuardToken, TokenGuard);
  container.provide(ScopeStandingToken, ScopeStanding);
  container.provide(AccessTokensToken, AccessTokens);
  container.provide(GrantsToken, Grants);
  container.provide(AssertionsToken, Assertions);
  container.provide(OwnSubjectsToken, OwnSubjects);
  container.provide(AccessTokenMakerToken, AccessTokenMaker);
  container.provide(IdTokensToken, IdTokens);
  container.provide(TokenReuseToken, TokenReuse);
  container.provide(RevocationsToken, Revocations);
  container.provide(RefreshTokensToken, RefreshTokens);
  container.provide(TokenMinterToken, TokenMinter);
  container.provide(TokenEndpointToken, TokenEndpoint);
  container.provide(ConsentStepToken, ConsentStep);
  container.provide(PushedRequestsToken, PushedRequests);
  container.provide(FapiRulesToken, FapiRules);
  container.provide(RequestObjectVerifierToken, RequestObjectVerifier);
  container.provide(RequestObjectsToken, RequestObjects);
  container.provide(RequestSourcesToken, RequestSources);
  container.provideValue(DetailsProcessorRegistryToken, extensions(AuthorizationDetailsTypes));
  container.provide(AuthorizationDetailsToken, AuthorizationDetails);
  container.provide(ResourceIndicatorsToken, ResourceIndicators);
  container.provide(RequestedTermsToken, RequestedTerms);
  container.provide(IdTokenHintsToken, IdTokenHints);
  container.provide(SubjectCheckToken, SubjectCheck);
  container.provide(RequestReaderToken, RequestReader);
  container.provide(ParEndpointToken, ParEndpoint);
  container.provide(ResponseTypeSetToken, ResponseTypeSet);
  container.provide(ErrorPagesToken, ErrorPages);
  container.provide(AnswerDeliveryToken, AnswerDelivery);
  container.provide(ActorTokensToken, ActorTokens);
  container.provide(WaitingRequestsToken, WaitingRequests);
  container.provide(DetachedAnswersToken, DetachedAnswers);
  container.provide(AuthorizationEndpointToken, AuthorizationEndpoint);
  provideEndpoints(container);
}

/** Endpoints beside those of authorization and of tokens. */
function provideEndpoints(container: Container): void {
  container.provide(ForeignTokensToken, ForeignTokens);
  container.provide(IntrospectionToken, Introspection);
  container.provide(RevocationToken, Revocation);
  container.provide(UserInfoToken, UserInfo);
  container.provide(UserInfoAnswersToken, UserInfoAnswers);
  container.provide(DiscoveryToken, Discovery);
  container.provide(WebFingerToken, WebFinger);
  container.provide(BrowserStateToken, BrowserState);
  container.provide(CheckSessionToken, CheckSession);
  container.provide(FrontChannelLogoutToken, FrontChannelLogout);
  container.provide(LogoutTokensToken, LogoutTokens);
  container.provide(LogoutEndpointToken, LogoutEndpoint);
  container.provide(OAuthPagesToken, OAuthPages);
}

function endpointsOf(container: Container): OAuthEndpoints {
  return {
    authorization: container.get(AuthorizationEndpointToken),
    par: container.get(ParEndpointToken),
    token: container.get(TokenEndpointToken),
    introspection: container.get(IntrospectionToken),
    revocation: container.get(RevocationToken),
    userInfo: container.get(UserInfoToken),
    logout: container.get(LogoutEndpointToken),
    checkSession: container.get(CheckSessionToken),
    keys: container.get(KeySetsToken),
  };
}

function discoveryPartsOf(container: Container): DiscoveryParts {
  return {
    discovery: container.get(DiscoveryToken),
    webFinger: container.get(WebFingerToken),
    clients: container.get(ClientServiceToken),
    organizations: container.get(OrganizationResolverToken),
  };
}
