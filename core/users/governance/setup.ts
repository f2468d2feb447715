import { Routes } from '#core/http';
import type { SetupContext } from '#core/kernel';
import { governanceRoutes } from './governance.routes.js';
import { GovernanceConnectorsToken, GovernanceService, GovernanceServiceToken } from './governance.service.js';
import { GovernanceConnectors } from './governance-connector.js';
import { OrganizationValues, OrganizationValuesToken } from './organization-values.js';

/** Wires what organizations decide on for themselves. */
export function setUpGovernance({ container, contribute, extensions }: SetupContext<unknown>): void {
  container.provide(OrganizationValuesToken, OrganizationValues);
  container.provideLazily(GovernanceConnectorsToken, () => extensions(GovernanceConnectors));
  container.provide(GovernanceServiceToken, GovernanceService);
  contribute(Routes, 'identity-governance', governanceRoutes(container.get(GovernanceServiceToken)));
}
