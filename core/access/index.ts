export { type AuthorizedApiService, AuthorizedApiServiceToken } from './authorized-api.service.js';
export { type Consent, type ConsentService, ConsentServiceToken } from './consent.service.js';
export { EVERY_SCOPE, type RoleService, RoleServiceToken, scopesOf } from './role.service.js';
