import { Routes } from '#core/http';
import type { SetupContext } from '#core/kernel';
import { OrganizationOAuthSettingsToken } from '../organization-settings/organization-oauth-settings.js';
import { switchRoutes } from '../organization-settings/switch.routes.js';
import { AGENT_SETTING, AgentDirectories, AgentDirectoryRegistryToken, Agents, AgentsToken } from './agents.js';
import { RequestedActors, RequestedActorsToken } from './requested-actors.js';

/** Wires agents that act for users: their directories, their proofs, their configuration. */
export function setUpAgents({ container, contribute, extensions }: SetupContext<unknown>): void {
  container.provideValue(AgentDirectoryRegistryToken, extensions(AgentDirectories));
  container.provide(AgentsToken, Agents);
  container.provide(RequestedActorsToken, RequestedActors);
  const routes = switchRoutes(
    {
      path: 'agent',
      operation: 'AgentConfiguration',
      member: 'agentsExternallyManaged',
      setting: AGENT_SETTING,
      summary: 'Whether agents live elsewhere, so that their existence and state are not checked',
    },
    container.get(OrganizationOAuthSettingsToken),
  );
  contribute(Routes, 'configs-agent', routes);
}
