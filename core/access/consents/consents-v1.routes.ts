import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import { apiErrors, type Pagination, PaginationToken, type RouteDeclaration, type RouteTable } from '#core/http';
import { ConsentElements } from './consent-element.service.js';
import { consentErrors } from './consent-errors.js';
import { description, nameUpTo, textUpTo } from './consent-texts.js';
import { numberedRoutes, V1 } from './numbered-routes.js';
import { PurposeCategories } from './purpose-category.service.js';
import { PurposeV1Routes } from './purposes-v1.routes.js';
import { ReceiptRoutes } from './receipts.routes.js';

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
    const { categories } = this;
    return numberedRoutes(
      {
        right: 'purpose',
        path: '/purpose-categories',
        name: { one: 'PurposeCategory', many: 'PurposeCategories' },
        title: { one: 'category of purposes', many: 'categories of purposes' },
        body: categoryBody,
        response: categoryAnswer,
        create: (orgId, { purposeCategory, description: text = null }) =>
          categories.create(orgId, purposeCategory, text),
        page: (orgId, page) => categories.page(orgId, page),
        get: (orgId, number) => categories.get(orgId, number),
        missing: consentErrors.categoryNotFound,
        // Receipts keep its name.
        delete: (orgId, { number }) => categories.delete(orgId, number),
        shown: ({ number, name, description: text }, tenantDomain) => {
          return { purposeCategoryId: number, purposeCategory: name, description: text, tenantDomain };
        },
      },
      this.pagination,
    );
  }

  #piiCategories(): RouteDeclaration[] {
    const { elements } = this;
    return numberedRoutes(
      {
        right: 'element',
        path: '/pii-categories',
        name: { one: 'PiiCategory', many: 'PiiCategories' },
        title: { one: 'category of personal data', many: 'categories of personal data' },
        body: piiBody,
        response: piiAnswer,
        create: (orgId, { piiCategory: name, ...more }) => elements.create(orgId, { name, ...more }),
        page: (orgId, page) => elements.numberedPage(orgId, page),
        get: (orgId, number) => elements.numbered(orgId, number),
        missing: consentErrors.elementNotFound,
        delete: (orgId, element) => elements.delete(orgId, element),
        shown: ({ number, name, displayName, description: text, sensitive }, tenantDomain) => {
          const texts = { piiCategory: name, displayName, description: text };
          return { piiCategoryId: number, ...texts, sensitive: sensitive === 1, tenantDomain };
        },
      },
      this.pagination,
    );
  }
}
