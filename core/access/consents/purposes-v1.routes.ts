import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import { answer, type Pagination, PaginationToken, pageQuery, type RouteDeclaration, route } from '#core/http';
import type { ConsentPurposeEntity } from './consent.entities.js';
import { ConsentElements } from './consent-element.service.js';
import { consentErrors } from './consent-errors.js';
import { ConsentPurposes } from './consent-purpose.service.js';
import { description, nameUpTo, textUpTo } from './consent-texts.js';
import { locationOf, numberIn } from './numbered-routes.js';
import { purposeScope } from './purpose-shapes.js';
import { PurposeVersions } from './purpose-version.service.js';
import { number } from './receipt-schemas.js';

const PURPOSES = '/purposes';
const ONE = `${PURPOSES}/:purposeId`;
/** Version 1 knows no versions: its purposes have this one. */
const ONLY_VERSION = '1';

const purposeBody = z.object({
  purpose: nameUpTo(255),
  description: description.optional(),
  group: nameUpTo(255),
  groupType: nameUpTo(255),
  piiCategories: z
    .array(z.object({ piiCategoryId: number, mandatory: z.boolean().default(false) }))
    .max(200)
    .default([]),
});
const listedAnswer = z.object({
  purposeId: z.int(),
  purpose: z.string(),
  description: z.string().nullable(),
  group: z.string(),
  groupType: z.string(),
  tenantDomain: z.string(),
});
const purposeAnswer = z.object({
  ...listedAnswer.shape,
  piiCategories: z.array(
    z.object({
      piiCategoryId: z.int(),
      piiCategory: z.string(),
      displayName: z.string().nullable(),
      description: z.string().nullable(),
      sensitive: z.boolean(),
      mandatory: z.boolean(),
    }),
  ),
});

/** Purposes, by version 1. */
@injectable()
export class PurposeV1Routes {
  constructor(
    @inject(ConsentPurposes) private readonly purposes: ConsentPurposes,
    @inject(PurposeVersions) private readonly versions: PurposeVersions,
    @inject(ConsentElements) private readonly elements: ConsentElements,
    @inject(PaginationToken) private readonly pagination: Pagination,
  ) {}

  /** All of its routes. */
  routes(): RouteDeclaration[] {
    return [this.#create(), this.#list(), ...this.#one()];
  }

  #create(): RouteDeclaration {
    return route({
      ...purposeScope('create'),
      operationId: 'addPurpose',
      method: 'post',
      path: PURPOSES,
      summary: 'Make a purpose',
      body: purposeBody,
      response: purposeAnswer,
      status: 201,
      handle: async ({ body, request }) => {
        const { organization } = request;
        const { purpose: name, group, groupType: type, description: text, piiCategories } = body;
        const numbers = piiCategories.map(({ piiCategoryId }) => piiCategoryId);
        const known = await this.elements.byNumbers(organization.id, numbers);
        const elements = piiCategories.map(({ piiCategoryId, mandatory }) => {
          const element = known.get(piiCategoryId);
          if (!element) throw consentErrors.unknownElement(String(piiCategoryId));
          return { id: element.id, mandatory };
        });
        const version = { label: ONLY_VERSION, elements };
        const purpose = await this.purposes.create(organization.id, { name, group, type, description: text, version });
        return answer(await this.#shown(purpose, organization.handle), locationOf(request, PURPOSES, purpose.number));
      },
    });
  }

  #list(): RouteDeclaration {
    return route({
      ...purposeScope('view'),
      operationId: 'getPurposes',
      method: 'get',
      path: PURPOSES,
      summary: 'Purposes, all or those of a group',
      query: z.object({ group: textUpTo(255).optional(), groupType: textUpTo(255).optional(), ...pageQuery }),
      response: z.array(listedAnswer),
      status: 200,
      handle: async ({ query: { group, groupType: type, ...page }, request: { organization } }) => {
        const found = await this.purposes.numberedPage(organization.id, this.pagination.page(page), { group, type });
        return found.map((purpose) => listed(purpose, organization.handle));
      },
    });
  }

  #one(): RouteDeclaration[] {
    return [
      route({
        ...purposeScope('view'),
        operationId: 'getPurpose',
        method: 'get',
        path: ONE,
        summary: 'A purpose',
        response: purposeAnswer,
        status: 200,
        handle: async ({ params, request: { organization } }) =>
          this.#shown(await this.#found(organization.id, params), organization.handle),
      }),
      route({
        ...purposeScope('delete'),
        operationId: 'deletePurpose',
        method: 'delete',
        path: ONE,
        summary: 'Delete a purpose that nobody has consented to',
        status: 200,
        handle: async ({ params, request: { organization } }) => {
          const { id } = await this.#found(organization.id, params);
          await this.purposes.delete(organization.id, id);
        },
      }),
    ];
  }

  async #found(orgId: string, params: Readonly<Record<string, string>>): Promise<ConsentPurposeEntity> {
    const number = numberIn(params['purposeId'], consentErrors.purposeNotFound);
    const found = await this.purposes.findNumbered(orgId, number);
    if (!found) throw consentErrors.purposeNotFound(String(number));
    return found;
  }

  async #shown(purpose: ConsentPurposeEntity, tenantDomain: string): Promise<z.input<typeof purposeAnswer>> {
    const elements = await this.versions.elementsOf(purpose.orgId, purpose.latestVersionId);
    const piiCategories = elements.map(({ element, mandatory }) => ({
      piiCategoryId: element.number,
      piiCategory: element.name,
      displayName: element.displayName,
      description: element.description,
      sensitive: element.sensitive === 1,
      mandatory,
    }));
    return { ...listed(purpose, tenantDomain), piiCategories };
  }
}

function listed(
  { number: purposeId, name, description: text, group, type }: ConsentPurposeEntity,
  tenantDomain: string,
): z.input<typeof listedAnswer> {
  return { purposeId, purpose: name, description: text, group, groupType: type, tenantDomain };
}
