import { apiErrors } from '#core/http';

const may = (what: 'view' | 'create' | 'update' | 'delete') =>
  ({ access: { scopes: [`internal_api_resource_${what}`] }, cors: true }) as const;

/** Who may do what, by the scopes of the contract. */
export const [view, create, update, remove] = [may('view'), may('create'), may('update'), may('delete')];

/** Renders errors of the API resource API. */
export const errors = apiErrors('API-RESOURCE');
