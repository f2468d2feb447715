import type { ClaimDialects } from './claim-dialects.js';
import { claimErrors } from './claim-errors.js';
import { claimUri, type ExternalClaim, type ExternalDialect, OIDC_DIALECT } from './claim-model.js';

const SCIM_CORE = 'urn:ietf:params:scim:schemas:core:2.0';
/** SCIM schemas whose attributes are what they are. */
const fixedSchemas = new Set([
  SCIM_CORE,
  `${SCIM_CORE}:User`,
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
  'urn:scim:wso2:schema',
  'urn:scim:schemas:core:1.0',
]);
/** Whether a dialect is a SCIM schema that neither grows nor shrinks. */
export const isFixedSchema = (dialectUri: string): boolean => fixedSchemas.has(dialectUri);

/** SCIM attributes that the server itself gives their values. */
const bound = new Set(['username', 'groups', 'roles'].map(claimUri));
/** Members of tokens that say something else, so no claim may take their place. */
const reserved = new Set(
  (
    'iss sub aud exp nbf iat jti nonce azp acr amr auth_time at_hash c_hash s_hash sid act may_act cnf scope ' +
    'client_id token_type active authorization_details aut binding_type binding_ref events org_id org_name org_handle ' +
    'user_org realm entity_id entity_type __proto__ constructor prototype'
  ).split(' '),
);
/** RFC 7643 section 2.1, with at most one sub-attribute. */
const attribute = /^[A-Za-z][\w$-]{0,99}(\.[A-Za-z$][\w$-]{0,99})?$/;

/** Whether a claim may be added to a dialect. @throws ApiError CMT-60001, CMT-60002, CMT-60008, CMT-50038 */
export function checkAdded(dialect: ExternalDialect, uri: string, dialects: ClaimDialects): void {
  const { dialectURI } = dialect;
  if (uri === '') throw claimErrors.emptyUri();
  if (!/^[^\s\p{Cc}\p{Cs}]+$/u.test(uri)) throw claimErrors.invalid('claimURI: it is a URI or a name, without spaces.');
  if (dialect.claims.some(({ claimURI }) => claimURI === uri)) throw claimErrors.exists(uri);
  if (dialect.system && fixedSchemas.has(dialectURI))
    throw claimErrors.system(`The schema ${dialectURI} takes no more attributes; ${dialects.customSchema} does.`);
  if (dialectURI === OIDC_DIALECT && reserved.has(uri))
    throw claimErrors.invalid(`claimURI: ${uri} has a meaning of its own in tokens.`);
  if (dialectURI !== dialects.customSchema && dialectURI !== 'urn:scim:wso2:agent:schema') return;
  const prefix = `${dialectURI}:`;
  if (!uri.startsWith(prefix) || !attribute.test(uri.slice(prefix.length)))
    throw claimErrors.invalid(`claimURI: it is ${prefix} and the name of an attribute.`);
  const lower = uri.toLowerCase();
  if (dialect.claims.some(({ claimURI }) => claimURI.toLowerCase() === lower)) throw claimErrors.exists(uri);
}

/**
 * Whether a claim of a dialect may map to something else, or go.
 *
 * @throws ApiError CMT-60008 for attributes of SCIM that the server gives their values
 */
export function checkRemapped(dialect: ExternalDialect, before: ExternalClaim, after: ExternalClaim | undefined): void {
  if (!fixedSchemas.has(dialect.dialectURI) || before.mappedLocalClaimURI === after?.mappedLocalClaimURI) return;
  if (!after) throw claimErrors.system(`Attributes of the schema ${dialect.dialectURI} cannot be removed.`);
  if (dialect.dialectURI === SCIM_CORE || bound.has(before.mappedLocalClaimURI))
    throw claimErrors.system(`The server itself gives ${before.claimURI} its value.`);
}
