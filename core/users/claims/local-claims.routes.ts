import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import { answer, type RouteDeclaration, route } from '#core/http';
import { CLAIM_DIALECTS, idOf, localClaimAnswer, shownLocal, uriOf } from './claim-answers.js';
import { type ClaimCatalog, ClaimCatalogToken } from './claim-catalog.js';
import { claimErrors } from './claim-errors.js';
import { flagIn, IDENTITY_CLAIMS } from './claim-model.js';
import { localClaimBody } from './claim-requests.js';
import { checkListQuery, listQuery, may } from './claim-route-parts.js';
import { type ClaimOptions, ClaimOptionsToken } from './claim-settings.js';
import { type LocalClaims, LocalClaimsToken } from './local-claims.js';

const flagText = z.enum(['true', 'false']).optional();
const localListQuery = listQuery.extend({
  attributes: z.string().optional().describe('Not supported'),
  'exclude-identity-claims': flagText.describe('Leaves out the claims that the server keeps itself'),
  'exclude-hidden-claims': flagText.describe('Leaves out the claims of [identity_mgt.claims] hidden_claims'),
  profile: z
    .enum(['console', 'endUser', 'selfRegistration'])
    .optional()
    .describe('Only claims that are displayed in this profile'),
});

/** The API of the claims of the local dialect. */
@injectable()
export class LocalClaimRoutes {
  constructor(
    @inject(ClaimCatalogToken) private readonly catalog: ClaimCatalog,
    @inject(LocalClaimsToken) private readonly local: LocalClaims,
    @inject(ClaimOptionsToken) private readonly options: ClaimOptions,
  ) {}

  /** All of its routes. */
  routes(): RouteDeclaration[] {
    return [this.#list(), this.#read(), ...this.#writing()];
  }

  #list(): RouteDeclaration {
    return route({
      operationId: 'getLocalClaims',
      method: 'get',
      path: '/local/claims',
      ...may('view'),
      summary: 'List local claims',
      query: localListQuery,
      response: z.array(localClaimAnswer),
      status: 200,
      handle: async ({ query, request }) => {
        checkListQuery(query);
        if (query.attributes !== undefined) throw claimErrors.attributes();
        const { profile } = query;
        const withoutIdentity = query['exclude-identity-claims'] === 'true';
        const withoutHidden = query['exclude-hidden-claims'] === 'true';
        const { locals } = await this.catalog.of(request.organization.id);
        const wanted = locals.filter(
          (claim) =>
            !(withoutIdentity && claim.claimURI.startsWith(IDENTITY_CLAIMS)) &&
            !(withoutHidden && this.options.hidden.has(claim.claimURI)) &&
            (profile === undefined || flagIn(claim, 'supportedByDefault', profile)),
        );
        return wanted.map(shownLocal);
      },
    });
  }

  #read(): RouteDeclaration {
    return route({
      operationId: 'getLocalClaim',
      method: 'get',
      path: '/local/claims/:claim',
      ...may('view'),
      summary: 'Retrieve a local claim',
      response: localClaimAnswer,
      status: 200,
      handle: async ({ params, request }) => {
        const id = params['claim'] as string;
        const claim = (await this.catalog.of(request.organization.id)).local(uriOf(id));
        if (!claim || idOf(claim.claimURI) !== id) throw claimErrors.noLocal(id);
        return shownLocal(claim);
      },
    });
  }

  #writing(): RouteDeclaration[] {
    const located = (baseUrl: string, id: string) => ({ Location: `${baseUrl}${CLAIM_DIALECTS}/local/claims/${id}` });
    return [
      route({
        operationId: 'addLocalClaim',
        method: 'post',
        path: '/local/claims',
        ...may('create'),
        summary: 'Add a local claim',
        body: localClaimBody,
        status: 201,
        handle: async ({ body, request }) => {
          const { claimURI } = await this.local.add(request.organization.id, body);
          return answer(undefined, { headers: located(request.baseUrl, idOf(claimURI)) });
        },
      }),
      route({
        operationId: 'updateLocalClaim',
        method: 'put',
        path: '/local/claims/:claim',
        ...may('update'),
        summary: 'Replace a local claim',
        body: localClaimBody,
        status: 200,
        handle: async ({ body, params, request }) => {
          const id = params['claim'] as string;
          await this.local.replace(request.organization.id, uriOf(id), body);
          return answer(undefined, { headers: located(request.baseUrl, id) });
        },
      }),
      route({
        operationId: 'deleteLocalClaim',
        method: 'delete',
        path: '/local/claims/:claim',
        ...may('delete'),
        summary: 'Remove a local claim that does not ship',
        status: 204,
        handle: async ({ params, request }) => {
          await this.local.remove(request.organization.id, uriOf(params['claim'] as string));
        },
      }),
    ];
  }
}
