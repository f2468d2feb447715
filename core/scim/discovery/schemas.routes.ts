import { inject, injectable } from 'tsyringe';
import type { RouteDeclaration } from '#core/http';
import type { ClaimDialects, LocalClaim } from '#core/users';
import { Schemas } from '../protocol/schemas.js';
import { notFound } from '../protocol/scim-error.js';
import { scimRoute } from '../protocol/scim-route.js';
import { type ScimConfig, ScimConfigToken } from '../settings.js';
import { type UserSchemas, UserSchemasToken } from '../users/user-schemas.js';
import { schemaBody } from './schema-bodies.js';

/** `/scim2/Schemas`: what users have, as the organization has set it up. For everybody, like the rest of discovery. */
@injectable()
export class SchemaRoutes {
  constructor(
    @inject(UserSchemasToken) private readonly schemas: UserSchemas,
    @inject(ScimConfigToken) private readonly config: ScimConfig,
  ) {}

  /** The routes. */
  routes(): readonly RouteDeclaration[] {
    return [
      scimRoute({
        operationId: 'getSchemas',
        method: 'get',
        path: '/Schemas',
        access: 'public',
        summary: 'Schemas of users, with the attributes that are displayed',
        status: 200,
        handle: async ({ orgId }) => ({ status: 200, body: await this.#all(orgId) }),
      }),
      scimRoute({
        operationId: 'getSchema',
        method: 'get',
        path: '/Schemas/:id',
        access: 'public',
        summary: 'One schema of users',
        status: 200,
        handle: async ({ orgId, params, request }) => {
          const id = params['id'] ?? '';
          const found = (await this.#all(orgId)).find((one) => one.id.toLowerCase() === id.toLowerCase());
          if (!found) throw notFound('Schema', id);
          const location = `${request.baseUrl}/scim2/Schemas/${found.id}`;
          return { status: 200, body: { ...found, meta: { resourceType: 'Schema', location } } };
        },
      }),
    ];
  }

  async #all(orgId: string) {
    if (!this.config.enable_list_user_schemas) return [];
    const dialects = await this.schemas.dialectsOf(orgId);
    const { enterprise, custom } = this.schemas.shown;
    const ids: readonly (readonly [id: string, name: string, description: string])[] = [
      [Schemas.common, 'Core', 'Attributes of every resource'],
      [Schemas.user, 'User', 'User Account'],
      ...(enterprise ? ([[Schemas.enterpriseUser, 'EnterpriseUser', 'Enterprise User']] as const) : []),
      [Schemas.system, 'System', 'Attributes of accounts that the server knows'],
      ...(custom ? ([[dialects.customSchema, 'CustomUser', 'Attributes of your own']] as const) : []),
    ];
    return ids.map(([id, name, description]) => schemaBody({ id, name, description }, displayed(dialects, id)));
  }
}

/** Claims of a dialect that are displayed, with their names in it. */
function displayed(dialects: ClaimDialects, id: string): readonly (readonly [string, LocalClaim])[] {
  return dialects.external(id).flatMap(({ claimURI, mappedLocalClaimURI }) => {
    const claim = dialects.local(mappedLocalClaimURI);
    return claim?.supportedByDefault === true ? [[claimURI.slice(id.length + 1), claim] as const] : [];
  });
}
