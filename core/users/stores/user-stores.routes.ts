import { z } from 'zod';
import { answer, type RouteDeclaration, type RouteTable, route } from '#core/http';
import { storeErrors } from './store-errors.js';
import { storeFileRoutes } from './store-files.routes.js';
import { idOfName } from './store-kinds.js';
import {
  configurationAnswer,
  listAnswer,
  mappingsBody,
  patchBody,
  shownKind,
  shownSettings,
  storeAnswer,
  storeBody,
  trialAnswer,
  trialBody,
} from './store-model.js';
import { patched } from './store-patch.js';
import {
  access,
  BASE,
  kindOf,
  pathOf,
  renderStoreError,
  STORES,
  type StoreRouteParts,
  shownConfiguration,
  shownStore,
} from './store-route-parts.js';
import { storeTypeRoutes } from './store-types.routes.js';
import { PRIMARY } from './user-stores.js';

/** `/api/server/v1/userstores`: the secondary user stores of an organization. */
export function userStoreRoutes(parts: StoreRouteParts): RouteTable {
  // What has a name of its own comes before what has an id.
  const routes = [
    ...storeTypeRoutes(parts),
    ...fixed(parts),
    ...storeFileRoutes(parts),
    ...collection(parts),
    ...single(parts),
    ...rest(parts),
  ];
  return { name: 'user-stores', base: BASE, errors: renderStoreError, routes };
}

const id = (params: Readonly<Record<string, string>>) => params['id'] ?? '';

const listQuery = z.object({
  limit: z.string().optional().describe('Not supported'),
  offset: z.string().optional().describe('Not supported'),
  filter: z.string().optional().describe('Not supported'),
  sort: z.string().optional().describe('Not supported'),
  requiredAttributes: z.string().max(4000).default('').describe('Properties to be shown, separated by commas'),
});

function fixed({ stores, trial, primary }: StoreRouteParts): RouteDeclaration[] {
  return [
    route({
      ...access.view,
      operationId: 'getPrimaryUserStore',
      method: 'get',
      path: `${STORES}/primary`,
      summary: 'The primary user store',
      response: configurationAnswer,
      status: 200,
      handle: ({ request }) => ({
        ...shownKind(stores.primaryKind(request.organization.id)),
        name: PRIMARY,
        description: 'The store of deployment.toml',
        properties: [...primary(request.organization.id)],
        claimAttributeMappings: [],
      }),
    }),
    route({
      ...access.view,
      operationId: 'testRDBMSConnection',
      method: 'post',
      path: `${STORES}/test-connection`,
      summary: 'Whether a user store could be reached with certain settings',
      body: trialBody,
      response: trialAnswer,
      status: 200,
      credentials: true,
      handle: async ({ body, request }) => ({ connection: await trial.try(request.organization.id, body) }),
    }),
  ];
}

function collection(parts: StoreRouteParts): RouteDeclaration[] {
  const { service, kinds } = parts;
  return [
    route({
      ...access.view,
      operationId: 'getSecondaryUserStores',
      method: 'get',
      path: STORES,
      summary: 'Secondary user stores, in the order in which they were made',
      query: listQuery,
      response: listAnswer,
      status: 200,
      async handle({ query, request }) {
        if (query.limit !== undefined || query.offset !== undefined) throw storeErrors.noPages();
        if (query.filter !== undefined) throw storeErrors.noFilter();
        if (query.sort !== undefined) throw storeErrors.noSorting();
        const wanted = new Set(query.requiredAttributes.split(',').flatMap((name) => name.trim().toLowerCase() || []));
        return (await service.list(request.organization.id)).map((row) => {
          const { domain: name, description } = row;
          const { typeName, isLocal } = kindOf(row, kinds);
          const properties = shownSettings(row).filter((one) => wanted.has(one.name.toLowerCase()));
          return {
            id: idOfName(name),
            name,
            enabled: row.status === 'ENABLED',
            description,
            isLocal,
            self: pathOf(request.organization.prefix, row),
            typeName,
            ...(wanted.size > 0 ? { properties } : {}),
          };
        });
      },
    }),
    route({
      ...access.create,
      operationId: 'addUserStore',
      method: 'post',
      path: STORES,
      summary: 'Make a secondary user store',
      body: storeBody,
      response: storeAnswer,
      status: 201,
      async handle({ body, request }) {
        const row = await service.create(request.organization.id, body);
        return answer(await shownStore(row, parts), { headers: { Location: pathOf(request.baseUrl, row) } });
      },
    }),
  ];
}

function single(parts: StoreRouteParts): RouteDeclaration[] {
  const { service, kinds } = parts;
  const path = `${STORES}/:id`;
  return [
    route({
      ...access.view,
      operationId: 'getUserStoreByDomainId',
      method: 'get',
      path,
      summary: 'A secondary user store',
      response: configurationAnswer,
      status: 200,
      handle: async ({ params, request }) =>
        shownConfiguration(await service.get(request.organization.id, id(params)), parts),
    }),
    route({
      ...access.update,
      operationId: 'updateUserStore',
      method: 'put',
      path,
      summary: 'Replace a secondary user store but for its domain and type',
      body: storeBody,
      response: storeAnswer,
      status: 200,
      handle: async ({ params, body, request }) =>
        shownStore(await service.replace(request.organization.id, id(params), body), parts),
    }),
    route({
      ...access.update,
      operationId: 'patchUserStore',
      method: 'patch',
      path,
      summary: 'Change single properties of a secondary user store',
      body: patchBody,
      response: storeAnswer,
      status: 200,
      async handle({ params, body, request }) {
        const row = await service.get(request.organization.id, id(params));
        const { typeId } = kindOf(row, kinds);
        const next = { typeId, name: row.domain, ...patched(row, body) };
        return shownStore(await service.replace(request.organization.id, id(params), next), parts);
      },
    }),
  ];
}

function rest({ service }: StoreRouteParts): RouteDeclaration[] {
  const path = `${STORES}/:id`;
  return [
    route({
      ...access.update,
      operationId: 'updateAttributeMappings',
      method: 'patch',
      path: `${path}/attribute-mappings`,
      summary: 'Set the attributes that a store has for claims',
      body: mappingsBody,
      status: 200,
      handle: ({ params, body, request }) => service.map(request.organization.id, id(params), body),
    }),
    route({
      ...access.remove,
      operationId: 'deleteUserStore',
      method: 'delete',
      path,
      summary: 'Delete a secondary user store, and what the server knows of its users',
      status: 204,
      handle: ({ params, request }) => service.remove(request.organization.id, id(params)),
    }),
  ];
}
