import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import { answer, type HttpRequest, type Pagination, PaginationToken, type RouteDeclaration, route } from '#core/http';
import type { ConsentPurposeEntity } from './consent.entities.js';
import { V2 } from './consent-elements.routes.js';
import { ConsentPurposes } from './consent-purpose.service.js';
import { filterOf } from './consent-schemas.js';
import { description, freeProperties, nameUpTo } from './consent-texts.js';
import { cursorLinks, cursorPage, cursorQuery, linksOf } from './cursor-page.js';
import { elementsAnswer, elementsBody, propertiesAnswer, purposeScope, shownElements } from './purpose-shapes.js';
import { PurposeVersions } from './purpose-version.service.js';

const purposeBody = z.object({
  name: nameUpTo(255),
  description: description.optional(),
  type: nameUpTo(255),
  version: nameUpTo(100),
  elements: elementsBody,
  properties: freeProperties.optional(),
});

const summaryAnswer = z.object({
  id: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  type: z.string(),
  latestVersion: z.object({ id: z.string(), version: z.string() }).nullable(),
  tenantDomain: z.string(),
});
const purposeAnswer = z.object({
  ...summaryAnswer.shape,
  elements: elementsAnswer,
  properties: propertiesAnswer,
});

/** Purposes, by version 2. */
@injectable()
export class ConsentPurposeRoutes {
  constructor(
    @inject(ConsentPurposes) private readonly purposes: ConsentPurposes,
    @inject(PurposeVersions) private readonly versions: PurposeVersions,
    @inject(PaginationToken) private readonly pagination: Pagination,
  ) {}

  /** All of its routes. */
  routes(): RouteDeclaration[] {
    return [this.#create(), this.#list(), ...this.#one()];
  }

  #create(): RouteDeclaration {
    return route({
      ...purposeScope('create'),
      operationId: 'purposesCreate',
      method: 'post',
      path: '/purposes',
      summary: 'Make a purpose with its first version',
      body: purposeBody,
      response: purposeAnswer,
      status: 201,
      handle: async ({ body, request }) => {
        const { version: label, elements, properties, ...texts } = body;
        const version = { label, elements, properties };
        const purpose = await this.purposes.create(request.organization.id, { ...texts, version });
        const headers = { Location: `${request.baseUrl}${V2}/purposes/${purpose.id}` };
        return answer(await this.#shown(purpose, request), { headers });
      },
    });
  }

  #list(): RouteDeclaration {
    return route({
      ...purposeScope('view'),
      operationId: 'purposesList',
      method: 'get',
      path: '/purposes',
      summary: 'Purposes',
      query: z.object({ filter: z.string().optional().describe('name sw Data and type eq Policy'), ...cursorQuery }),
      response: z.object({ totalResults: z.int(), links: cursorLinks, Purposes: z.array(summaryAnswer) }),
      status: 200,
      handle: async ({ query, request }) => {
        const { id: orgId, handle } = request.organization;
        const filter = filterOf(query.filter, ['name', 'type']);
        const found = await this.purposes.list(orgId, cursorPage(query, this.pagination), filter);
        const ids = found.items.map(({ latestVersionId }) => latestVersionId);
        const latest = await this.versions.byIds(orgId, ids);
        const Purposes = found.items.map((purpose) => {
          return summary(purpose, latest.get(purpose.latestVersionId)?.label, handle);
        });
        return { totalResults: Purposes.length, links: linksOf(request, found), Purposes };
      },
    });
  }

  #one(): RouteDeclaration[] {
    return [
      route({
        ...purposeScope('view'),
        operationId: 'purposesGet',
        method: 'get',
        path: '/purposes/:purposeId',
        summary: 'A purpose as its latest version says',
        response: purposeAnswer,
        status: 200,
        handle: async ({ params, request }) => {
          const purpose = await this.purposes.get(request.organization.id, params['purposeId'] as string);
          return this.#shown(purpose, request);
        },
      }),
      route({
        ...purposeScope('delete'),
        operationId: 'purposesDelete',
        method: 'delete',
        path: '/purposes/:purposeId',
        summary: 'Delete a purpose that nobody has consented to, with its versions',
        status: 204,
        handle: ({ params, request }) => this.purposes.delete(request.organization.id, params['purposeId'] as string),
      }),
    ];
  }

  async #shown(
    purpose: ConsentPurposeEntity,
    { organization }: Pick<HttpRequest, 'organization'>,
  ): Promise<z.input<typeof purposeAnswer>> {
    const { orgId, latestVersionId } = purpose;
    const version = await this.versions.get(purpose, latestVersionId);
    const elements = shownElements(await this.versions.elementsOf(orgId, latestVersionId));
    return { ...summary(purpose, version.label, organization.handle), elements, properties: version.properties };
  }
}

function summary(
  { id, name, description: text, type, latestVersionId }: ConsentPurposeEntity,
  version: string | undefined,
  tenantDomain: string,
): z.input<typeof summaryAnswer> {
  const latestVersion = version === undefined ? null : { id: latestVersionId, version };
  return { id, name, description: text, type, latestVersion, tenantDomain };
}
