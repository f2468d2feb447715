import { z } from 'zod';
import {
  ApiError,
  apiErrors,
  type HttpRequest,
  jsonBody,
  type RouteDeclaration,
  type RouteTable,
  route,
} from '#core/http';
import type { ConnectorChange, GovernanceService } from './governance.service.js';
import type { GovernanceConnector } from './governance-connector.js';

const BASE = '/api/server/v1/identity-governance';
const view = { access: { scopes: ['internal_idp_view', 'internal_governance_view'] }, cors: true } as const;
const update = { access: { scopes: ['internal_idp_update', 'internal_governance_update'] }, cors: true } as const;

/** Clients send numbers and booleans as they are, too. */
const value = z.union([z.string(), z.boolean(), z.number()]).transform(String);
const properties = z.array(z.object({ name: z.string().min(1).max(150), value })).max(100);
const patch = z.object({ operation: z.literal('UPDATE'), properties });
const patchOfCategory = z.object({
  operation: z.literal('UPDATE'),
  connectors: z.array(z.object({ id: z.string().min(1).max(200), properties })).max(50),
});
const wishes = z
  .array(z.object({ 'connector-name': z.string(), properties: z.array(z.string()).max(100).optional() }))
  .max(50);
const wished = z.array(
  z.object({
    'connector-name': z.string(),
    properties: z.array(z.object({ name: z.string(), value: z.string() })),
  }),
);
const listQuery = z.object(
  Object.fromEntries(['limit', 'offset', 'filter', 'sort'].map((name) => [name, z.string().optional()])),
);
const connector = z.object({
  id: z.string(),
  name: z.string(),
  category: z.string(),
  friendlyName: z.string(),
  order: z.int(),
  subCategory: z.string(),
  properties: z.array(
    z.object({
      name: z.string(),
      value: z.string(),
      displayName: z.string(),
      description: z.string(),
      meta: z.object({ type: z.string(), regex: z.string(), groupID: z.int() }),
    }),
  ),
});
const categories = z.array(
  z.object({
    id: z.string(),
    name: z.string(),
    self: z.string(),
    connectors: z.array(z.object({ id: z.string(), self: z.string() })),
  }),
);

const idOf = (name: string): string => Buffer.from(name).toString('base64url');

/** `/api/server/v1/identity-governance`: what an organization decides on accounts and passwords. */
export function governanceRoutes(governance: GovernanceService): RouteTable {
  const one = new Face(governance);
  return {
    name: 'identity-governance',
    base: BASE,
    errors: apiErrors('IDG'),
    routes: [...readingRoutes(one), preferencesRoute(one), ...writingRoutes(one, governance)],
  };
}

function readingRoutes(face: Face): RouteTable['routes'] {
  return [
    route({
      ...view,
      operationId: 'getCategories',
      method: 'get',
      path: '',
      summary: 'Categories of governance connectors',
      query: listQuery,
      response: categories,
      status: 200,
      handle({ request, query }) {
        if (Object.values(query).some((given) => given !== undefined))
          throw new ApiError('IDG-65002', 501, 'Not implemented.', 'The list has no pages, filters and orders.');
        return face.categories(request);
      },
    }),
    route({
      ...view,
      operationId: 'getConnectorCategory',
      method: 'get',
      path: '/:categoryId',
      summary: 'Connectors of a category, with its name',
      response: z.object({ name: z.string(), connectors: z.array(connector) }),
      status: 200,
      async handle({ request, params }) {
        const { name, connectors } = face.category(params['categoryId']);
        return { name, connectors: await face.shown(request, connectors) };
      },
    }),
    route({
      ...view,
      operationId: 'getConnectorsOfCategory',
      method: 'get',
      path: '/:categoryId/connectors',
      summary: 'Connectors of a category',
      response: z.array(connector),
      status: 200,
      handle: ({ request, params }) => face.shown(request, face.category(params['categoryId']).connectors),
    }),
    route({
      ...view,
      operationId: 'getConnector',
      method: 'get',
      path: '/:categoryId/connectors/:connectorId',
      summary: 'A connector with its values',
      response: connector,
      status: 200,
      async handle({ request, params }) {
        const found = face.connector(params['categoryId'], params['connectorId']);
        return (await face.shown(request, [found]))[0] as z.input<typeof connector>;
      },
    }),
  ];
}

function preferencesRoute(face: Face): RouteDeclaration {
  return route({
    access: 'authenticated',
    cors: true,
    operationId: 'getPreferenceByPost',
    method: 'post',
    path: '/preferences',
    summary: 'Values of single properties (tokens need the scope internal_login)',
    body: jsonBody(wishes),
    response: wished,
    status: 200,
    handle({ request, body, principal }) {
      if (principal.authenticatedBy === 'bearer' && !principal.scopes.has('internal_login'))
        throw new ApiError('403', 403, 'Forbidden.', 'The access token lacks the scope internal_login.');
      return Promise.all(body.map((wish) => face.preferences(request, wish['connector-name'], wish.properties)));
    },
  });
}

