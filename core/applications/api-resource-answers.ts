import { z } from 'zod';
import type { ApiResource, ApiScope } from '#core/access';
import type { HttpRequest } from '#core/http';

/** Path of the API resource API. */
export const API_RESOURCES = '/api/server/v1/api-resources';

/** `ScopeGetModel` of the contract. */
export const scopeAnswer = z.object({
  id: z.string(),
  name: z.string(),
  displayName: z.string(),
  description: z.string().optional(),
});

/** `AuthorizationDetailsTypesGetModel` of the contract. */
export const detailsTypeAnswer = z.object({
  id: z.string(),
  type: z.string(),
  name: z.string(),
  description: z.string(),
  schema: z.record(z.string(), z.unknown()),
});

const property = z.object({ name: z.string(), value: z.string() });
const item = z.object({
  id: z.string(),
  name: z.string(),
  identifier: z.string(),
  type: z.string(),
  requiresAuthorization: z.boolean(),
  properties: z.array(property).optional(),
  self: z.string(),
});

/** `APIResourceListResponse` of the contract. */
export const listAnswer = z.object({
  totalResults: z.int(),
  links: z.array(z.object({ rel: z.string(), href: z.string() })),
  APIResources: z.array(item),
});

/** `APIResourceResponse` of the contract. */
export const resourceAnswer = item.extend({
  description: z.string().optional(),
  scopes: z.array(scopeAnswer),
  authorizationDetailsTypes: z.array(detailsTypeAnswer),
  subscribedApplications: z.array(z.object({ id: z.string(), name: z.string() })),
});

/** An API resource as a list shows it. */
export const shownItem = (
  { id, name, identifier, type, requiresAuthorization }: ApiResource,
  { organization }: Pick<HttpRequest, 'organization'>,
): z.input<typeof item> => ({
  id,
  name,
  identifier,
  type,
  requiresAuthorization,
  self: `${organization.prefix}${API_RESOURCES}/${id}`,
});

/** A scope as answers show it. */
export const shownScope = ({ id, name, displayName, description }: ApiScope): z.input<typeof scopeAnswer> => ({
  id,
  name,
  displayName,
  ...(description === undefined ? {} : { description }),
});

/** A type of authorization details as answers show it. */
export const shownType = ({
  id,
  type,
  name,
  description,
  schema,
}: {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly description: string | null;
  readonly schema: Readonly<Record<string, unknown>>;
}): z.input<typeof detailsTypeAnswer> => ({ id, type, name, description: description ?? '', schema: { ...schema } });
