import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import { answer, type Pagination, PaginationToken, type RouteDeclaration, route } from '#core/http';
import { type Connections, ConnectionsToken } from './connections.service.js';
import { providerErrors } from './errors.js';
import { contentOf } from './identity-provider.entity.js';
import type { ProviderContent } from './identity-provider-model.js';
import {
  claimsBody,
  federatedAuthenticatorsBody,
  groupsBody,
  implicitAssociationBody,
  justInTimeBody,
  outboundConnectorsBody,
  pagesQuery,
  rolesBody,
} from './identity-provider-requests.js';
import {
  authenticatorsAnswer,
  claimsAnswer,
  connectedAppsAnswer,
  connectorsAnswer,
  groupsAnswer,
  implicitAssociationAnswer,
  justInTimeAnswer,
  PROVIDERS,
  ProviderAnswers,
  provisioningAnswer,
  rolesAnswer,
} from './provider-answers.js';
import { groupsOf } from './provider-patch.js';
import { found, update, view } from './route-parts.js';

/** A part of an identity provider that has an address of its own. */
interface Part {
  readonly path: string;
  /** What the contract calls the operations: `get${name}`, `update${name}`. */
  readonly name: string;
  readonly title: string;
  readonly body: z.ZodType;
  readonly response: z.ZodType;
  read(content: ProviderContent, orgId: string): unknown;
  /** The content with what `body` has given. Absent: what it may say leaves everything as it is. */
  write?(content: ProviderContent, given: unknown): ProviderContent;
}

type Claims = z.output<typeof claimsBody>;
type Implicit = z.output<typeof implicitAssociationBody>;
type Groups = z.output<typeof groupsBody>;

/** Parts of identity providers. Those for federated sign-in and provisioning stand at what they are by default. */
@injectable()
export class ProviderPartRoutes {
  constructor(
    @inject(ConnectionsToken) private readonly connections: Connections,
    @inject(ProviderAnswers) private readonly answers: ProviderAnswers,
    @inject(PaginationToken) private readonly pagination: Pagination,
  ) {}

  /** All of their routes. */
  routes(): RouteDeclaration[] {
    const parts = [...this.#kept(), ...standing].flatMap((part) => [this.#read(part), this.#replace(part)]);
    return [...parts, this.#provisioning(), this.#connectedApps(), this.#authenticator(), ...emptyMeta()];
  }

  #kept(): Part[] {
    return [
      {
        path: 'claims',
        name: 'ClaimConfig',
        title: 'claims',
        body: claimsBody,
        response: claimsAnswer,
        read: ({ claims }, orgId) => this.answers.claims(orgId, claims),
        write: (content, claims: Claims) => ({ ...content, claims: { ...claims, provisioningClaims: [] } }),
      },
      {
        path: 'implicit-association',
        name: 'FederatedAssociationConfig',
        title: 'implicit association',
        body: implicitAssociationBody,
        response: implicitAssociationAnswer,
        read: ({ implicitAssociation }) => implicitAssociation,
        write: (content, implicitAssociation: Implicit) => ({ ...content, implicitAssociation }),
      },
      {
        path: 'groups',
        name: 'GroupConfig',
        title: 'groups',
        body: groupsBody,
        response: groupsAnswer,
        read: ({ groups }) => groups,
        write: (content, groups: Groups) => ({ ...content, groups: groupsOf(groups, content.groups) }),
      },
    ];
  }

  #read({ path, name, title, response, read }: Part): RouteDeclaration {
    return route({
      operationId: `get${name}`,
      method: 'get',
      path: `/:id/${path}`,
      ...view,
      summary: `The ${title} of an identity provider`,
      response,
      status: 200,
      handle: async ({ request }) => {
        const provider = await found(this.connections, request);
        return read(contentOf(provider), provider.orgId);
      },
    });
  }

  #replace({ path, name, title, body, response, read, write }: Part): RouteDeclaration {
    return route({
      operationId: `update${name}`,
      method: 'put',
      path: `/:id/${path}`,
      ...update,
      summary: `Replace the ${title} of an identity provider`,
      body,
      response,
      status: 200,
      handle: async ({ body: given, request }) => {
        const before = await found(this.connections, request);
        const { orgId, id } = before;
        const after = write ? await this.connections.update(orgId, id, (content) => write(content, given)) : before;
        if (!after) throw providerErrors.notFound(id);
        return answer(await read(contentOf(after), orgId), {
          headers: { Location: `${request.baseUrl}${PROVIDERS}/${id}/${path}` },
        });
      },
    });
  }

  #provisioning(): RouteDeclaration {
    return route({
      operationId: 'getProvisioningConfig',
      method: 'get',
      path: '/:id/provisioning',
      ...view,
      summary: 'The provisioning of an identity provider',
      response: provisioningAnswer,
      status: 200,
      handle: async ({ request }) => {
        await found(this.connections, request);
        return {};
      },
    });
  }

  #connectedApps(): RouteDeclaration {
    return route({
      operationId: 'getConnectedApps',
      method: 'get',
      path: '/:id/connected-apps',
      ...view,
      summary: 'Applications that send users to an identity provider',
      query: pagesQuery,
      response: connectedAppsAnswer,
      status: 200,
      handle: async ({ query, request }) => {
        await found(this.connections, request);
        return { ...this.pagination.describe(request, this.pagination.page(query), 0, 0), connectedApps: [] };
      },
    });
  }

  #authenticator(): RouteDeclaration {
    return route({
      operationId: 'getFederatedAuthenticator',
      method: 'get',
      path: '/:id/federated-authenticators/:authenticatorId',
      ...view,
      summary: 'A federated authenticator of an identity provider',
      status: 200,
      handle: async ({ params, request }) => {
        await found(this.connections, request);
        throw providerErrors.authenticatorNotFound(params['authenticatorId'] ?? '');
      },
    });
  }
}

/** What stands at its default: of other values the request is refused. */
const standing: readonly Part[] = [
  {
    path: 'roles',
    name: 'RoleConfig',
    title: 'roles',
    body: rolesBody,
    response: rolesAnswer,
    read: () => ({}),
  },
  {
    path: 'provisioning/jit',
    name: 'JITConfig',
    title: 'just-in-time provisioning',
    body: justInTimeBody,
    response: justInTimeAnswer,
    read: () => ({}),
  },
  {
    path: 'provisioning/outbound-connectors',
    name: 'OutboundConnectors',
    title: 'outbound provisioning connectors',
    body: outboundConnectorsBody,
    response: connectorsAnswer,
    read: () => ({}),
  },
  {
    path: 'federated-authenticators',
    name: 'FederatedAuthenticators',
    title: 'federated authenticators',
    body: federatedAuthenticatorsBody,
    response: authenticatorsAnswer,
    read: () => ({}),
  },
];

/** What a client may choose from when it makes an identity provider: nothing yet. */
function emptyMeta(): RouteDeclaration[] {
  const empty = (path: string, operationId: string, summary: string) =>
    route({
      operationId,
      method: 'get',
      path,
      ...view,
      summary,
      response: z.array(z.never()),
      status: 200,
      handle: () => [],
    });
  return [
    empty(
      '/meta/federated-authenticators',
      'getMetaFederatedAuthenticators',
      'Federated authenticators of this server',
    ),
    empty(
      '/meta/outbound-provisioning-connectors',
      'getMetaOutboundConnectors',
      'Outbound provisioning connectors of this server',
    ),
  ];
}
