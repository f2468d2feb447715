import { inject, injectable } from 'tsyringe';
import type { RouteDeclaration } from '#core/http';
import type { ClaimDialects, LocalClaim } from '#core/users';
import type { ScimSchema } from '../attributes/resource-model.js';
import { GroupModel } from '../groups/group-schema.js';
import { answerForm } from '../protocol/media-types.js';
import { listBody } from '../protocol/paging.js';
import { Schemas } from '../protocol/schemas.js';
import { notFound } from '../protocol/scim-error.js';
import { scimRoute } from '../protocol/scim-route.js';
import { RoleModel } from '../roles/role-schema.js';
import { type ScimConfig, ScimConfigToken } from '../settings.js';
import { publishedSchemas } from '../users/published-schemas.js';
import { titled } from '../users/schema-titles.js';
import { type UserSchemas, UserSchemasToken } from '../users/user-schemas.js';
import { DISCOVERY_SCHEMAS } from './discovery-schemas.js';
import { rfcSchema } from './rfc-schemas.js';
import { schemaBody } from './schema-bodies.js';

/** The form of the answer depends on what the client accepts. */
const VARY = { Vary: 'Accept' } as const;
const RESOURCES = [GroupModel.core, RoleModel.core];

/** `/scim2/Schemas`: what resources have, as the organization has set it up. For everybody, like all of discovery. */
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
        handle: async ({ orgId, request }) => {
          if (answerForm(request) === 'contract') return { status: 200, headers: VARY, body: await this.#all(orgId) };
          const all = (await this.#rfc(orgId)).map((one) => rfcSchema(one, request.baseUrl));
          const body = listBody(all.length, { startIndex: 1, count: all.length }, all);
          return { status: 200, headers: VARY, body };
        },
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
          if (answerForm(request) === 'rfc') {
            const body = rfcSchema(named(await this.#rfc(orgId), id), request.baseUrl);
            return { status: 200, headers: VARY, body };
          }
          const found = named(await this.#all(orgId), id);
          const location = `${request.baseUrl}/scim2/Schemas/${found.id}`;
          return { status: 200, headers: VARY, body: { ...found, meta: { resourceType: 'Schema', location } } };
        },
      }),
    ];
  }

  /** What clients of the RFC get: schemas of every kind of resource, with all that can be in one. */
  async #rfc(orgId: string): Promise<readonly ScimSchema[]> {
    if (!this.config.enable_list_user_schemas) return [...RESOURCES, ...DISCOVERY_SCHEMAS];
    return [...publishedSchemas(await this.schemas.of(orgId)), ...RESOURCES, ...DISCOVERY_SCHEMAS];
  }

  /** What clients of the contract get: schemas of users, with the attributes that are displayed. */
  async #all(orgId: string) {
    if (!this.config.enable_list_user_schemas) return [];
    const dialects = await this.schemas.dialectsOf(orgId);
    const { enterprise, custom } = this.schemas.shown;
    const ids = [
      Schemas.common,
      Schemas.user,
      ...(enterprise ? [Schemas.enterpriseUser] : []),
      Schemas.system,
      ...(custom ? [dialects.customSchema] : []),
    ];
    return ids.map((id) => schemaBody(titled(id), displayed(dialects, id)));
  }
}

/** @throws ScimError 404 */
function named<T extends { readonly id: string }>(schemas: readonly T[], id: string): T {
  const found = schemas.find((one) => one.id.toLowerCase() === id.toLowerCase());
  if (!found) throw notFound('Schema', id);
  return found;
}

/** Claims of a dialect that are displayed, with their names in it. */
function displayed(dialects: ClaimDialects, id: string): readonly (readonly [string, LocalClaim])[] {
  return dialects.external(id).flatMap(({ claimURI, mappedLocalClaimURI }) => {
    const claim = dialects.local(mappedLocalClaimURI);
    return claim?.supportedByDefault === true ? [[claimURI.slice(id.length + 1), claim] as const] : [];
  });
}
