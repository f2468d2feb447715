import { z } from 'zod';
import { answer, type HttpRequest, jsonBody, type RouteDeclaration, type RouteTable, route } from '#core/http';
import type { OidcScopes } from '../claims/oidc-scopes.js';
import { registeredScopeErrors, renderRegisteredScopeError } from './registered-scope-errors.js';
import type { RegisteredScope } from './registered-scope-set.js';
import type { RegisteredScopes } from './registered-scopes.js';

const BASE = '/api/identity/oauth2/v1.0/scopes';
/** The only kind of bindings that organizations give: names of roles. */
const BY_ROLE = 'DEFAULT';
/** How many come at once when a part of the list is asked for without a count. */
const USUAL_COUNT = 30;

/** PostgreSQL cannot keep it. */
const hasNoNul = (text: string) => !text.includes('\0');
const words = (longest: number) => z.string().max(longest).refine(hasNoNul, { error: 'NUL is no text' });
const roles = z.array(words(255).trim().min(1)).max(100).default([]);
const scopeBindings = z.array(z.object({ bindingType: z.string(), binding: roles })).max(10);
const members = {
  displayName: words(255).trim().default(''),
  description: words(1024).default(''),
  bindings: roles,
  scopeBindings: scopeBindings.default([]),
};
/** `scopeToUpdate` of the contract; the name of the path may stand in it too. */
const replacement = jsonBody(z.object({ name: z.string().optional(), ...members }));
/** `scope` of the contract. */
const creation = jsonBody(z.object({ name: z.string().default(''), ...members }));

const shown = z.object({
  name: z.string(),
  displayName: z.string(),
  description: z.string(),
  bindings: z.array(z.string()),
  scopeBindings: z.array(z.object({ bindingType: z.string(), binding: z.array(z.string()) })),
});

const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');
const whole = z
  .string()
  .regex(/^-?\d{1,9}$/, { error: 'expected a whole number of at most nine digits' })
  .transform(Number)
  .optional();
const encoded = flag.describe('Whether the name is in base64url, for names that do not fit into a path');
const includeOIDCScopes = flag.describe('Whether the scopes of OpenID Connect count too');
const listQuery = z.object({
  startIndex: whole.describe('Where the part of the list begins; the first one is 1'),
  count: whole.describe(`How many; ${USUAL_COUNT} when only startIndex is there, all of them without both`),
  includeOIDCScopes,
  requestedScopes: z.string().optional().describe('Names of scopes, parted by spaces: only these'),
});

const may = (what: 'view' | 'create' | 'update' | 'delete') =>
  ({ access: { scopes: [`internal_application_mgt_${what}`] }, cors: true }) as const;

/** What the API works with. */
interface Parts {
  readonly scopes: RegisteredScopes;
  readonly oidc: OidcScopes;
}

/** `/api/identity/oauth2/v1.0/scopes`: scopes that need no API resource, bound to roles. */
export function registeredScopeRoutes(parts: Parts): RouteTable {
  const routes = [...collection(parts), ...reading(parts), ...writing(parts)];
  return { name: 'oauth2-scopes', base: BASE, errors: renderRegisteredScopeError, routes };
}

function collection({ scopes, oidc }: Parts): RouteDeclaration[] {
  return [
    route({
      operationId: 'getRegisteredScopes',
      method: 'get',
      path: '',
      ...may('view'),
      summary: 'List registered scopes with the roles that they are bound to',
      query: listQuery,
      response: z.array(shown),
      status: 200,
      async handle({ query, request }) {
        const { id } = request.organization;
        const own = (await scopes.of(id)).all;
        const all = query.includeOIDCScopes ? [...own, ...(await oidc.of(id)).all.map(withoutBindings)] : own;
        const wanted = query.requestedScopes?.split(/\s+/);
        const found = wanted ? all.filter(({ name }) => wanted.includes(name)) : all;
        return partOf(found, query).map(asShown);
      },
    }),
    route({
      operationId: 'registerScope',
      method: 'post',
      path: '',
      ...may('create'),
      summary: 'Register a scope',
      body: creation,
      response: shown,
      status: 201,
      async handle({ body, request }) {
        const scope = scopeOf(body.name, body);
        await scopes.create(request.organization.id, scope);
        const Location = `${request.baseUrl}${BASE}/name/${encodeURIComponent(scope.name)}`;
        return answer(asShown(scope), { headers: { Location } });
      },
    }),
  ];
}

