import type { HttpRequest } from '#core/http';
import type { Connections } from './connections.service.js';
import { providerErrors } from './errors.js';
import type { IdentityProviderEntity } from './identity-provider.entity.js';
import { type Face, PROVIDERS } from './provider-answers.js';

/** Who may do what, by the scopes of the contract. */
export const view = { access: { scopes: ['internal_idp_view'] }, cors: true } as const;
export const create = { access: { scopes: ['internal_idp_create'] }, cors: true } as const;
export const update = { access: { scopes: ['internal_idp_update'] }, cors: true } as const;
export const remove = { access: { scopes: ['internal_idp_delete'] }, cors: true } as const;

/** The identity provider of the path. Throws ApiError IDP-60002 when it is not there. */
export async function found(
  connections: Connections,
  { organization, params }: HttpRequest,
  face: Face = PROVIDERS,
): Promise<IdentityProviderEntity> {
  const id = params['id'] ?? '';
  const provider = await connections.find(organization.id, id);
  if (!provider || (face !== PROVIDERS && provider.kind !== 'TOKEN_ISSUER')) throw providerErrors.notFound(id);
  return provider;
}
