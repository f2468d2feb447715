import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import { answer, type Pagination, PaginationToken, type RouteDeclaration, route } from '#core/http';
import type { ConsentElementEntity } from './consent.entities.js';
import { ConsentElements } from './consent-element.service.js';
import { filterOf } from './consent-schemas.js';
import { description, freeProperties, nameUpTo, textUpTo } from './consent-texts.js';
import { cursorLinks, cursorPage, cursorQuery, linksOf } from './cursor-page.js';

/** Path of version 2 of the API. */
export const V2 = '/api/identity/consent-mgt/v2.0';

const scope = (name: string) => ({
  access: { scopes: [`internal_consent_mgt_element_${name}`] },
  cors: true,
});

const elementBody = z.object({
  name: nameUpTo(255),
  displayName: textUpTo(255).optional(),
  description: description.optional(),
  properties: freeProperties.optional(),
});

const elementAnswer = z.object({
  id: z.string(),
  name: z.string(),
  displayName: z.string().nullable(),
  description: z.string().nullable(),
  properties: z.record(z.string(), z.string()).nullable(),
  tenantDomain: z.string(),
});

/** Elements, by version 2. */
@injectable()
export class ConsentElementRoutes {
  constructor(
    @inject(ConsentElements) private readonly elements: ConsentElements,
    @inject(PaginationToken) private readonly pagination: Pagination,
  ) {}

  /** All of its routes. */
  routes(): RouteDeclaration[] {
    return [this.#create(), this.#list(), ...this.#one()];
  }

  #create(): RouteDeclaration {
    return route({
      ...scope('create'),
      operationId: 'elementsCreate',
      method: 'post',
      path: '/elements',
      summary: 'Make a consent element',
      body: elementBody,
      response: elementAnswer,
      status: 201,
      handle: async ({ body, request: { organization, baseUrl } }) => {
        const element = await this.elements.create(organization.id, body);
        const headers = { Location: `${baseUrl}${V2}/elements/${element.id}` };
        return answer(shown(element, organization.handle), { headers });
      },
    });
  }

  #list(): RouteDeclaration {
    return route({
      ...scope('view'),
      operationId: 'elementsList',
      method: 'get',
      path: '/elements',
      summary: 'Consent elements',
      query: z.object({ filter: z.string().optional().describe('name sw phone'), ...cursorQuery }),
      response: z.object({ totalResults: z.int(), links: cursorLinks, Elements: z.array(elementAnswer) }),
      status: 200,
      handle: async ({ query, request }) => {
        const { id: orgId, handle } = request.organization;
        const filter = filterOf(query.filter, ['name']);
        const found = await this.elements.list(orgId, cursorPage(query, this.pagination), filter);
        const Elements = found.items.map((element) => shown(element, handle));
        return { totalResults: Elements.length, links: linksOf(request, found), Elements };
      },
    });
  }

  #one(): RouteDeclaration[] {
    return [
      route({
        ...scope('view'),
        operationId: 'elementsGet',
        method: 'get',
        path: '/elements/:elementId',
        summary: 'A consent element',
        response: elementAnswer,
        status: 200,
        handle: async ({ params, request: { organization } }) => {
          const element = await this.elements.get(organization.id, params['elementId'] as string);
          return shown(element, organization.handle);
        },
      }),
      route({
        ...scope('delete'),
        operationId: 'elementsDelete',
        method: 'delete',
        path: '/elements/:elementId',
        summary: 'Delete a consent element that nothing uses',
        status: 204,
        handle: async ({ params, request: { organization } }) => {
          const element = await this.elements.get(organization.id, params['elementId'] as string);
          await this.elements.delete(organization.id, element);
        },
      }),
    ];
  }
}

function shown(element: ConsentElementEntity, tenantDomain: string): z.input<typeof elementAnswer> {
  const { id, name, displayName, description: text, properties } = element;
  return { id, name, displayName, description: text, properties, tenantDomain };
}
