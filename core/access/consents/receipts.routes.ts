import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import {
  answer,
  type HttpRequest,
  ownUser,
  type Pagination,
  PaginationToken,
  type Principal,
  pageQuery,
  type RouteDeclaration,
  route,
} from '#core/http';
import type { User } from '#core/users';
import type { NewConsentedPurpose } from './consent-creation.js';
import { ConsentDecisions } from './consent-decisions.js';
import { ConsentElements } from './consent-element.service.js';
import { consentErrors } from './consent-errors.js';
import { ConsentPurposes } from './consent-purpose.service.js';
import type { ConsentRecordEntity } from './consent-record.entities.js';
import { ConsentRecords } from './consent-record.service.js';
import { textUpTo } from './consent-texts.js';
import { ConsentUsers } from './consent-users.js';
import { V1 } from './numbered-routes.js';
import { PurposeCategories } from './purpose-category.service.js';
import {
  givenAnswer,
  listedAnswer,
  RECEIPT_STATES,
  receiptAnswer,
  receiptBody,
  receiptOf,
  receiptState,
} from './receipt-schemas.js';

const RECEIPT = '/consents/receipts/:receiptId';
const own = { access: 'authenticated', cors: true } as const;
type Service = z.output<typeof receiptBody>['services'][number];

/** Consents by version 1: users have their own, those of others need a scope. */
@injectable()
export class ReceiptRoutes {
  constructor(
    @inject(ConsentRecords) private readonly records: ConsentRecords,
    @inject(ConsentDecisions) private readonly decisions: ConsentDecisions,
    @inject(ConsentElements) private readonly elements: ConsentElements,
    @inject(ConsentPurposes) private readonly purposes: ConsentPurposes,
    @inject(PurposeCategories) private readonly categories: PurposeCategories,
    @inject(ConsentUsers) private readonly users: ConsentUsers,
    @inject(PaginationToken) private readonly pagination: Pagination,
  ) {}

  /** All of its routes. */
  routes(): RouteDeclaration[] {
    return [this.#give(), this.#list(), ...this.#one()];
  }

  #give(): RouteDeclaration {
    return route({
      ...own,
      operationId: 'addConsentReceipt',
      method: 'post',
      path: '/consents',
      summary: 'Give a consent, in place of that to the same service',
      body: receiptBody,
      response: givenAnswer,
      status: 201,
      handle: async ({ body, principal, request }) => {
        const { organization, baseUrl } = request;
        const { language, collectionMethod, jurisdiction, policyURL, policyUrl = policyURL, properties } = body;
        const subject = await this.#principalOf(request, principal, body.piiPrincipalId, 'create');
        const purposes: NewConsentedPurpose[] = [];
        for (const service of body.services) purposes.push(...(await this.#purposesOf(organization.id, service)));
        const record = await this.decisions.replace(organization.id, {
          subject,
          serviceId: body.services[0]?.service as string,
          language,
          state: 'ACTIVE',
          expiresAt: null,
          purposes,
          authorizers: [],
          bySubject: subject.id === principal.id,
          properties: Object.fromEntries(properties.map(({ key, value }) => [key, value])),
          receipt: { collectionMethod, jurisdiction, policyUrl },
        });
        const told = { collectionMethod, jurisdiction, language, tenantDomain: organization.handle };
        const headers = { Location: `${baseUrl}${V1}/consents/receipts/${record.id}` };
        return answer({ consentReceiptID: record.id, piiPrincipalId: record.subjectName, ...told }, { headers });
      },
    });
  }

  #list(): RouteDeclaration {
    return route({
      ...own,
      operationId: 'getConsentReceipts',
      method: 'get',
      path: '/consents',
      summary: 'Consents that are or were in force: those of the user, or of piiPrincipalId',
      query: z.object({
        piiPrincipalId: textUpTo(255).optional(),
        service: textUpTo(255).optional(),
        spTenantDomain: textUpTo(255).optional().describe('Organization of the service: this one, or there is nothing'),
        state: z.enum(RECEIPT_STATES).optional(),
        ...pageQuery,
      }),
      response: z.array(listedAnswer),
      status: 200,
      handle: async ({ query, principal, request }) => {
        const { piiPrincipalId, service: serviceId, spTenantDomain, state, ...page } = query;
        const { id: orgId, handle: tenantDomain } = request.organization;
        const subject = await this.#principalOf(request, principal, piiPrincipalId, 'view');
        if (spTenantDomain !== undefined && spTenantDomain.toLowerCase() !== tenantDomain) return [];
        const wanted = { userId: subject.id, serviceId, state };
        const found = await this.records.receipts(orgId, wanted, this.pagination.page(page));
        return found.map((record) => ({
          consentReceiptID: record.id,
          ...(record.language === null ? {} : { language: record.language }),
          piiPrincipalId: record.subjectName,
          tenantDomain,
          state: receiptState(this.records.stateOf(record)),
          service: record.serviceId,
        }));
      },
    });
  }

  #one(): RouteDeclaration[] {
    return [
      route({
        ...own,
        operationId: 'getConsentReceipt',
        method: 'get',
        path: RECEIPT,
        summary: 'The receipt of a consent',
        response: receiptAnswer,
        status: 200,
        handle: async ({ principal, request }) => {
          const record = await this.#receipt(request, principal, 'view');
          return receiptOf(await this.records.describe(record), request.organization.handle);
        },
      }),
      route({
        ...own,
        operationId: 'revokeConsentReceipt',
        method: 'delete',
        path: RECEIPT,
        summary: 'Revoke a consent; its receipt stays',
        status: 200,
        handle: async ({ principal, request }) => {
          const { orgId, id } = await this.#receipt(request, principal, 'update');
          await this.decisions.revoke(orgId, id);
        },
      }),
    ];
  }

