import { z } from 'zod';
import type { OrganizationEntity } from './organization.entity.js';

/** Bodies and answers of the tenants API, as published. */

const name = z.string().trim().min(1).max(255);
const additionalClaim = z.object({ claim: z.string().min(1), value: z.string() });
const additionalClaims = z.array(additionalClaim).max(100).default([]);

const newOwner = z.object({
  username: z.string().trim().min(1).max(255),
  password: z.string().max(1024).optional(),
  email: z.email().max(255),
  firstname: name.optional(),
  lastname: name.optional(),
  provisioningMethod: z.string(),
  additionalClaims,
});

/** Body of `POST /tenants`. Only the first owner is looked at. */
export const newTenant = z.object({
  domain: z.string().min(1).max(255),
  name: name.optional(),
  owners: z.tuple([newOwner], z.unknown()),
});

/** Body of `PUT /tenants/{id}/owners/{id}`. */
export const changedOwner = z.object({
  email: z.email().max(255),
  firstname: name,
  lastname: name,
  password: z.string().min(1).max(1024).optional(),
  additionalClaims,
});

/** Body of `PUT /tenants/{id}/lifecycle-status`. */
export const lifecycleStatus = z.object({ activated: z.boolean() });

const whole = z
  .string()
  .regex(/^\d{1,9}$/)
  .transform(Number);

/** Query of `GET /tenants`. */
export const tenantListQuery = z.object({
  limit: whole.optional(),
  offset: whole.optional(),
  sortOrder: z
    .string()
    .regex(/^(asc|desc)$/i)
    .optional(),
  sortBy: z
    .string()
    .regex(/^domainName$/i, { error: 'only domainName is supported' })
    .optional(),
  filter: z.string().max(300).optional(),
});

const ownerReference = z.object({ id: z.string(), username: z.string() });

/** A tenant in answers. */
export const tenantAnswer = z.object({
  id: z.string(),
  name: z.string(),
  domain: z.string(),
  owners: z.array(ownerReference),
  createdDate: z.string(),
  lifecycleStatus,
});

/** Answer of `GET /tenants`. */
export const tenantListAnswer = z.object({
  totalResults: z.int(),
  startIndex: z.int(),
  count: z.int(),
  links: z.array(z.object({ href: z.string(), rel: z.enum(['next', 'previous']) })),
  tenants: z.array(tenantAnswer),
});

/** Answer of `GET /tenants/{id}/owners`. */
export const ownersAnswer = z.array(ownerReference);

/** Answer of `GET /tenants/{id}/owners/{id}`. */
export const ownerAnswer = z.object({
  id: z.string(),
  username: z.string(),
  email: z.string().optional(),
  firstname: z.string().optional(),
  lastname: z.string().optional(),
  additionalClaims: z.array(additionalClaim).optional(),
});

/** Who owns a tenant. */
export const ownersOf = ({ ownerId, ownerName }: OrganizationEntity): z.input<typeof ownersAnswer> =>
  ownerId === null ? [] : [{ id: ownerId, username: ownerName ?? '' }];

/** A tenant as answers show it. */
export const shownTenant = (tenant: OrganizationEntity): z.input<typeof tenantAnswer> => ({
  id: tenant.id,
  name: tenant.name,
  domain: tenant.handle,
  owners: ownersOf(tenant),
  createdDate: new Date(tenant.createdAt).toISOString(),
  lifecycleStatus: { activated: tenant.status === 'ACTIVE' },
});
