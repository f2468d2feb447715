import { z } from 'zod';
import { type RouteDeclaration, route } from '#core/http';
import { storeErrors } from './store-errors.js';
import type { StoreKinds } from './store-kinds.js';
import { attributesAnswer, shownAttributes, shownKind, shownType, typeAnswer, typesAnswer } from './store-model.js';
import { access, BASE, STORES, type StoreRouteParts } from './store-route-parts.js';
import type { UserStoreManager } from './user-store.js';

const TYPES = `${STORES}/meta/types`;

function kind(kinds: StoreKinds, params: Readonly<Record<string, string>>): UserStoreManager {
  const manager = kinds.byTypeId(params['typeId'] ?? '');
  if (!manager || !kinds.isAllowed(manager)) throw storeErrors.noSuchType();
  return manager;
}

/** `/userstores/meta/types`: kinds of stores, and what can be set of them. */
export function storeTypeRoutes({ kinds, catalog }: StoreRouteParts): RouteDeclaration[] {
  return [
    route({
      ...access.view,
      operationId: 'getAvailableUserStoreTypes',
      method: 'get',
      path: TYPES,
      summary: 'Kinds of user stores',
      response: typesAnswer,
      status: 200,
      handle: ({ request }) =>
        kinds.offered.map((manager) => {
          const shown = shownKind(manager);
          return { ...shown, self: `${request.organization.prefix}${BASE}${TYPES}/${shown.typeId}` };
        }),
    }),
    route({
      ...access.view,
      operationId: 'getUserStoreManagerProperties',
      method: 'get',
      path: `${TYPES}/:typeId`,
      summary: 'What can be set of a kind of user store',
      response: typeAnswer,
      status: 200,
      handle: ({ params }) => shownType(kind(kinds, params)),
    }),
    route({
      ...access.view,
      operationId: 'getUserStoreAttributeMappings',
      method: 'get',
      path: `${TYPES}/:typeId/attributes`,
      summary: 'Attributes that a kind of user store has for claims',
      query: z.object({
        includeIdentityClaimMappings: z.enum(['true', 'false']).default('false').describe('Identity claims too'),
      }),
      response: attributesAnswer,
      status: 200,
      handle: async ({ params, query, request }) =>
        shownAttributes(
          kind(kinds, params),
          await catalog.of(request.organization.id),
          query.includeIdentityClaimMappings === 'true',
        ),
    }),
  ];
}
