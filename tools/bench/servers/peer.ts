import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { hash, verify } from '@node-rs/argon2';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import Provider, { type Context, type Grant } from 'oidc-provider';
import { bench, type IdentityFacts } from './identity.js';
import type { Service } from './service.js';

const API = 'https://api.example';
const ACCOUNT = '7d2a8f0e-7a1c-4c55-9d4b-0f1b7f6f6f10';
const secret = () => randomBytes(32).toString('base64url');

/** The package oidc-provider with its in-memory adapter, set up to do the same work as Gatehouse in each row. */
export async function peer(): Promise<Service> {
  const stored = await hash(bench.user.password, bench.argon2);
  const clients = {
    jwt: { id: 'bench-jwt', secret: secret() },
    opaque: { id: 'bench-opaque', secret: secret() },
    web: { id: 'bench-web', secret: secret() },
  };
  let listener: RequestListener = (_, response) => response.end();
  const server = createServer((request, response) => listener(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const provider = new Provider(`http://localhost:${port}`, await configuration(clients));
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

type Clients = Readonly<Record<'jwt' | 'opaque' | 'web', { readonly id: string; readonly secret: string }>>;

async function configuration(clients: Clients): Promise<object> {
  const machine = { grant_types: ['client_credentials'], response_types: [], redirect_uris: [] };
  const web = {
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    redirect_uris: [bench.redirectUri],
  };
  const named = ({ id, secret: client_secret }: { id: string; secret: string }) => ({ client_id: id, client_secret });
  return {
    clients: [
      { ...named(clients.jwt), ...machine },
      { ...named(clients.opaque), ...machine },
      { ...named(clients.web), ...web },
    ],
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
