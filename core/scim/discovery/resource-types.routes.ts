import type { RouteDeclaration } from '#core/http';
import { listBody } from '../protocol/paging.js';
import { Schemas } from '../protocol/schemas.js';
import { notFound } from '../protocol/scim-error.js';
import { scimRoute } from '../protocol/scim-route.js';

/** A kind of resource (RFC 7643 section 6). */
export interface ResourceType {
  readonly name: string;
  readonly endpoint: string;
  readonly description: string;
  readonly schema: string;
  /** URIs of extensions; none of them is required. */
  readonly extensions: readonly string[];
}

/** `/scim2/ResourceTypes`. @param types kinds of resources of an organization */
export function resourceTypeRoutes(types: (orgId: string) => Promise<readonly ResourceType[]>): RouteDeclaration[] {
  const common = { method: 'get', access: 'public', status: 200 } as const;
  return [
    scimRoute({
      ...common,
      operationId: 'getResourceTypes',
      path: '/ResourceTypes',
      summary: 'Kinds of resources',
      async handle({ orgId, request }) {
        const resources = (await types(orgId)).map((type) => bodyOf(type, request.baseUrl));
        return { status: 200, body: listBody(resources.length, { startIndex: 1, count: resources.length }, resources) };
      },
    }),
    scimRoute({
      ...common,
      operationId: 'getResourceType',
      path: '/ResourceTypes/:id',
      summary: 'One kind of resource',
      async handle({ orgId, params, request }) {
        const id = params['id'] ?? '';
        const found = (await types(orgId)).find(({ name }) => name.toLowerCase() === id.toLowerCase());
        if (!found) throw notFound('ResourceType', id);
        return { status: 200, body: bodyOf(found, request.baseUrl) };
      },
    }),
  ];
}

function bodyOf({ name, endpoint, description, schema, extensions }: ResourceType, baseUrl: string) {
  return {
    schemas: [Schemas.resourceType],
    id: name,
    name,
    endpoint,
    description,
    schema,
    schemaExtensions: extensions.map((urn) => ({ schema: urn, required: false })),
    meta: { resourceType: 'ResourceType', location: `${baseUrl}/scim2/ResourceTypes/${name}` },
  };
}
