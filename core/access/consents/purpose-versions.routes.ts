import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import { answer, type HttpRequest, type Pagination, PaginationToken, type RouteDeclaration, route } from '#core/http';
import type { ConsentPurposeEntity, PurposeVersionEntity } from './consent.entities.js';
import { V2 } from './consent-elements.routes.js';
import { ConsentPurposes } from './consent-purpose.service.js';
import { description, freeProperties, nameUpTo } from './consent-texts.js';
import { cursorLinks, cursorPage, cursorQuery, linksOf } from './cursor-page.js';
import { elementsAnswer, elementsBody, propertiesAnswer, purposeScope, shownElements } from './purpose-shapes.js';
import { PurposeVersions } from './purpose-version.service.js';

const VERSIONS = '/purposes/:purposeId/versions';

const versionBody = z.object({
  version: nameUpTo(100),
  setAsLatest: z.boolean().default(false),
  description: description.optional(),
  elements: elementsBody,
  properties: freeProperties.optional(),
});

const summaryAnswer = z.object({ id: z.string(), version: z.string(), description: z.string().nullable() });
const versionAnswer = z.object({
  ...summaryAnswer.shape,
  elements: elementsAnswer,
  properties: propertiesAnswer,
});

/** Versions of purposes. */
@injectable()
export class PurposeVersionRoutes {
  constructor(
    @inject(ConsentPurposes) private readonly purposes: ConsentPurposes,
    @inject(PurposeVersions) private readonly versions: PurposeVersions,
    @inject(PaginationToken) private readonly pagination: Pagination,
  ) {}

  /** All of its routes; that of the latest version comes before those of any. */
  routes(): RouteDeclaration[] {
    return [this.#list(), this.#create(), this.#setLatest(), ...this.#one()];
  }

  #list(): RouteDeclaration {
    return route({
      ...purposeScope('view'),
      operationId: 'purposesVersionsList',
      method: 'get',
      path: VERSIONS,
      summary: 'Versions of a purpose',
      query: z.object(cursorQuery),
      response: z.object({ totalResults: z.int(), links: cursorLinks, Versions: z.array(summaryAnswer) }),
      status: 200,
      handle: async ({ query, request }) => {
        const purpose = await this.#purpose(request);
        const found = await this.versions.list(purpose, cursorPage(query, this.pagination));
        const Versions = found.items.map(summary);
        return { totalResults: Versions.length, links: linksOf(request, found), Versions };
      },
    });
  }

  #create(): RouteDeclaration {
    return route({
      ...purposeScope('update'),
      operationId: 'purposesVersionsCreate',
      method: 'post',
      path: VERSIONS,
      summary: 'Add a version to a purpose',
      body: versionBody,
      response: versionAnswer,
      status: 201,
      handle: async ({ body, params, request: { organization, baseUrl } }) => {
        const { version: label, setAsLatest, ...given } = body;
        const purposeId = params['purposeId'] as string;
        const version = await this.purposes.addVersion(organization.id, purposeId, { label, ...given }, setAsLatest);
        const headers = { Location: `${baseUrl}${V2}/purposes/${purposeId}/versions/${version.id}` };
        return answer(await this.#shown(version), { headers });
      },
    });
  }

  #setLatest(): RouteDeclaration {
    return route({
      ...purposeScope('update'),
      operationId: 'purposesSetLatestVersion',
      method: 'put',
      path: `${VERSIONS}/latest`,
      summary: 'Make a version the one that new consents are given to',
      body: z.object({ id: z.string() }),
      status: 204,
      handle: ({ body, params, request }) =>
        this.purposes.setLatest(request.organization.id, params['purposeId'] as string, body.id),
    });
  }

  #one(): RouteDeclaration[] {
    return [
      route({
        ...purposeScope('view'),
        operationId: 'purposesVersionsGet',
        method: 'get',
        path: `${VERSIONS}/:versionId`,
        summary: 'A version of a purpose',
        response: versionAnswer,
        status: 200,
        handle: async ({ params, request }) => {
          const purpose = await this.#purpose(request);
          return this.#shown(await this.versions.get(purpose, params['versionId'] as string));
        },
      }),
      route({
        ...purposeScope('delete'),
        operationId: 'purposesVersionsDelete',
        method: 'delete',
        path: `${VERSIONS}/:versionId`,
        summary: 'Delete a version that nobody has consented to and that is not the latest',
        status: 204,
        handle: async ({ params, request }) => {
          const { id: orgId } = request.organization;
          await this.purposes.deleteVersion(orgId, params['purposeId'] as string, params['versionId'] as string);
        },
      }),
    ];
  }

  #purpose({ organization, params }: HttpRequest): Promise<ConsentPurposeEntity> {
    return this.purposes.get(organization.id, params['purposeId'] as string);
  }

  async #shown(version: PurposeVersionEntity): Promise<z.input<typeof versionAnswer>> {
    const elements = shownElements(await this.versions.elementsOf(version.orgId, version.id));
    return { ...summary(version), elements, properties: version.properties };
  }
}

function summary({ id, label, description: text }: PurposeVersionEntity): z.input<typeof summaryAnswer> {
  return { id, version: label, description: text };
}
