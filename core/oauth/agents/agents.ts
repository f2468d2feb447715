import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import { extensionPoint, type Registry, token } from '#core/kernel';
import { type User, type UserService, UserServiceToken } from '#core/users';
import { isFederated, type Person } from '../claims/person.js';
import {
  type OrganizationOAuthSettings,
  OrganizationOAuthSettingsToken,
} from '../organization-settings/organization-oauth-settings.js';

/** Injection token of {@link Agents}. */
export const AgentsToken = token<Agents>('oauth.agents');
/** Injection token of the registry of directories of agents. */
export const AgentDirectoryRegistryToken = token<Registry<AgentDirectory>>('oauth.agent-directories');

/** An agent as requests know it. */
export interface Agent {
  readonly id: string;
  /** What people call it. */
  readonly name: string;
  /** Whether it may act at present. */
  readonly isActive: boolean;
}

/** Where agents are kept beside the user store that is for them. */
export interface AgentDirectory {
  /** An agent of the organization by id. */
  find(orgId: string, id: string): Promise<Agent | undefined>;
}

/** Directories of agents. */
export const AgentDirectories = extensionPoint<AgentDirectory>('agent-directories');

/** Domain of the user store whose accounts are agents. */
const AGENT_DOMAIN = 'AGENT';

/** What an organization sets about agents. */
export const AGENT_SETTING = {
  name: 'agent',
  schema: z.strictObject({ agentsExternallyManaged: z.boolean().default(false) }),
} as const;

/** Whether a person is an agent: an account of the user store that is for them. */
export const isAgent = (person: Person): boolean =>
  !isFederated(person) && person.domain.toUpperCase() === AGENT_DOMAIN;

/** Agents that may act for users: accounts of the user store AGENT, and those of further directories. */
@injectable()
export class Agents {
  constructor(
    @inject(AgentDirectoryRegistryToken) private readonly directories: Registry<AgentDirectory>,
    @inject(UserServiceToken) private readonly users: UserService,
    @inject(OrganizationOAuthSettingsToken) private readonly settings: OrganizationOAuthSettings,
  ) {}

  /** An agent by id, active or not. */
  async find(orgId: string, id: string): Promise<Agent | undefined> {
    const user = await this.users.findById(orgId, id);
    if (user && isAgent(user)) return this.#ofUser(user);
    for (const directory of this.directories.all()) {
      const agent = await directory.find(orgId, id);
      if (agent) return agent;
    }
    return undefined;
  }

  /** Whether the agents of an organization live elsewhere, so that nothing is known of them here. */
  async areElsewhere(orgId: string): Promise<boolean> {
    return (await this.settings.find(orgId, AGENT_SETTING)).agentsExternallyManaged;
  }

  async #ofUser(user: User): Promise<Agent> {
    return { id: user.id, name: user.username, isActive: await this.users.isUsable(user) };
  }
}
