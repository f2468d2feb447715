import { z } from 'zod';
import { apiResourceErrors, type NewApiScope, OWN_TYPES } from '#core/access';
import { jsonBody } from '#core/http';

/** PostgreSQL cannot keep it. */
const hasNoNul = (text: string) => !text.includes('\0');
const plain = z.string().refine(hasNoNul, { error: 'NUL is no text' });
const text = plain.max(1024);
const scope = z.strictObject({
  name: z.string().default(''),
  displayName: plain.trim().max(255).optional(),
  description: text.optional(),
});
const scopes = z.array(scope).max(500);

/** `AuthorizationDetailsTypesCreationModel` of the contract. */
export const detailsType = z.strictObject({
  type: plain.min(1).max(191),
  name: plain.min(3).max(255),
  description: text.default(''),
  schema: z.record(z.string(), z.unknown()),
});
const detailsTypes = z.array(detailsType).max(100);

/** `APIResourceCreationModel` of the contract; that name and identifier are there is checked by their own codes. */
export const creationBody = jsonBody(
  z.strictObject({
    identifier: plain.trim().max(255).default(''),
    name: plain.trim().max(255).default(''),
    description: text.optional(),
    requiresAuthorization: z.boolean().default(true),
    scopes: scopes.default([]),
    authorizationDetailsTypes: detailsTypes.default([]),
    resourceType: z.enum(OWN_TYPES).default('BUSINESS'),
  }),
);

/** `APIResourcePatchModel` of the contract. */
export const patchBody = jsonBody(
  z.strictObject({
    name: plain.trim().max(255).optional(),
    description: text.optional(),
    addedScopes: scopes.default([]),
    removedScopes: z.array(z.string()).default([]),
    addedAuthorizationDetailsTypes: detailsTypes.default([]),
    removedAuthorizationDetailsTypes: z.array(z.string().max(191)).max(100).default([]),
  }),
);

/** List of `ScopeCreationModel` of the contract. */
export const scopesBody = jsonBody(scopes);
/** `ScopePatchModel` of the contract. */
export const scopePatchBody = jsonBody(
  z.strictObject({ displayName: plain.trim().min(1).max(255).optional(), description: text.optional() }),
);
/** List of `AuthorizationDetailsTypesCreationModel` of the contract. */
export const detailsTypesBody = jsonBody(detailsTypes);
/** One of them. */
export const detailsTypeBody = jsonBody(detailsType);

/** Scopes as they are kept: one without a title has its name for one. Throws ApiError API-RESOURCE-60005. */
export const scopesOf = (given: readonly z.output<typeof scope>[]): NewApiScope[] =>
  given.map(({ name, displayName, description }) => {
    if (name === '') throw apiResourceErrors.scopeName('');
    return { name, displayName: displayName || name, description };
  });
