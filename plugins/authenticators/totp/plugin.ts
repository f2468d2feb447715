import { AuditLogToken } from '#core/audit';
import { Authenticators, CredentialKinds } from '#core/authentication';
import { SecretBoxToken } from '#core/crypto';
import { AddressesToken, Routes } from '#core/http';
import { ClockToken, definePlugin } from '#core/kernel';
import { OrganizationServiceToken } from '#core/organizations';
import { DatabaseToken, StateStoreToken } from '#core/persistence';
import { FactorTriesToken, UserSecretsToken, UserServiceToken } from '#core/users';
import { configSchema } from './config.js';
import { totpRoutes } from './totp.routes.js';
import { TotpAuthenticator } from './totp-authenticator.js';
import { totpCredentials } from './totp-credentials.js';
import { TotpEnrolments } from './totp-enrolments.js';
import { TotpNaming } from './totp-naming.js';
import { TotpVerifier } from './totp-verifier.js';

export default definePlugin({
  id: 'authenticator.totp',
  requires: ['core.authentication'],
  configPath: 'authentication.authenticator.totp',
  configSchema,
  setup({ container, contribute, config: { parameters } }) {
    const users = container.get(UserServiceToken);
    const shared = {
      users,
      state: container.get(StateStoreToken),
      audit: container.get(AuditLogToken),
      clock: container.get(ClockToken),
    };
    const enrolments = new TotpEnrolments({
      ...shared,
      secrets: container.get(UserSecretsToken),
      box: container.get(SecretBoxToken),
      database: container.get(DatabaseToken),
      period: parameters.timeStepSize,
    });
    const verifier = new TotpVerifier({
      ...shared,
      windowSize: parameters.windowSize,
      once: parameters.PreventTOTPCodeReuse,
      tries: parameters.EnableAccountLockingForFailedAttempts ? container.get(FactorTriesToken) : undefined,
    });
    const naming = new TotpNaming(
      container.get(OrganizationServiceToken),
      container.get(AddressesToken),
      parameters.issuer,
      parameters.HideUserStoreFromDisplayInQRUrl,
    );
    const authenticator = new TotpAuthenticator({ users, enrolments, verifier, naming }, parameters);
    contribute(Authenticators, authenticator.name, authenticator);
    contribute(CredentialKinds, authenticator.name, totpCredentials(enrolments));
    const showActive = parameters.ShowActiveSecret;
    contribute(Routes, 'totp', totpRoutes({ users, enrolments, verifier, naming, clock: shared.clock, showActive }));
  },
});
