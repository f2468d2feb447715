import { z } from 'zod';
import { answer, apiErrors, jsonBody, type RouteDeclaration, type RouteTable, route } from '#core/http';
import { oidcScopeErrors } from './oidc-scope-errors.js';
import type { OidcScopes } from './oidc-scopes.js';

const BASE = '/api/server/v1/oidc/scopes';

/** PostgreSQL cannot keep NUL. */
const plain = z.string().refine((text) => !text.includes('\0'), { error: 'NUL is no text' });
const members = {
  displayName: plain.trim().min(1).max(255),
  description: plain.max(1024).default(''),
  claims: z.array(z.string().min(1).max(255)).max(500),
};
/** `ScopeUpdateRequest` of the contract; the name of the path may stand in it too. */
const replacement = jsonBody(z.strictObject({ name: z.string().optional(), ...members }));
/** `Scope` of the contract. */
const creation = jsonBody(z.strictObject({ name: z.string(), ...members }));
const shown = z.object({
  name: z.string(),
  displayName: z.string(),
  description: z.string(),
  claims: z.array(z.string()),
});

const may = (what: 'view' | 'create' | 'update' | 'delete') =>
  ({ access: { scopes: [`internal_application_mgt_${what}`] }, cors: true }) as const;

/** The API of the scopes that stand for claims. */
export function oidcScopeRoutes(scopes: OidcScopes): RouteTable {
  const routes = [...reading(scopes), ...writing(scopes)];
  return { name: 'oidc-scopes', base: BASE, errors: apiErrors('OAUTH'), routes };
}

function reading(scopes: OidcScopes): RouteDeclaration[] {
  return [
    route({
      operationId: 'getOidcScopes',
      method: 'get',
      path: '',
      ...may('view'),
      summary: 'List OpenID Connect scopes with their claims',
      response: z.array(shown),
      status: 200,
      handle: async ({ request }) => (await scopes.of(request.organization.id)).all.map(mutable),
    }),
    route({
      operationId: 'getScope',
      method: 'get',
      path: '/:id',
      ...may('view'),
      summary: 'Retrieve an OpenID Connect scope',
      response: shown,
      status: 200,
      async handle({ params, request }) {
        const name = params['id'] as string;
        const scope = (await scopes.of(request.organization.id)).find(name);
        if (!scope) throw oidcScopeErrors.notFound(name);
        return mutable(scope);
      },
    }),
  ];
}

function writing(scopes: OidcScopes): RouteDeclaration[] {
  return [
    route({
      operationId: 'addScope',
      method: 'post',
      path: '',
      ...may('create'),
      summary: 'Add an OpenID Connect scope',
      body: creation,
      status: 201,
      async handle({ body, request }) {
        await scopes.create(request.organization.id, body);
        const Location = `${request.baseUrl}${BASE}/${encodeURIComponent(body.name)}`;
        return answer(undefined, { headers: { Location } });
      },
    }),
    route({
      operationId: 'updateScope',
      method: 'put',
      path: '/:id',
      ...may('update'),
      summary: 'Replace an OpenID Connect scope',
      body: replacement,
      status: 200,
      async handle({ body, params, request }) {
        const name = params['id'] as string;
        if (body.name !== undefined && body.name !== name)
          throw oidcScopeErrors.invalid('name: a scope cannot be renamed.');
        await scopes.replace(request.organization.id, { ...body, name });
      },
    }),
    route({
      operationId: 'deleteScope',
      method: 'delete',
      path: '/:id',
      ...may('delete'),
      summary: 'Remove an OpenID Connect scope; that there is none is no error',
      status: 204,
      handle: ({ params, request }) => scopes.remove(request.organization.id, params['id'] as string),
    }),
  ];
}

const mutable = <T extends { readonly claims: readonly string[] }>(scope: T) => ({
  ...scope,
  claims: [...scope.claims],
});
