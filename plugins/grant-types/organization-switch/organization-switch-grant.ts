import { z } from 'zod';
import type { Registry } from '#core/kernel';
import {
  type AccessTokens,
  type GrantRequest,
  type GrantType,
  type LiveToken,
  type OAuthClient,
  OAuthError,
  type OrganizationAccess,
  splitScopes,
  type TokenIntent,
  type TokenSubject,
} from '#core/oauth';
import type { OrganizationEntity } from '#core/organizations';
import type { UserService } from '#core/users';
import type { Branches } from './branches.js';

const parameters = z.object({
  token: z.string(),
  switching_organization: z.string().max(255),
  scope: z.string().optional(),
});

/** What a switch begins with. */
interface Source {
  readonly client: OAuthClient;
  readonly live: LiveToken;
  readonly subject: TokenSubject;
  /** Scopes that are asked for. */
  readonly wanted: readonly string[];
}

/** Exchanges a token for one that is good in another organization of the same tree. */
export class OrganizationSwitchGrant implements GrantType<typeof parameters> {
  readonly grantType = 'organization_switch';
  readonly displayName = 'Organization Switch';
  readonly parameters = parameters;

  constructor(
    private readonly tokens: AccessTokens,
    private readonly branches: Branches,
    private readonly accesses: Registry<OrganizationAccess>,
    private readonly users: UserService,
    readonly publicClientAllowed: boolean,
  ) {}

  async handle({ parameters: given, client, request }: GrantRequest<typeof parameters>): Promise<TokenIntent> {
    const live = await this.tokens.find(request.organization, given.token);
    if (!live || live.record.clientId !== client.entity.clientId) throw refused('Invalid token received.');
    const { record, grant } = live;
    const home = client.application.orgId;
    const target = await this.branches.reach(record.accessing?.id ?? home, given.switching_organization);
    if (!target) throw refused('Organization switch is only allowed for the organizations in the same branch.');
    const subject = await this.#subject(live, home);
    const wanted = given.scope === undefined ? record.scopes : splitScopes(given.scope);
    const source = { client, live, subject, wanted };
    const placed = target.id === home ? { scopes: limited(source) } : await this.#elsewhere(source, target);
    const isUser = subject.type !== 'application';
    return {
      ...placed,
      subject,
      actor: record.actor,
      bound: record.bound,
      // Never more than was agreed to.
      authorizationDetails: record.authorizationDetails ?? [],
      refreshable: isUser,
      idToken: isUser,
      ...(record.subjectType === 'AGENT' ? { subjectType: 'AGENT' } : {}),
      ...(grant ? { authentication: grant.authentication, consentedClaims: grant.consentedClaims } : {}),
    };
  }

  /** What a token gets in an organization that is not the home of its application. */
  async #elsewhere(source: Source, target: OrganizationEntity) {
    const { client, subject, live } = source;
    const access = await this.#accessTo(client, target);
    const person = personOf(subject);
    if (person && !(await access.admits(person, target))) {
      const who = live.record.subjectType === 'AGENT' ? 'Agent' : 'User';
      throw refused(`${who} is not allowed to access the organization`);
    }
    const { id, name, handle } = target;
    const scopes = await access.scopes(client, person, target, limited(source));
    return { accessing: { id, name, handle }, scopes, scopesGranted: true };
  }

  async #accessTo(client: OAuthClient, target: OrganizationEntity): Promise<OrganizationAccess> {
    for (const access of this.accesses.all()) if (await access.isShared(client, target)) return access;
    throw refused('Organization switching is not allowed for organizations that have not shared the application');
  }

  async #subject({ record }: LiveToken, orgId: string): Promise<TokenSubject> {
    if (record.userId === undefined) return { type: 'application' };
    if (record.federated) return { type: 'federated', person: record.federated };
    const user = await this.users.findById(orgId, record.userId);
    if (!user || !(await this.users.isUsable(user))) throw refused('Invalid token received.');
    return { type: 'user', user };
  }
}

/** Whoever acts for a user gets no more by switching than was given to begin with. */
function limited({ live: { record }, wanted }: Source): readonly string[] {
  return record.actor ? wanted.filter((scope) => record.scopes.includes(scope)) : wanted;
}

function personOf(subject: TokenSubject) {
  if (subject.type === 'user') return subject.user;
  return subject.type === 'federated' ? subject.person : undefined;
}

const refused = (description: string) => new OAuthError('invalid_grant', description);
