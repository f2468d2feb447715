import { inject, injectable } from 'tsyringe';
import { z } from 'zod';
import { answer, type HttpRequest, type RouteDeclaration, route } from '#core/http';
import {
  CLAIM_DIALECTS,
  dialectAnswer,
  dialectIdOf,
  externalClaimAnswer,
  idOf,
  shownDialect,
  shownExternal,
  uriOf,
} from './claim-answers.js';
import { type ClaimCatalog, ClaimCatalogToken } from './claim-catalog.js';
import { claimErrors } from './claim-errors.js';
import { type ExternalDialect, LOCAL_DIALECT_URI } from './claim-model.js';
import { dialectBody, externalClaimBody } from './claim-requests.js';
import { checkListQuery, listQuery, may } from './claim-route-parts.js';
import { ExternalClaims } from './external-claims.js';

/** URI of the dialect in a path. */
export const dialectUriOf = (id: string): string => (id === 'local' ? LOCAL_DIALECT_URI : uriOf(id));

/** The API of dialects, and of the claims of those that map to the local one. */
@injectable()
export class ClaimDialectRoutes {
  constructor(
    @inject(ClaimCatalogToken) private readonly catalog: ClaimCatalog,
    @inject(ExternalClaims) private readonly external: ExternalClaims,
  ) {}

  /** All of its routes. */
  routes(): RouteDeclaration[] {
    return [...this.#reading(), ...this.#writing(), ...this.#claims(), ...this.#changingClaims()];
  }

  #reading(): RouteDeclaration[] {
    return [
      route({
        operationId: 'getClaimDialects',
        method: 'get',
        path: '',
        ...may('view'),
        summary: 'List claim dialects',
        query: listQuery,
        response: z.array(dialectAnswer),
        status: 200,
        handle: async ({ query, request }) => {
          checkListQuery(query);
          const { dialects } = await this.catalog.of(request.organization.id);
          const uris = [LOCAL_DIALECT_URI, ...dialects.map(({ dialectURI }) => dialectURI)];
          return uris.map((uri) => shownDialect(uri, request));
        },
      }),
      route({
        operationId: 'getClaimDialect',
        method: 'get',
        path: '/:dialect',
        ...may('view'),
        summary: 'Retrieve a claim dialect',
        response: dialectAnswer,
        status: 200,
        handle: async ({ params, request }) => {
          const id = params['dialect'] as string;
          const uri = dialectUriOf(id);
          if (uri !== LOCAL_DIALECT_URI) await this.#dialect(id, request);
          return shownDialect(uri, request);
        },
      }),
    ];
  }

  #writing(): RouteDeclaration[] {
    return [
      route({
        operationId: 'addClaimDialect',
        method: 'post',
        path: '',
        ...may('create'),
        summary: 'Add a claim dialect',
        body: dialectBody,
        status: 201,
        handle: async ({ body, request }) => {
          await this.external.addDialect(request.organization.id, body.dialectURI);
          return answer(undefined, { headers: located(request, dialectIdOf(body.dialectURI)) });
        },
      }),
      route({
        operationId: 'updateClaimDialect',
        method: 'put',
        path: '/:dialect',
        ...may('update'),
        summary: 'Give a claim dialect another URI',
        body: dialectBody,
        status: 200,
        handle: async ({ body, params, request }) => {
          const uri = dialectUriOf(params['dialect'] as string);
          await this.external.renameDialect(request.organization.id, uri, body.dialectURI);
          return answer(undefined, { headers: located(request, dialectIdOf(body.dialectURI)) });
        },
      }),
      route({
        operationId: 'deleteClaimDialect',
        method: 'delete',
        path: '/:dialect',
        ...may('delete'),
        summary: 'Remove a claim dialect with its claims',
        status: 204,
        handle: async ({ params, request }) => {
          await this.external.removeDialect(request.organization.id, dialectUriOf(params['dialect'] as string));
        },
      }),
    ];
  }

  #claims(): RouteDeclaration[] {
    return [
      route({
        operationId: 'getExternalClaims',
        method: 'get',
        path: '/:dialect/claims',
        ...may('view'),
        summary: 'List the claims of a dialect',
        query: listQuery,
        response: z.array(externalClaimAnswer),
        status: 200,
        handle: async ({ params, query, request }) => {
          checkListQuery(query);
          const { dialectURI, claims } = await this.#dialect(params['dialect'] as string, request);
          return claims.map((claim) => shownExternal(dialectURI, claim));
        },
      }),
      route({
        operationId: 'getExternalClaim',
        method: 'get',
        path: '/:dialect/claims/:claim',
        ...may('view'),
        summary: 'Retrieve a claim of a dialect',
        response: externalClaimAnswer,
        status: 200,
        handle: async ({ params, request }) => {
          const { dialectURI, claims } = await this.#dialect(params['dialect'] as string, request);
          const id = params['claim'] as string;
          const claim = claims.find(({ claimURI }) => idOf(claimURI) === id);
          if (!claim) throw claimErrors.noExternal(id);
          return shownExternal(dialectURI, claim);
        },
      }),
    ];
  }

  #changingClaims(): RouteDeclaration[] {
    const uris = (params: Readonly<Record<string, string>>) =>
      [dialectUriOf(params['dialect'] as string), uriOf(params['claim'] as string)] as const;
    return [
      route({
        operationId: 'addExternalClaim',
        method: 'post',
        path: '/:dialect/claims',
        ...may('create'),
        summary: 'Add a claim to a dialect',
        body: externalClaimBody,
        status: 201,
        handle: async ({ body, params, request }) => {
          const dialect = params['dialect'] as string;
          await this.external.add(request.organization.id, dialectUriOf(dialect), body);
          return answer(undefined, { headers: located(request, `${dialect}/claims/${idOf(body.claimURI)}`) });
        },
      }),
      route({
        operationId: 'updateExternalClaim',
        method: 'put',
        path: '/:dialect/claims/:claim',
        ...may('update'),
        summary: 'Replace a claim of a dialect',
        body: externalClaimBody,
        status: 200,
        handle: async ({ body, params, request }) => {
          await this.external.replace(request.organization.id, ...uris(params), body);
          const path = `${params['dialect']}/claims/${params['claim']}`;
          return answer(undefined, { headers: located(request, path) });
        },
      }),
      route({
        operationId: 'deleteExternalClaim',
        method: 'delete',
        path: '/:dialect/claims/:claim',
        ...may('delete'),
        summary: 'Remove a claim of a dialect',
        status: 204,
        handle: async ({ params, request }) => {
          await this.external.remove(request.organization.id, ...uris(params));
        },
      }),
    ];
  }

  async #dialect(id: string, { organization }: HttpRequest): Promise<ExternalDialect> {
    const dialect = (await this.catalog.of(organization.id)).dialect(dialectUriOf(id));
    if (!dialect) throw claimErrors.noDialect(id);
    return dialect;
  }
}

const located = (request: HttpRequest, path: string) => ({ Location: `${request.baseUrl}${CLAIM_DIALECTS}/${path}` });
