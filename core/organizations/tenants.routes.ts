import { type RouteDeclaration, type RouteTable, reply, route } from '#core/http';
import { renderTenantError, tenantErrors } from './errors.js';
import type { OrganizationEntity } from './organization.entity.js';
import { type OrganizationService, SUPER_ORGANIZATION } from './organization.service.js';
import { listTenants } from './tenant-list.js';
import {
  changedOwner,
  lifecycleStatus,
  newTenant,
  ownerAnswer,
  ownersAnswer,
  ownersOf,
  shownTenant,
  tenantAnswer,
  tenantListAnswer,
  tenantListQuery,
} from './tenant-model.js';
import { ownerQuery, type TenantOwners } from './tenant-owners.js';

/** What the routes are made of. */
export interface TenantRouteParts {
  readonly organizations: OrganizationService;
  /** Users are the business of a room above, so this is there only once all are set up. */
  readonly owners: () => TenantOwners;
}

const BASE = '/api/server/v1';
const list = { access: { scopes: ['internal_list_tenants'] }, cors: true } as const;
// The published text names the listing scope for the making of tenants, too; a scope that reads must not make.
const modify = { access: { scopes: ['internal_modify_tenants'] }, cors: true } as const;

/** `/api/server/v1/tenants`: the super tenant makes, switches and removes the other tenants. */
export function tenantRoutes(parts: TenantRouteParts): RouteTable {
  const routes = [...collection(parts), ...byDomain(parts), ...single(parts), ...owners(parts)];
  return { name: 'tenants', base: BASE, errors: renderTenantError, routes: routes.map(inSuperTenant) };
}

function inSuperTenant(declaration: RouteDeclaration): RouteDeclaration {
  return {
    ...declaration,
    handle(request) {
      if (request.organization.id !== SUPER_ORGANIZATION.id) throw tenantErrors.elsewhere();
      return declaration.handle(request);
    },
  };
}

/** A tenant by id. Neither the super tenant nor an organization below a tenant is one. */
async function tenantOf({ organizations }: TenantRouteParts, id: string | undefined): Promise<OrganizationEntity> {
  const found = await organizations.byId(id ?? '');
  if (!found || found.parentId !== null || found.id === SUPER_ORGANIZATION.id) throw tenantErrors.noSuchId(id ?? '');
  return found;
}

async function ownedBy(parts: TenantRouteParts, params: Readonly<Record<string, string>>): Promise<OrganizationEntity> {
  const tenant = await tenantOf(parts, params['tenantId']);
  const { ownerId = '' } = params;
  if (tenant.ownerId !== ownerId) throw tenantErrors.noSuchOwner(ownerId);
  return tenant;
}

function collection({ organizations }: TenantRouteParts): RouteDeclaration[] {
  return [
    route({
      ...list,
      operationId: 'retrieveTenants',
      method: 'get',
      path: '/tenants',
      summary: 'Tenants, in the order of their domains',
      query: tenantListQuery,
      response: tenantListAnswer,
      status: 200,
      handle: ({ query, request }) => listTenants(organizations, query, request),
    }),
    route({
      ...modify,
      operationId: 'addTenant',
      method: 'post',
      path: '/tenants',
      summary: 'Make a tenant with its owner',
      body: newTenant,
      status: 201,
      async handle({ body, request }) {
        const { provisioningMethod, password, ...owner } = body.owners[0];
        if (/^invite-via-email$/i.test(provisioningMethod))
          throw tenantErrors.invalid('This server sends no e-mail yet: use the provisioning method inline-password.');
        if (!/^inline-password$/i.test(provisioningMethod))
          throw tenantErrors.invalid(`There is no provisioning method ${provisioningMethod}: use inline-password.`);
        if (!password) throw tenantErrors.missing('password');
        const { id } = await organizations.createTenant(body.domain, body.name, { ...owner, password });
        return reply({ status: 201, headers: { Location: `${request.baseUrl}${BASE}/tenants/${id}` } });
      },
    }),
    {
      ...modify,
      operationId: 'addChannelVerifiedTenant',
      method: 'post',
      path: '/channel-verified-tenants',
      summary: 'Not supported: it needs codes sent by e-mail',
      handle() {
        throw tenantErrors.noCodes();
      },
    },
  ];
}

