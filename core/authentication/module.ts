import { z } from 'zod';
import { SignInCatalogueToken } from '#core/applications';
import { Routes } from '#core/http';
import { definePlugin, duration, settings } from '#core/kernel';
import { Authenticators } from './authenticator.js';
import { AuthenticatorCatalogue } from './authenticator-catalogue.js';
import { commonAuthRoutes } from './commonauth.routes.js';
import { CredentialKinds } from './credentials/credential-kind.js';
import { credentialTables } from './credentials/credentials.routes.js';
import { CredentialKindsToken, Credentials } from './credentials/credentials.service.js';
import {
  AuthenticationEngine,
  AuthenticationEngineToken,
  AuthenticatorRegistryToken,
  FollowingStepsToken,
} from './engine.js';
import { InboundFaces } from './inbound-face.js';
import { LoginContextAgeToken, LoginContexts, LoginContextsToken } from './login-context.js';
import { InboundFaceRegistryToken, LoginFlow, LoginFlowToken, LoginPagesToken } from './login-flow.js';
import { FollowingSteps } from './sequence.js';

/** `[authentication.endpoints]` */
const EndpointSettings = settings(
  'authentication.endpoints',
  z.strictObject({
    login_url: z
      .string()
      .default('/authenticationendpoint/login.do')
      .describe('Page that asks for credentials: a path here, or the URL of your own application'),
    retry_url: z.string().default('/authenticationendpoint/retry.do').describe('Page for a sign-in that cannot go on'),
  }),
);

/** `[session_data.cleanup]` */
const CleanupSettings = settings(
  'session_data.cleanup',
  z.strictObject({
    expire_pre_session_data_after: duration('m').prefault('40m').describe('How long a sign-in may take'),
  }),
);

export default definePlugin({
  id: 'core.authentication',
  requires: ['core.applications', 'core.sessions'],
  settings: [EndpointSettings, CleanupSettings],
  setup({ container, contribute, extensions, settings: read }) {
    container.provideValue(AuthenticatorRegistryToken, extensions(Authenticators));
    container.provideValue(FollowingStepsToken, extensions(FollowingSteps));
    container.provideValue(InboundFaceRegistryToken, extensions(InboundFaces));
    container.provideValue(LoginPagesToken, read(EndpointSettings));
    container.provideValue(LoginContextAgeToken, read(CleanupSettings).expire_pre_session_data_after);
    container.provide(SignInCatalogueToken, AuthenticatorCatalogue);
    container.provide(LoginContextsToken, LoginContexts);
    container.provide(AuthenticationEngineToken, AuthenticationEngine);
    container.provide(LoginFlowToken, LoginFlow);
    container.provideValue(CredentialKindsToken, extensions(CredentialKinds));
    for (const table of credentialTables(container.build(Credentials))) contribute(Routes, table.name, table);
    contribute(Routes, 'commonauth', commonAuthRoutes(container.get(LoginFlowToken), read(EndpointSettings)));
  },
});
