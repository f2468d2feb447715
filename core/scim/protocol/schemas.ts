const CORE = 'urn:ietf:params:scim:schemas:core:2.0';
const MESSAGES = 'urn:ietf:params:scim:api:messages:2.0';

/** URIs of schemas of resources (RFC 7643 section 8, and those of the contract). */
export const Schemas = {
  /** What all resources have: `id`, `externalId`, `meta`. */
  common: CORE,
  user: `${CORE}:User`,
  group: `${CORE}:Group`,
  resourceType: `${CORE}:ResourceType`,
  serviceProviderConfig: `${CORE}:ServiceProviderConfig`,
  enterpriseUser: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
  role: 'urn:ietf:params:scim:schemas:extension:2.0:Role',
  system: 'urn:scim:wso2:schema',
} as const;

/** URIs of messages (RFC 7644 section 8.2). */
export const Messages = {
  list: `${MESSAGES}:ListResponse`,
  search: `${MESSAGES}:SearchRequest`,
  patch: `${MESSAGES}:PatchOp`,
  bulkRequest: `${MESSAGES}:BulkRequest`,
  bulkResponse: `${MESSAGES}:BulkResponse`,
  error: `${MESSAGES}:Error`,
} as const;
