import { z } from 'zod';
import type { RouteDeclaration, RouteTable } from './route.js';

const schemaOf = (schema: z.ZodType, io: 'input' | 'output') => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    target: 'draft-2020-12',
  }) as Record<string, unknown>;
  return rest;
};

function security(route: RouteDeclaration): object[] {
  if (route.access === 'public') return [];
  const scopes = route.access === 'authenticated' ? [] : route.access.scopes;
  return [{ oauth2: scopes }, { basic: [] }];
}

function parameters(path: string, route: RouteDeclaration): object[] {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const query = route.schemas?.query
    ? (schemaOf(route.schemas.query, 'input') as { properties?: Record<string, unknown>; required?: string[] })
    : {};
  const inQuery = Object.entries(query.properties ?? {}).map(([name, schema]) => ({
    name,
    in: 'query',
    required: query.required?.includes(name) ?? false,
    schema,
  }));
  return [...inPath, ...inQuery];
}

function operation(path: string, table: RouteTable, route: RouteDeclaration): object {
  const { body, response, status = 200, otherStatuses = [], consumes = 'json' } = route.schemas ?? {};
  const success = {
    description: 'Success',
    ...(response ? { content: { 'application/json': { schema: schemaOf(response, 'output') } } } : {}),
  };
  const type = consumes === 'form' ? 'application/x-www-form-urlencoded' : 'application/json';
  return {
    operationId: route.operationId,
    summary: route.summary,
    tags: [table.name],
    security: security(route),
    parameters: parameters(path, route),
    ...(body
      ? { requestBody: { required: !body.isOptional(), content: { [type]: { schema: schemaOf(body, 'input') } } } }
      : {}),
    responses: {
      ...Object.fromEntries([status, ...otherStatuses].map((one) => [one, success])),
      default: { description: 'Error' },
    },
  };
}

/** The OpenAPI 3.1 document of everything that the tables declare. */
export function openApiDocument(tables: readonly RouteTable[], server: string, version: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const table of tables) {
    for (const route of table.routes) {
      const path = table.base + route.path;
      const shown = path.replace(/:(\w+)/g, '{$1}');
      paths[shown] ??= {};
      paths[shown][route.method] = operation(path, table, route);
    }
  }
  const flows = {
    authorizationCode: {
      authorizationUrl: `${server}/oauth2/authorize`,
      tokenUrl: `${server}/oauth2/token`,
      scopes: {},
    },
  };
  return {
    openapi: '3.1.0',
    info: { title: 'Gatehouse', version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: server }],
    paths,
    components: { securitySchemes: { oauth2: { type: 'oauth2', flows }, basic: { type: 'http', scheme: 'basic' } } },
  };
}
