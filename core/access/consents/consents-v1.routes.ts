import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import {
  apiErrors,
  type Pagination,
  PaginationToken,
  pageQuery,
  type RouteDeclaration,
  type RouteTable,
  route,
} from '#core/http';
import type { ConsentElementEntity, PurposeCategoryEntity } from './consent.entities.js';
import { ConsentElements } from './consent-element.service.js';
import { consentErrors } from './consent-errors.js';
import { description, nameUpTo, textUpTo } from './consent-texts.js';
import { PurposeCategories } from './purpose-category.service.js';
import { PurposeV1Routes } from './purposes-v1.routes.js';
import { ReceiptRoutes, V1 } from './receipts.routes.js';

const list = z.object(pageQuery);
const categoryBody = z.object({ purposeCategory: nameUpTo(255), description: description.optional() });
const categoryAnswer = z.object({
  purposeCategoryId: z.int(),
  purposeCategory: z.string(),
  description: z.string().nullable(),
  tenantDomain: z.string(),
});
const piiBody = z.object({
  piiCategory: nameUpTo(255),
  displayName: textUpTo(255).optional(),
  description: description.optional(),
  sensitive: z.boolean().default(false),
});
const piiAnswer = z.object({
  piiCategoryId: z.int(),
  piiCategory: z.string(),
  displayName: z.string().nullable(),
  description: z.string().nullable(),
  sensitive: z.boolean(),
  tenantDomain: z.string(),
});

const scope = (kind: 'purpose' | 'element', name: string) => ({
  access: { scopes: [`internal_consent_mgt_${kind}_${name}`] },
  cors: true,
});

/** Reads the number in a path. Throws what `missing` makes when it is none. */
function numberIn(text: string | undefined, missing: (id: string) => Error): number {
  if (text === undefined || !/^[1-9]\d{0,8}$/.test(text)) throw missing(text ?? '');
  return Number(text);
}

/** Version 1 of the API. Purposes and categories are also found below `/consents`. */
@injectable()
export class ConsentV1Routes {
  constructor(
    @inject(ConsentElements) private readonly elements: ConsentElements,
    @inject(PurposeCategories) private readonly categories: PurposeCategories,
    @inject(PurposeV1Routes) private readonly purposes: PurposeV1Routes,
    @inject(ReceiptRoutes) private readonly receipts: ReceiptRoutes,
    @inject(PaginationToken) private readonly pagination: Pagination,
  ) {}

  /** All of its routes. */
  table(): RouteTable {
    const shared = [...this.purposes.routes(), ...this.#categories(), ...this.#piiCategories()];
    const below = shared.map((one) => ({
      ...one,
      operationId: `${one.operationId}BelowConsents`,
      path: `/consents${one.path}`,
    }));
    const routes = [...this.receipts.routes(), ...below, ...shared];
    return { name: 'consents-v1', base: V1, errors: apiErrors('CMT'), routes };
  }

  #categories(): RouteDeclaration[] {
    const path = '/purpose-categories';
    const one = `${path}/:purposeCategoryId`;
    const numbered = (params: Readonly<Record<string, string>>) =>
      numberIn(params['purposeCategoryId'], consentErrors.categoryNotFound);
    return [
      route({
        ...scope('purpose', 'create'),
        operationId: 'addPurposeCategory',
        method: 'post',
        path,
        summary: 'Make a category of purposes',
        body: categoryBody,
        response: categoryAnswer,
        status: 201,
        handle: async ({ body, request: { organization } }) => {
          const { purposeCategory, description: text = null } = body;
          return categoryOf(await this.categories.create(organization.id, purposeCategory, text), organization.handle);
        },
      }),
      route({
        ...scope('purpose', 'view'),
        operationId: 'getPurposeCategories',
        method: 'get',
        path,
        summary: 'Categories of purposes',
        query: list,
        response: z.array(categoryAnswer),
        status: 200,
        handle: async ({ query, request: { organization } }) => {
          const found = await this.categories.page(organization.id, this.pagination.page(query));
          return found.map((category) => categoryOf(category, organization.handle));
        },
      }),
      route({
        ...scope('purpose', 'view'),
        operationId: 'getPurposeCategory',
        method: 'get',
        path: one,
        summary: 'A category of purposes',
        response: categoryAnswer,
        status: 200,
        handle: async ({ params, request: { organization } }) =>
          categoryOf(await this.categories.get(organization.id, numbered(params)), organization.handle),
      }),
      route({
        ...scope('purpose', 'delete'),
        operationId: 'deletePurposeCategory',
        method: 'delete',
        path: one,
        summary: 'Delete a category of purposes; receipts keep its name',
        status: 200,
        handle: ({ params, request: { organization } }) => this.categories.delete(organization.id, numbered(params)),
      }),
    ];
  }

  #piiCategories(): RouteDeclaration[] {
    const path = '/pii-categories';
    const one = `${path}/:piiCategoryId`;
    const numbered = (orgId: string, params: Readonly<Record<string, string>>) =>
      this.elements.numbered(orgId, numberIn(params['piiCategoryId'], consentErrors.elementNotFound));
    return [
      route({
        ...scope('element', 'create'),
        operationId: 'addPiiCategory',
        method: 'post',
        path,
        summary: 'Make a category of personal data, an element of version 2',
        body: piiBody,
        response: piiAnswer,
        status: 201,
        handle: async ({ body: { piiCategory: name, ...more }, request: { organization } }) =>
          piiOf(await this.elements.create(organization.id, { name, ...more }), organization.handle),
      }),
      route({
        ...scope('element', 'view'),
        operationId: 'getPiiCategories',
        method: 'get',
        path,
        summary: 'Categories of personal data',
        query: list,
        response: z.array(piiAnswer),
        status: 200,
        handle: async ({ query, request: { organization } }) => {
          const found = await this.elements.numberedPage(organization.id, this.pagination.page(query));
          return found.map((element) => piiOf(element, organization.handle));
        },
      }),
      route({
        ...scope('element', 'view'),
        operationId: 'getPiiCategory',
        method: 'get',
        path: one,
        summary: 'A category of personal data',
        response: piiAnswer,
        status: 200,
        handle: async ({ params, request: { organization } }) =>
          piiOf(await numbered(organization.id, params), organization.handle),
      }),
      route({
        ...scope('element', 'delete'),
        operationId: 'deletePiiCategory',
        method: 'delete',
        path: one,
        summary: 'Delete a category of personal data that nothing uses',
        status: 200,
        handle: async ({ params, request: { organization } }) =>
          this.elements.delete(organization.id, await numbered(organization.id, params)),
      }),
    ];
  }
}

function categoryOf({ number, name, description: text }: PurposeCategoryEntity, tenantDomain: string) {
  return { purposeCategoryId: number, purposeCategory: name, description: text, tenantDomain };
}

function piiOf(
  { number, name, displayName, description: text, sensitive }: ConsentElementEntity,
  tenantDomain: string,
) {
  const texts = { piiCategory: name, displayName, description: text };
  return { piiCategoryId: number, ...texts, sensitive: sensitive === 1, tenantDomain };
}