function reading({ scopes, oidc }: Parts): RouteDeclaration[] {
  return [
    // In front of the GET route, which would answer HEAD as well.
    route({
      operationId: 'isScopeExists',
      method: 'head',
      path: '/name/:name',
      ...may('view'),
      summary: 'Whether there is a scope of a name',
      query: z.object({ encoded, includeOIDCScopes }),
      status: 200,
      async handle({ query, request }) {
        const { id } = request.organization;
        const name = nameIn(request, query.encoded);
        if ((await scopes.of(id)).has(name)) return;
        if (!query.includeOIDCScopes || !(await oidc.of(id)).has(name)) throw registeredScopeErrors.notFound(name);
      },
    }),
    route({
      operationId: 'getRegisteredScope',
      method: 'get',
      path: '/name/:name',
      ...may('view'),
      summary: 'A registered scope',
      query: z.object({ encoded }),
      response: shown,
      status: 200,
      async handle({ query, request }) {
        const name = nameIn(request, query.encoded);
        const found = (await scopes.of(request.organization.id)).find(name);
        if (!found) throw registeredScopeErrors.notFound(name);
        return asShown(found);
      },
    }),
  ];
}

function writing({ scopes }: Parts): RouteDeclaration[] {
  return [
    route({
      operationId: 'updateRegisteredScope',
      method: 'put',
      path: '/name/:name',
      ...may('update'),
      summary: 'Replace a registered scope',
      query: z.object({ encoded }),
      body: replacement,
      response: shown,
      status: 200,
      async handle({ query, body, request }) {
        const name = nameIn(request, query.encoded);
        if (body.name !== undefined && body.name !== name)
          throw registeredScopeErrors.invalid('name: a scope cannot be renamed.');
        const scope = scopeOf(name, body);
        await scopes.replace(request.organization.id, scope);
        return asShown(scope);
      },
    }),
    route({
      operationId: 'deleteRegisteredScope',
      method: 'delete',
      path: '/name/:name',
      ...may('delete'),
      summary: 'Remove a registered scope; tokens that have it are not good any more',
      query: z.object({ encoded }),
      status: 204,
      handle: ({ query, request }) => scopes.remove(request.organization.id, nameIn(request, query.encoded)),
    }),
  ];
}

function nameIn({ params }: HttpRequest, isEncoded: boolean): string {
  const name = params['name'] ?? '';
  return isEncoded ? Buffer.from(name, 'base64url').toString('utf8') : name;
}

/** The scope of a body. Throws ApiError 41002, 41007. */
function scopeOf(name: string, body: Omit<z.output<typeof creation>, 'name'>): RegisteredScope {
  const { displayName, description } = body;
  if (displayName === '') throw registeredScopeErrors.noDisplayName();
  const other = body.scopeBindings.find(({ bindingType }) => bindingType.toUpperCase() !== BY_ROLE);
  if (other)
    throw registeredScopeErrors.invalid(
      `scopeBindings: there is no binding type ${other.bindingType}. Known: ${BY_ROLE}.`,
    );
  const bindings = [...new Set([...body.bindings, ...body.scopeBindings.flatMap(({ binding }) => binding)])];
  if (Buffer.byteLength(JSON.stringify(bindings)) > 60_000)
    throw registeredScopeErrors.invalid('bindings: they are longer than 60000 bytes together.');
  return { name, displayName, description, bindings };
}

const withoutBindings = (scope: Omit<RegisteredScope, 'bindings'>): RegisteredScope => ({ ...scope, bindings: [] });

const asShown = ({ bindings, ...scope }: RegisteredScope) => ({
  ...scope,
  bindings: [...bindings],
  scopeBindings: bindings.length > 0 ? [{ bindingType: BY_ROLE, binding: [...bindings] }] : [],
});

function partOf<T>(items: readonly T[], { startIndex, count }: z.output<typeof listQuery>): T[] {
  if (startIndex === undefined && count === undefined) return [...items];
  const first = Math.max(1, startIndex ?? 1) - 1;
  return items.slice(first, first + (count === undefined || count < 0 ? USUAL_COUNT : count));
}
