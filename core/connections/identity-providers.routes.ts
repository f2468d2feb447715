import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import {
  answer,
  type Pagination,
  PaginationToken,
  parseFilter,
  type RouteDeclaration,
  type RouteTable,
  route,
} from '#core/http';
import { type Connections, ConnectionsToken } from './connections.service.js';
import { providerErrors, renderProviderError } from './errors.js';
import { deletionQuery, listQuery, patchBody, providerBody, tokenIssuerBody } from './identity-provider-requests.js';
import {
  type Face,
  listAnswer,
  PROVIDERS,
  ProviderAnswers,
  providerAnswer,
  requestedMembers,
  TOKEN_ISSUERS,
} from './provider-answers.js';
import { ProviderPartRoutes } from './provider-parts.routes.js';
import { patchedContent, requestedContent } from './provider-patch.js';
import { create, found, remove, update, view } from './route-parts.js';

/** The identity provider API, and the same under another name for trusted token issuers. */
@injectable()
export class IdentityProviderRoutes {
  constructor(
    @inject(ConnectionsToken) private readonly connections: Connections,
    @inject(ProviderAnswers) private readonly answers: ProviderAnswers,
    @inject(ProviderPartRoutes) private readonly parts: ProviderPartRoutes,
    @inject(PaginationToken) private readonly pagination: Pagination,
  ) {}

  /** All of its routes. */
  tables(): RouteTable[] {
    const table = (name: string, base: Face, routes: readonly RouteDeclaration[]) => ({
      name,
      base,
      errors: renderProviderError,
      routes,
    });
    return [
      table('identity-providers', PROVIDERS, [
        this.#list(PROVIDERS, 'getIDPs', 'List identity providers'),
        this.#create(),
        ...this.#one(PROVIDERS, 'IDP', 'identity provider'),
        ...this.parts.routes(),
      ]),
      table('trusted-token-issuers', TOKEN_ISSUERS, [
        this.#list(TOKEN_ISSUERS, 'getTrustedTokenIssuers', 'List trusted token issuers'),
        this.#createIssuer(),
        ...this.#one(TOKEN_ISSUERS, 'TrustedTokenIssuer', 'trusted token issuer'),
      ]),
    ];
  }

  #list(face: Face, operationId: string, summary: string): RouteDeclaration {
    return route({
      operationId,
      method: 'get',
      path: '',
      ...view,
      summary,
      query: listQuery,
      response: listAnswer,
      status: 200,
      handle: async ({ query, request }) => {
        const asked = requestedMembers(query.requiredAttributes);
        const page = this.pagination.page(query);
        const kind = face === TOKEN_ISSUERS ? ('TOKEN_ISSUER' as const) : undefined;
        const wanted = { page, kind, filter: filterIn(query.filter), order: orderIn(query) };
        const [providers, total] = await this.connections.list(request.organization.id, wanted);
        const items = await Promise.all(providers.map((one) => this.answers.item(one, asked, face, request)));
        return { ...this.pagination.describe(request, page, items.length, total), identityProviders: items };
      },
    });
  }

  #create(): RouteDeclaration {
    return route({
      operationId: 'addIDP',
      method: 'post',
      path: '',
      ...create,
      summary: 'Add an identity provider',
      body: providerBody,
      response: providerAnswer,
      status: 201,
      handle: async ({ body, request }) => {
        const provider = await this.connections.create(request.organization.id, requestedContent(body));
        const headers = { Location: `${request.baseUrl}${PROVIDERS}/${provider.id}` };
        return answer(await this.answers.whole(provider, PROVIDERS), { headers });
      },
    });
  }

  #createIssuer(): RouteDeclaration {
    return route({
      operationId: 'addTrustedTokenIssuer',
      method: 'post',
      path: '',
      ...create,
      summary: 'Add a trusted token issuer',
      body: tokenIssuerBody,
      response: providerAnswer,
      status: 201,
      handle: async ({ body: { issuer, ...body }, request }) => {
        const content = requestedContent({ ...body, idpIssuerName: issuer }, 'TOKEN_ISSUER');
        const provider = await this.connections.create(request.organization.id, content);
        const headers = { Location: `${request.baseUrl}${TOKEN_ISSUERS}/${provider.id}` };
        return answer(await this.answers.whole(provider, TOKEN_ISSUERS), { headers });
      },
    });
  }

  #one(face: Face, noun: string, title: string): RouteDeclaration[] {
    return [
      route({
        operationId: `get${noun}`,
        method: 'get',
        path: '/:id',
        ...view,
        summary: `Retrieve the ${title}`,
        response: providerAnswer,
        status: 200,
        handle: async ({ request }) => this.answers.whole(await found(this.connections, request, face), face),
      }),
      route({
        operationId: `patch${noun}`,
        method: 'patch',
        path: '/:id',
        ...update,
        summary: `Change the ${title}`,
        body: patchBody,
        response: providerAnswer,
        status: 200,
        handle: async ({ body, request }) => {
          const { orgId, id } = await found(this.connections, request, face);
          const provider = await this.connections.update(orgId, id, (before) => patchedContent(before, body));
          if (!provider) throw providerErrors.notFound(id);
          const headers = { Location: `${request.baseUrl}${face}/${id}` };
          return answer(await this.answers.whole(provider, face), { headers });
        },
      }),
      route({
        operationId: `delete${noun}`,
        method: 'delete',
        path: '/:id',
        ...remove,
        summary: `Delete the ${title}`,
        query: deletionQuery,
        status: 204,
        handle: async ({ request }) => {
          const { orgId, id } = await found(this.connections, request, face);
          if (!(await this.connections.delete(orgId, id))) throw providerErrors.notFound(id);
        },
      }),
    ];
  }
}

function filterIn(text: string | undefined) {
  if (text === undefined || text.trim() === '') return undefined;
  const filter = parseFilter(text, ['name', 'isEnabled'], providerErrors.filter);
  for (const { attribute, operator, value } of filter.flat())
    if (attribute === 'isEnabled' && (operator !== 'eq' || !/^(true|false)$/i.test(value)))
      throw providerErrors.filter('isEnabled is compared by eq with true or false.');
  return filter;
}

function orderIn({ sortBy = 'name', sortOrder = 'asc' }: z.output<typeof listQuery>): 'ASC' | 'DESC' {
  const order = sortOrder.toUpperCase();
  if (sortBy !== 'name' || (order !== 'ASC' && order !== 'DESC')) throw providerErrors.sorting();
  return order;
}