function writingRoutes(face: Face, governance: GovernanceService): RouteTable['routes'] {
  return [
    route({
      ...update,
      operationId: 'patchConnectorsOfCategory',
      method: 'patch',
      path: '/:categoryId/connectors',
      summary: 'Set properties of several connectors',
      body: jsonBody(patchOfCategory),
      status: 200,
      handle({ request, params, body }) {
        const change = ({ id, properties }: (typeof body.connectors)[number]): ConnectorChange => ({
          connector: face.connector(params['categoryId'], id),
          properties,
        });
        return governance.change(request.organization.id, body.connectors.map(change));
      },
    }),
    route({
      ...update,
      operationId: 'patchConnector',
      method: 'patch',
      path: '/:categoryId/connectors/:connectorId',
      summary: 'Set properties of a connector',
      body: jsonBody(patch),
      status: 200,
      handle({ request, params, body: { properties } }) {
        const connector = face.connector(params['categoryId'], params['connectorId']);
        return governance.change(request.organization.id, [{ connector, properties }]);
      },
    }),
    route({
      ...update,
      operationId: 'revertConnectorProperties',
      method: 'post',
      path: '/:categoryId/connectors/revert',
      summary: 'Take back properties that the organization has set',
      query: z.object({ connectorId: z.string() }),
      body: jsonBody(z.object({ properties: z.array(z.string()).min(1).max(100) })),
      status: 200,
      handle({ request, params, query, body: { properties } }) {
        const connector = face.connector(params['categoryId'], query.connectorId);
        return governance.revert(request.organization.id, connector, properties);
      },
    }),
  ];
}

/** Connectors as the API shows and names them. */
class Face {
  constructor(private readonly governance: GovernanceService) {}

  categories({ organization: { prefix } }: HttpRequest): z.input<typeof categories> {
    return this.governance.categories().map(({ name, connectors }) => {
      const self = `${prefix}${BASE}/${idOf(name)}`;
      const shown = connectors.map((one) => ({ id: idOf(one.name), self: `${self}/connectors/${idOf(one.name)}` }));
      return { id: idOf(name), name, self, connectors: shown };
    });
  }

  /** @throws ApiError 404 */
  category(id: string | undefined): { readonly name: string; readonly connectors: readonly GovernanceConnector[] } {
    const found = this.governance.categories().find(({ name }) => idOf(name) === unpadded(id));
    if (found) return found;
    throw new ApiError('IDG-60002', 404, 'Category not found.', 'There is no category of connectors with this id.');
  }

  /** @throws ApiError 404 */
  connector(categoryId: string | undefined, id: string | undefined): GovernanceConnector {
    const found = this.category(categoryId).connectors.find(({ name }) => idOf(name) === unpadded(id));
    if (found) return found;
    throw new ApiError('IDG-60003', 404, 'Connector not found.', 'The category has no connector with this id.');
  }

  shown(
    { organization: { id } }: HttpRequest,
    connectors: readonly GovernanceConnector[],
  ): Promise<z.input<typeof connector>[]> {
    return Promise.all(
      connectors.map(async (one) => ({
        id: idOf(one.name),
        name: one.name,
        category: one.category,
        friendlyName: one.friendlyName,
        order: one.order,
        subCategory: 'DEFAULT',
        properties: (await this.governance.describe(id, one)).map(({ property, value }) => ({
          name: property.name,
          value,
          displayName: property.displayName,
          description: property.description,
          meta: { type: property.type, regex: '', groupID: 0 },
        })),
      })),
    );
  }

  /** @throws ApiError 400 for a connector or a property that there is not */
  async preferences({ organization: { id } }: HttpRequest, name: string, wanted: readonly string[] | undefined) {
    const found = this.governance.find(name);
    const unknown = (what: string) => new ApiError('IDG-60004', 400, 'Invalid request.', `There is no ${what}.`);
    if (!found) throw unknown(`connector ${name}`);
    const all = (await this.governance.describe(id, found)).map(({ property, value }) => ({
      name: property.name,
      value,
    }));
    if (!wanted) return { 'connector-name': name, properties: all };
    const shown = wanted.map((one) => all.find((property) => property.name === one) ?? one);
    const missing = shown.find((one) => typeof one === 'string');
    if (missing !== undefined) throw unknown(`property ${missing} of the connector ${name}`);
    return { 'connector-name': name, properties: shown as { name: string; value: string }[] };
  }
}

/** Some clients keep the padding of base64. */
const unpadded = (id: string | undefined): string => (id ?? '').replace(/=+$/, '');