  /** The user of whose consents a request is. @throws ApiError 403, CMT-60028 when the caller may not, CMT-60021 */
  async #principalOf(
    { organization }: HttpRequest,
    principal: Principal,
    name: string | undefined,
    right: string,
  ): Promise<User> {
    const named = name === undefined ? undefined : await this.users.find(organization, name);
    if (name === undefined || (named && named.id === principal.id)) {
      const { orgId, id } = ownUser(principal);
      return this.users.identified(orgId, id);
    }
    if (!mayForOthers(principal, right)) throw consentErrors.otherPrincipal();
    if (!named) throw consentErrors.unknownUser(name);
    return named;
  }

  /** A receipt that the caller may see or revoke. @throws ApiError CMT-60008, CMT-60022 */
  async #receipt({ organization, params }: HttpRequest, principal: Principal, right: string) {
    const id = params['receiptId'] as string;
    const record: ConsentRecordEntity = await this.records.get(organization.id, id);
    if (!mayForOthers(principal, right) && ownUser(principal).id !== record.userId) throw consentErrors.notSubject();
    // What never was in force has no receipt.
    if (record.state === 'PENDING' || record.state === 'REJECTED') throw consentErrors.consentNotFound(id);
    return record;
  }

  /** What is consented to for a service. @throws ApiError CMT-60018, CMT-60017, CMT-60027 for what is not there */
  async #purposesOf(orgId: string, service: Service): Promise<NewConsentedPurpose[]> {
    const purposes: NewConsentedPurpose[] = [];
    for (const { purposeId, piiCategory, purposeCategoryId, ...details } of service.purposes) {
      const purpose = await this.purposes.findNumbered(orgId, purposeId);
      if (!purpose) throw consentErrors.unknownPurpose(String(purposeId));
      const numbers = piiCategory.map(({ piiCategoryId }) => piiCategoryId);
      const elements = await this.elements.byNumbers(orgId, numbers);
      const categories = await this.categories.byNumbers(orgId, purposeCategoryId);
      const { serviceDisplayName, serviceDescription, service: serviceId } = service;
      purposes.push({
        id: purpose.id,
        serviceId,
        elements: piiCategory.map(({ piiCategoryId, validity }) => {
          const element = elements.get(piiCategoryId);
          if (!element) throw consentErrors.unknownElement(String(piiCategoryId));
          return { id: element.id, validity };
        }),
        receipt: {
          serviceDisplayName,
          serviceDescription,
          ...details,
          categories: purposeCategoryId.map((number) => {
            const category = categories.get(number);
            if (!category) throw consentErrors.unknownCategory(number);
            return { number, name: category.name };
          }),
        },
      });
    }
    return purposes;
  }
}

const mayForOthers = ({ scopes }: Principal, right: string) => scopes.has(`internal_consent_mgt_consent_${right}`);
