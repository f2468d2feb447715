export { /** @public */ ScimError } from './protocol/scim-error.js';
