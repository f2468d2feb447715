import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import { answer, type HttpRequest, type Pagination, PaginationToken, type RouteDeclaration, route } from '#core/http';
import type { User } from '#core/users';
import { ConsentCreation } from './consent-creation.js';
import { type AuthorizationChange, ConsentDecisions } from './consent-decisions.js';
import { V2 } from './consent-elements.routes.js';
import { consentErrors } from './consent-errors.js';
import { ConsentRecords } from './consent-record.service.js';
import {
  consentAnswer,
  consentedPurposes,
  consentOf,
  consentsQuery,
  givenConsent,
  stateAnswer,
  summaryAnswer,
  summaryOf,
  wantedConsents,
} from './consent-schemas.js';
import { freeProperties, nameUpTo, textUpTo } from './consent-texts.js';
import { ConsentUsers } from './consent-users.js';
import { cursorLinks, cursorPage, linksOf } from './cursor-page.js';

const ONE = '/consents/:consentId';
const USER = 'USER';
const MOST_AUTHORIZERS = 100;

const scope = (name: string) => ({
  access: { scopes: [`internal_consent_mgt_consent_${name}`] },
  cors: true,
});

const authorizer = { userId: nameUpTo(255), type: nameUpTo(64).optional() };
const creationBody = z.object({
  subjectId: nameUpTo(255),
  ...givenConsent,
  authorizations: z.array(z.object(authorizer)).max(MOST_AUTHORIZERS).default([]),
});
const changeBody = z.object({
  expiryTime: z.int().min(0).nullable().optional(),
  properties: freeProperties.nullish(),
  authorizations: z
    .array(z.object({ ...authorizer, state: z.enum(['APPROVED', 'REJECTED', 'REVOKED']).optional() }))
    .max(MOST_AUTHORIZERS)
    .nullish(),
});
const createdAnswer = z.object({
  id: z.string(),
  language: z.string().optional(),
  subjectId: z.string(),
  tenantDomain: z.string(),
});

/** Consents of users, for administrators and services. */
@injectable()
export class ConsentRoutes {
  constructor(
    @inject(ConsentCreation) private readonly creation: ConsentCreation,
    @inject(ConsentRecords) private readonly records: ConsentRecords,
    @inject(ConsentDecisions) private readonly decisions: ConsentDecisions,
    @inject(ConsentUsers) private readonly users: ConsentUsers,
    @inject(PaginationToken) private readonly pagination: Pagination,
  ) {}

  /** All of its routes. */
  routes(): RouteDeclaration[] {
    return [this.#create(), this.#list(), this.#get(), this.#update(), ...this.#states()];
  }

  #create(): RouteDeclaration {
    return route({
      ...scope('create'),
      operationId: 'consentsCreate',
      method: 'post',
      path: '/consents',
      summary: 'Record a consent of a user; with authorizations it waits for those',
      body: creationBody,
      response: createdAnswer,
      status: 201,
      handle: async ({ body, request }) => {
        const record = await this.#record(body, request);
        const { id, subjectName: subjectId, language } = record;
        const told = { id, subjectId, tenantDomain: request.organization.handle };
        const headers = { Location: `${request.baseUrl}${V2}/consents/${id}` };
        return answer({ ...told, ...(language === null ? {} : { language }) }, { headers });
      },
    });
  }

  async #record(body: z.output<typeof creationBody>, { organization }: HttpRequest) {
    const { subjectId, serviceId, language, state, expiryTime = null, properties } = body;
    if (body.authorizations.length > 0 && state === 'REJECTED')
      throw consentErrors.invalid('state: a consent that others have to authorize is not rejected from the start.');
    const subject = await this.users.named(organization, subjectId);
    const authorizers: { user: User; type: string }[] = [];
    for (const { userId, type = USER } of body.authorizations)
      authorizers.push({ user: await this.users.named(organization, userId), type });
    const purposes = consentedPurposes(serviceId, body.purposes);
    const about = { serviceId, language, state, expiresAt: expiryTime, properties: properties ?? {} };
    return this.creation.create(organization.id, { ...about, subject, purposes, authorizers, bySubject: false });
  }

  #list(): RouteDeclaration {
    return route({
      ...scope('view'),
      operationId: 'consentsList',
      method: 'get',
      path: '/consents',
      summary: 'Consents',
      query: z.object({ subjectId: textUpTo(255).optional(), ...consentsQuery }),
      response: z.object({ totalResults: z.int(), links: cursorLinks, Consents: z.array(summaryAnswer) }),
      status: 200,
      handle: async ({ query, request }) => {
        const { organization } = request;
        const { subjectId } = query;
        const [wanted, page] = [wantedConsents(query), cursorPage(query, this.pagination)];
        const subject = subjectId === undefined ? undefined : await this.users.find(organization, subjectId);
        if (subjectId !== undefined && !subject) return { totalResults: 0, links: [], Consents: [] };
        const found = await this.records.list(organization.id, { ...wanted, userId: subject?.id }, page);
        const Consents = found.items.map((record) => summaryOf({ record, state: this.records.stateOf(record) }));
        return { totalResults: Consents.length, links: linksOf(request, found), Consents };
      },
    });
  }

  #get(): RouteDeclaration {
    return route({
      ...scope('view'),
      operationId: 'consentsGet',
      method: 'get',
      path: ONE,
      summary: 'A consent',
      response: consentAnswer,
      status: 200,
      handle: ({ request }) => this.#shown(request),
    });
  }

  #update(): RouteDeclaration {
    return route({
      ...scope('update'),
      operationId: 'consentsUpdate',
      method: 'patch',
      path: ONE,
      summary: 'Change expiry, properties and authorizations of a consent',
      body: changeBody,
      response: consentAnswer,
      status: 200,
      handle: async ({ body, params, request }) => {
        const { organization } = request;
        const authorizations: AuthorizationChange[] = [];
        for (const { userId, ...change } of body.authorizations ?? [])
          authorizations.push({ user: await this.users.named(organization, userId), ...change });
        const change = { expiresAt: body.expiryTime, properties: body.properties ?? undefined, authorizations };
        await this.decisions.update(organization.id, params['consentId'] as string, change);
        return this.#shown(request);
      },
    });
  }

  #states(): RouteDeclaration[] {
    return [
      route({
        ...scope('update'),
        operationId: 'consentsRevoke',
        method: 'post',
        path: `${ONE}/revoke`,
        summary: 'Revoke a consent; that it was revoked already is no error',
        status: 204,
        handle: ({ params, request }) => this.decisions.revoke(request.organization.id, params['consentId'] as string),
      }),
      route({
        ...scope('view'),
        operationId: 'consentsValidate',
        method: 'get',
        path: `${ONE}/validate`,
        summary: 'State of a consent now',
        response: stateAnswer,
        status: 200,
        handle: async ({ params, request }) => {
          const record = await this.records.get(request.organization.id, params['consentId'] as string);
          return { state: this.records.stateOf(record), expiryTime: record.expiresAt };
        },
      }),
    ];
  }

  async #shown({ organization, params }: HttpRequest): Promise<z.input<typeof consentAnswer>> {
    const record = await this.records.get(organization.id, params['consentId'] as string);
    return consentOf(await this.records.describe(record));
  }
}
