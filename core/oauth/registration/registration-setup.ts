import { Strategy as BearerStrategy } from 'passport-http-bearer';
import { PassportStrategies, type Principal, Routes, requestOf } from '#core/http';
import type { SetupContext } from '#core/kernel';
import {
  OrganizationRegistration,
  OrganizationRegistrationToken,
  RegistrationOptionsToken,
} from './organization-registration.js';
import { registrationRoutes } from './registration.routes.js';
import { Registrations, RegistrationsToken } from './registration.service.js';
import { registrationConfigRoutes } from './registration-config.routes.js';
import { RegistrationManagementSettings, RegistrationSettings } from './settings.js';
import { SoftwareStatements, SoftwareStatementsToken } from './software-statements.js';

type Done = (error: unknown, principal?: Principal | false) => void;

/** Sets up dynamic client registration. */
export function setUpRegistration({ container, contribute, settings }: SetupContext<unknown>): void {
  const options = { ...settings(RegistrationSettings), ...settings(RegistrationManagementSettings) };
  container.provideValue(RegistrationOptionsToken, options);
  container.provide(OrganizationRegistrationToken, OrganizationRegistration);
  container.provide(SoftwareStatementsToken, SoftwareStatements);
  container.provide(RegistrationsToken, Registrations);
  const registrations = container.get(RegistrationsToken);
  const verify = (message: unknown, value: string, done: Done) => {
    registrations.principalOf(requestOf(message).organization.id, value).then(
      (principal) => done(null, principal ?? false),
      (error: unknown) => done(error),
    );
  };
  const strategy = new BearerStrategy({ realm: 'Gatehouse', passReqToCallback: true }, verify);
  contribute(PassportStrategies, 'registration-access-token', strategy);
  const organization = container.get(OrganizationRegistrationToken);
  contribute(Routes, 'client-registration', registrationRoutes(registrations, organization));
  contribute(Routes, 'configs-dcr', registrationConfigRoutes(organization));
}
