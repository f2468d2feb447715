import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { hash, verify } from '@node-rs/argon2';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import Provider, { type Context, type Grant } from 'oidc-provider';
import { type BenchClient, bench, clientKey, type IdentityFacts } from './identity.js';
import type { Service } from './service.js';

const API = 'https://api.example';
const ACCOUNT = '7d2a8f0e-7a1c-4c55-9d4b-0f1b7f6f6f10';
const secret = () => randomBytes(32).toString('base64url');

/** The package oidc-provider with its in-memory adapter, set up to do the same work as Gatehouse in each row. */
export async function peer(): Promise<Service> {
  const stored = await hash(bench.user.password, bench.argon2);
  const { key, published } = await clientKey();
  const clients = {
    jwt: { id: 'bench-jwt', secret: secret() },
    opaque: { id: 'bench-opaque', secret: secret() },
    web: { id: 'bench-web', secret: secret() },
    front: { id: 'bench-front', secret: secret() },
    dpop: { id: 'bench-dpop', secret: secret() },
    keyed: { id: 'bench-keyed', secret: '', key },
  };
  let listener: RequestListener = (_, response) => response.end();
  const server = createServer((request, response) => listener(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const provider = new Provider(`http://localhost:${port}`, await configuration(clients, published));
  const rest = provider.callback();
  listener = (request, response) => {
    if (request.method === 'POST' && request.url?.startsWith('/interaction/'))
      void signIn(provider, stored, request, response);
    else void rest(request, response);
  };
  const facts: IdentityFacts = {
    port,
    paths: {
      token: '/token',
      introspection: '/token/introspection',
      userinfo: '/me',
      discovery: '/.well-known/openid-configuration',
      jwks: '/jwks',
      authorization: '/auth',
      userCode: '/device',
    },
    clients,
    redirectUri: bench.redirectUri,
    user: bench.user,
    signIn: 'interaction',
  };
  return {
    facts,
    async stop() {
      server.closeAllConnections();
    },
  };
}

/** The login post of the interaction: the same check of the same kind of hash. */
async function signIn(
  provider: Provider,
  stored: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    await provider.interactionDetails(request, response);
    const form = new URLSearchParams(await text(request));
    const known = form.get('username') === bench.user.name && (await verify(stored, form.get('password') ?? ''));
    const result = known ? { login: { accountId: ACCOUNT } } : { error: 'access_denied' };
    await provider.interactionFinished(request, response, result);
  } catch (error) {
    process.stderr.write(`${String(error)}\n`);
    response.writeHead(500).end();
  }
}

type Clients = IdentityFacts['clients'];

/** What the package is told of each client. */
function registered(clients: Clients, key: JWK): object[] {
  const machine = { grant_types: ['client_credentials'], response_types: [], redirect_uris: [] };
  const web = {
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    redirect_uris: [bench.redirectUri],
  };
  const named = ({ id, secret: client_secret }: BenchClient) => ({ client_id: id, client_secret });
  const front = {
    grant_types: [...web.grant_types, 'implicit', bench.deviceGrant],
    response_types: ['code', bench.hybrid],
    redirect_uris: web.redirect_uris,
  };
  const bound = { grant_types: [...web.grant_types, 'client_credentials'], dpop_bound_access_tokens: true };
  const keyed = { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [key] } };
  return [
    { ...named(clients.jwt), ...machine },
    { ...named(clients.opaque), ...machine },
    { ...named(clients.web), ...web },
    { ...named(clients.front), ...front },
    { ...named(clients.dpop), ...web, ...bound },
    { client_id: clients.keyed.id, ...machine, ...keyed },
  ];
}

async function configuration(clients: Clients, key: JWK): Promise<object> {
  return {
    clients: registered(clients, key),
    clientDefaults: { token_endpoint_auth_method: 'client_secret_basic' },
    jwks: { keys: [await privateJwk('RS256'), await privateJwk('ES256')] },
    cookies: { keys: [secret(), secret()] },
    claims: { profile: ['given_name'] },
    conformIdTokenClaims: false,
    findAccount: (_: unknown, id: string) => ({
      accountId: id,
      claims: () => ({ sub: id, given_name: bench.givenName }),
    }),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      deviceFlow: { enabled: true, ...devicePages },
      dPoP: { enabled: true },
      jwtResponseModes: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
      introspection: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: (ctx: Context) => (ctx.oidc.client.clientId === clients.jwt.id ? API : undefined),
        getResourceServerInfo: () => ({
          scope: '',
          audience: API,
          accessTokenTTL: 3600,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
    interactions: { url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    pkce: { required: () => true },
    rotateRefreshToken: true,
    issueRefreshToken: () => true,
    expiresWithSession: () => false,
    loadExistingGrant,
    ttl: {
      AccessToken: 3600,
      AuthorizationCode: 300,
      ClientCredentials: 3600,
      IdToken: 3600,
      RefreshToken: 86_400,
      Grant: 86_400,
      Interaction: 600,
      Session: 900,
    },
  };
}

/** The forms alone: what is around them is not what is compared. */
const devicePages = {
  userCodeInputSource: bare,
  userCodeConfirmSource: bare,
  successSource: (ctx: Context) => bare(ctx, 'done'),
};

function bare(ctx: Context, form: string): void {
  ctx.body = form;
}

/** Grants what is asked for without a question, as the package's documentation advises for one's own clients. */
async function loadExistingGrant({ oidc }: Context): Promise<Grant | undefined> {
  const { clientId } = oidc.client;
  const grantId = oidc.session.grantIdFor(clientId);
  if (grantId) return oidc.provider.Grant.find(grantId);
  const grant = new oidc.provider.Grant({ accountId: oidc.session.accountId, clientId });
  grant.addOIDCScope(bench.scope);
  await grant.save();
  return grant;
}

async function privateJwk(algorithm: 'RS256' | 'ES256'): Promise<JWK> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  return { ...(await exportJWK(privateKey)), alg: algorithm, use: 'sig' };
}
