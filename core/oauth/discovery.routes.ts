import type { OrganizationResolver } from '#core/http';
import { apiErrors, type HttpRequest, type Reply, type RouteDeclaration, type RouteTable } from '#core/http';
import { whenThere } from '#core/kernel';
import type { ClientService } from './clients/client.service.js';
import type { Discovery } from './discovery.js';
import { OAuthError, oauthErrors } from './errors.js';
import type { WebFinger } from './webfinger.js';

/** What the routes of discovery answer with. */
export interface DiscoveryParts {
  readonly discovery: Discovery;
  readonly webFinger: WebFinger;
  readonly clients: ClientService;
  readonly organizations: OrganizationResolver;
}

const OPENID = '/.well-known/openid-configuration';
const OAUTH = '/.well-known/oauth-authorization-server';
const open = { method: 'get', access: 'public', cors: true } as const;
const document = (jsonText: string): Reply => ({
  status: 200,
  jsonText,
  headers: { 'Cache-Control': 'public, max-age=300' },
});

/** First segments below which there are discovery documents. */
const SEGMENTS = ['token', 'oidcdiscovery'];

/** Discovery documents below `/oauth2`. */
export function discoveryRoutes({ discovery, clients }: DiscoveryParts): RouteTable {
  const ofServer = (segment: string): RouteDeclaration => ({
    ...open,
    operationId: `discover-${segment}`,
    path: `/${segment}${OPENID}`,
    hot: true,
    summary: 'What this server can do (OpenID Connect Discovery)',
    handle: (request) => whenThere(discovery.document(request), document),
  });
  const ofClient = (segment: string): RouteDeclaration => ({
    ...open,
    operationId: `discover-${segment}-client`,
    path: `/${segment}/client/:clientId${OPENID}`,
    errors: oauthErrors,
    summary: 'What this server can do for an application',
    handle: async (request) => {
      const client = await clients.find(request.organization.id, request.params['clientId'] ?? '');
      if (client) return document(await discovery.document(request));
      throw new OAuthError('invalid_client', 'There is no application with this client id.', { status: 400 });
    },
  });
  return {
    name: 'discovery',
    base: '/oauth2',
    errors: apiErrors('OAUTH'),
    routes: [
      ...SEGMENTS.map(ofServer),
      ...SEGMENTS.map(ofClient),
      {
        ...open,
        operationId: 'describeAuthorizationServer',
        path: `/token${OAUTH}`,
        hot: true,
        summary: 'What this server can do (RFC 8414)',
        handle: (request) => whenThere(discovery.authorizationServer(request), document),
      },
      nowhere('discoverNowhere', `/:segment${OPENID}`),
      nowhere('discoverNowhereForClient', `/:segment/client/:clientId${OPENID}`),
    ],
  };
}

const nowhere = (operationId: string, path: string): RouteDeclaration => ({
  operationId,
  method: 'get',
  path,
  access: 'public',
  summary: 'Tells that there is no discovery document here',
  handle: ({ params }) => ({
    status: 400,
    text: `Invalid path to the discovery document. Received path : ${params['segment']} is not resolvable`,
  }),
});

/** What stands below `/.well-known` itself: WebFinger, and RFC 8414 §3.1, which puts the path of the issuer behind. */
export function wellKnownRoutes({ discovery, webFinger, organizations }: DiscoveryParts): RouteTable {
  const ofTenant = async (request: HttpRequest): Promise<Reply> => {
    const place = await organizations.resolve(`/t/${request.params['tenant']}/oauth2/token`);
    if (place?.path !== '/oauth2/token' || request.organization.prefix !== '')
      return { status: 404, text: 'There is no such issuer.' };
    const { organization } = place;
    const baseUrl = request.origin + organization.prefix;
    return document(await discovery.authorizationServer({ baseUrl, organization }));
  };
  return {
    name: 'well-known',
    base: '',
    errors: apiErrors('OAUTH'),
    routes: [
      {
        ...open,
        operationId: 'describeIssuer',
        path: `${OAUTH}/oauth2/token`,
        summary: 'What this server can do (RFC 8414 §3.1)',
        handle: (request) => whenThere(discovery.authorizationServer(request), document),
      },
      {
        ...open,
        operationId: 'describeIssuerOfTenant',
        path: `${OAUTH}/t/:tenant/oauth2/token`,
        summary: 'What this server can do for a tenant (RFC 8414 §3.1)',
        handle: ofTenant,
      },
      {
        operationId: 'webfinger',
        method: 'get',
        path: '/.well-known/webfinger',
        access: 'public',
        summary: 'Issuer of somebody (RFC 7033, OpenID Connect Discovery)',
        handle: (request) => webFinger.handle(request),
      },
    ],
  };
}
