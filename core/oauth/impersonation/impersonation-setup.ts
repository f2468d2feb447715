import { AuditLogToken } from '#core/audit';
import { KeySetsToken } from '#core/crypto';
import { CallWitnesses, Routes } from '#core/http';
import type { SetupContext } from '#core/kernel';
import { ResponseTypes } from '../authorize/responses.js';
import { OAuthOptionsToken } from '../options.js';
import { OrganizationOAuthSettingsToken } from '../organization-settings/organization-oauth-settings.js';
import { switchRoutes } from '../organization-settings/switch.routes.js';
import { ImpersonatedCalls } from './impersonated-calls.js';
import { ImpersonatedExchange, ImpersonatedExchangeToken } from './impersonated-exchange.js';
import { Impersonation, ImpersonationToken } from './impersonation.js';
import { IMPERSONATION_SETTING, ImpersonationMails, ImpersonationMailsToken } from './impersonation-mails.js';
import { SubjectTokenResponse } from './subject-token-response.js';

/** Wires impersonation: its services, its response type, its configuration. */
export function setUpImpersonation({ container, contribute }: SetupContext<unknown>): void {
  container.provide(ImpersonationToken, Impersonation);
  container.provide(ImpersonationMailsToken, ImpersonationMails);
  container.provide(ImpersonatedExchangeToken, ImpersonatedExchange);
  const parts = [container.get(ImpersonationToken), container.get(KeySetsToken), container.get(AuditLogToken)] as const;
  const response = new SubjectTokenResponse(...parts, container.get(OAuthOptionsToken));
  contribute(ResponseTypes, response.name, response);
  const routes = switchRoutes(
    {
      path: 'impersonation',
      operation: 'ImpersonationConfiguration',
      member: 'enableEmailNotification',
      setting: IMPERSONATION_SETTING,
      summary: 'Whether users are told by e-mail that they are impersonated',
    },
    container.get(OrganizationOAuthSettingsToken),
  );
  contribute(CallWitnesses, 'impersonation', new ImpersonatedCalls(() => container.get(AuditLogToken)));
  contribute(Routes, 'configs-impersonation', routes);
}