function byDomain({ organizations }: TenantRouteParts): RouteDeclaration[] {
  return [
    // In front of the GET route, which would answer HEAD as well. Organizations share the names of tenants.
    route({
      ...list,
      operationId: 'isDomainExist',
      method: 'head',
      path: '/tenants/domain/:tenantDomain',
      summary: 'Whether a domain is taken',
      status: 200,
      async handle({ params: { tenantDomain = '' } }) {
        if (!(await organizations.byHandle(tenantDomain))) throw tenantErrors.noSuchDomain(tenantDomain);
      },
    }),
    route({
      ...list,
      operationId: 'getTenantByDomain',
      method: 'get',
      path: '/tenants/domain/:tenantDomain',
      summary: 'A tenant by its domain',
      response: tenantAnswer,
      status: 200,
      async handle({ params: { tenantDomain = '' } }) {
        const found = await organizations.byHandle(tenantDomain);
        if (!found || found.parentId !== null || found.id === SUPER_ORGANIZATION.id)
          throw tenantErrors.noSuchDomain(tenantDomain);
        return shownTenant(found);
      },
    }),
  ];
}

function single(parts: TenantRouteParts): RouteDeclaration[] {
  const { organizations } = parts;
  return [
    route({
      ...list,
      operationId: 'getTenant',
      method: 'get',
      path: '/tenants/:tenantId',
      summary: 'A tenant',
      response: tenantAnswer,
      status: 200,
      handle: async ({ params }) => shownTenant(await tenantOf(parts, params['tenantId'])),
    }),
    route({
      ...modify,
      operationId: 'updateTenantStatus',
      method: 'put',
      path: '/tenants/:tenantId/lifecycle-status',
      summary: 'Switch a tenant on or off; off, nothing below its path answers',
      body: lifecycleStatus,
      status: 200,
      async handle({ params, body, request }) {
        const { id } = await tenantOf(parts, params['tenantId']);
        await organizations.setActive(id, body.activated);
        return reply({ status: 200, headers: { Location: `${request.baseUrl}${BASE}/tenants/${id}` } });
      },
    }),
    route({
      ...modify,
      operationId: 'deleteTenantMetadata',
      method: 'delete',
      path: '/tenants/:tenantId/metadata',
      summary: 'Remove the record of a tenant; its data stays',
      status: 204,
      async handle({ params }) {
        await organizations.deleteMetadata((await tenantOf(parts, params['tenantId'])).id);
      },
    }),
  ];
}

function owners(parts: TenantRouteParts): RouteDeclaration[] {
  return [
    route({
      ...list,
      operationId: 'getOwners',
      method: 'get',
      path: '/tenants/:tenantId/owners',
      summary: 'Owners of a tenant',
      response: ownersAnswer,
      status: 200,
      handle: async ({ params }) => ownersOf(await tenantOf(parts, params['tenantId'])),
    }),
    route({
      ...list,
      operationId: 'getOwner',
      method: 'get',
      path: '/tenants/:tenantId/owners/:ownerId',
      summary: 'An owner of a tenant',
      query: ownerQuery,
      response: ownerAnswer,
      status: 200,
      async handle({ params, query }) {
        const tenant = await ownedBy(parts, params);
        const found = await parts.owners().find(tenant, query.additionalClaims);
        if (!found) throw tenantErrors.noSuchOwner(params['ownerId'] ?? '');
        return found;
      },
    }),
    route({
      ...modify,
      operationId: 'updateOwner',
      method: 'put',
      path: '/tenants/:tenantId/owners/:ownerId',
      summary: 'Change the owner of a tenant',
      body: changedOwner,
      status: 200,
      async handle({ params, body }) {
        const tenant = await ownedBy(parts, params);
        if (!(await parts.owners().update(tenant, body))) throw tenantErrors.noSuchOwner(params['ownerId'] ?? '');
      },
    }),
  ];
}
