import type { RouteDeclaration } from '#core/http';
import { Schemas } from '../protocol/schemas.js';
import { scimRoute } from '../protocol/scim-route.js';
import type { ScimConfig } from '../settings.js';

/** Resources in one response at most. */
export const MOST_RESULTS = 200;

/** `/ServiceProviderConfig` (RFC 7643 section 5): what the server can do. For everybody, as section 5 wants it. */
export function serviceProviderConfigRoute(config: ScimConfig): RouteDeclaration {
  return scimRoute({
    operationId: 'getServiceProviderConfig',
    method: 'get',
    path: '/ServiceProviderConfig',
    access: 'public',
    summary: 'What this SCIM service can do',
    status: 200,
    handle({ request }) {
      const location = `${request.baseUrl}/scim2/ServiceProviderConfig`;
      const body = { ...capabilities(config), meta: { resourceType: 'ServiceProviderConfig', location } };
      return { status: 200, headers: { Location: location }, body };
    },
  });
}

function capabilities(config: ScimConfig) {
  const { max_bulk_operations, max_bulk_payload, documentation_uri, oauth_bearer, http_basic } = config;
  return {
    schemas: [Schemas.serviceProviderConfig],
    ...(documentation_uri === undefined ? {} : { documentationUri: documentation_uri }),
    patch: { supported: true },
    bulk: { supported: true, maxOperations: max_bulk_operations, maxPayloadSize: max_bulk_payload },
    filter: { supported: true, maxResults: MOST_RESULTS },
    changePassword: { supported: true },
    sort: { supported: false },
    etag: { supported: true },
    pagination: { cursor: false, index: true, defaultPageSize: 100, maxPageSize: MOST_RESULTS },
    authenticationSchemes: [
      {
        name: 'OAuth Bearer Token',
        description: 'Authentication scheme using the OAuth Bearer Token Standard',
        specUri: 'https://www.rfc-editor.org/info/rfc6750',
        type: 'oauthbearertoken',
        primary: oauth_bearer.primary,
      },
      {
        name: 'HTTP Basic',
        description: 'Authentication scheme using the HTTP Basic Standard',
        specUri: 'https://www.rfc-editor.org/info/rfc7617',
        type: 'httpbasic',
        primary: http_basic.primary,
      },
    ],
  };
}
