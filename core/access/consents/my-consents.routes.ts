import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import {
  apiErrors,
  ownUser,
  type Pagination,
  PaginationToken,
  type Principal,
  type RouteDeclaration,
  type RouteTable,
  route,
} from '#core/http';
import { ConsentCreation } from './consent-creation.js';
import { ConsentDecisions } from './consent-decisions.js';
import { consentErrors } from './consent-errors.js';
import type { ConsentRecordEntity } from './consent-record.entities.js';
import { ConsentRecords } from './consent-record.service.js';
import {
  consentAnswer,
  consentedPurposes,
  consentOf,
  consentsQuery,
  decision,
  givenConsent,
  stateAnswer,
  summaryAnswer,
  summaryOf,
  wantedConsents,
} from './consent-schemas.js';
import { ConsentUsers } from './consent-users.js';
import { cursorPage } from './cursor-page.js';

const MINE = '/me/consents';
const ONE = `${MINE}/:consentId`;
const own = { access: 'authenticated', cors: true } as const;

const ownSummary = summaryAnswer.omit({ subjectId: true, expiryTime: true });
const createdAnswer = z.object({ id: z.string(), subjectId: z.string(), serviceId: z.string() });

/** Users give consents, look at theirs, take them back and authorize those of others. */
@injectable()
export class MyConsentRoutes {
  constructor(
    @inject(ConsentCreation) private readonly creation: ConsentCreation,
    @inject(ConsentRecords) private readonly records: ConsentRecords,
    @inject(ConsentDecisions) private readonly decisions: ConsentDecisions,
    @inject(ConsentUsers) private readonly users: ConsentUsers,
    @inject(PaginationToken) private readonly pagination: Pagination,
  ) {}

  /** All of its routes. */
  table(): RouteTable {
    const routes = [this.#create(), this.#list(), ...this.#look(), ...this.#decide()];
    return { name: 'user-consents', base: '/api/users/v1', errors: apiErrors('CMT'), routes };
  }

  #create(): RouteDeclaration {
    return route({
      ...own,
      operationId: 'addConsentOfLoggedInUser',
      method: 'post',
      path: MINE,
      summary: 'Give a consent, or decline one (tokens need the scope internal_login)',
      body: z.object(givenConsent),
      response: createdAnswer,
      status: 201,
      handle: async ({ body, principal }) => {
        const { orgId, id: userId } = ownUser(principal);
        const { serviceId, language, state, expiryTime = null, properties } = body;
        const subject = await this.users.identified(orgId, userId);
        const purposes = consentedPurposes(serviceId, body.purposes);
        const about = { serviceId, language, state, expiresAt: expiryTime, properties: properties ?? {} };
        const given = { ...about, subject, purposes, authorizers: [], bySubject: true };
        const { id, subjectName: subjectId } = await this.creation.create(orgId, given);
        return { id, subjectId, serviceId };
      },
    });
  }

  #list(): RouteDeclaration {
    return route({
      ...own,
      operationId: 'listConsentsOfLoggedInUser',
      method: 'get',
      path: MINE,
      summary: 'Consents of the user',
      query: z.object(consentsQuery),
      response: z.array(ownSummary),
      status: 200,
      handle: async ({ query, principal }) => {
        const { orgId, id: userId } = ownUser(principal);
        const page = cursorPage(query, this.pagination);
        const { items } = await this.records.list(orgId, { ...wantedConsents(query), userId }, page);
        return items.map((record) => summaryOf({ record, state: this.records.stateOf(record) }));
      },
    });
  }

  #look(): RouteDeclaration[] {
    return [
      route({
        ...own,
        operationId: 'getConsentOfLoggedInUser',
        method: 'get',
        path: ONE,
        summary: 'A consent of the user',
        response: consentAnswer,
        status: 200,
        handle: async ({ params, principal }) =>
          consentOf(await this.records.describe(await this.#own(principal, params))),
      }),
      route({
        ...own,
        operationId: 'validateConsentOfLoggedInUser',
        method: 'get',
        path: `${ONE}/validate`,
        summary: 'State of a consent of the user now',
        response: stateAnswer,
        status: 200,
        handle: async ({ params, principal }) => {
          const record = await this.#own(principal, params);
          return { state: this.records.stateOf(record), expiryTime: record.expiresAt };
        },
      }),
    ];
  }

  #decide(): RouteDeclaration[] {
    return [
      route({
        ...own,
        operationId: 'revokeConsentOfLoggedInUser',
        method: 'post',
        path: `${ONE}/revoke`,
        summary: 'Revoke a consent of the user; that it was revoked already is no error',
        status: 200,
        handle: async ({ params, principal }) => {
          const { orgId, id } = await this.#own(principal, params);
          await this.decisions.revoke(orgId, id);
        },
      }),
      route({
        ...own,
        operationId: 'authorizeConsentOfLoggedInUser',
        method: 'post',
        path: `${ONE}/authorize`,
        summary: 'Approve or reject a pending consent, as its subject or as somebody who was asked',
        body: decision,
        status: 200,
        handle: async ({ body, params, principal }) => {
          const { orgId, id } = ownUser(principal);
          const user = await this.users.identified(orgId, id);
          await this.decisions.authorize(orgId, params['consentId'] as string, user, body.state);
        },
      }),
    ];
  }

  /** A consent of the user. @throws ApiError CMT-60008 when there is none, CMT-60022 when it is that of another user */
  async #own(principal: Principal, params: Readonly<Record<string, string>>): Promise<ConsentRecordEntity> {
    const { orgId, id } = ownUser(principal);
    const record = await this.records.get(orgId, params['consentId'] as string);
    if (record.userId !== id) throw consentErrors.notSubject();
    return record;
  }
}
