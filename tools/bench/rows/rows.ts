import { requestText } from '../load/connection.js';
import type { Operation } from '../load/drive.js';
import type { IdentityFacts } from '../servers/identity.js';
import { furtherRows } from './further-rows.js';
import { basic, clientCredentials, expectStatus, once, signIn, type Tokens } from './requests.js';
import type { Limit, Row } from './row.js';

const rsa = 'RSA-2048, RS256';
const durable = 'SQLite, synchronous=FULL';
const nothing = { store: 'nothing', durability: '-' } as const;

/** The same request again and again; its answer has to be a 200 that holds a text. */
function repeated(request: string, holds: string): Operation {
  return async (connection) => {
    const { body } = expectStatus(await connection.send(request), 200);
    if (!body.includes(holds)) throw new Error(`the answer lacks ${holds}: ${body}`);
  };
}

async function accessToken(facts: IdentityFacts, kind: 'jwt' | 'opaque'): Promise<string> {
  const request = clientCredentials(facts, facts.clients[kind]);
  const answer = await once(facts.port, async (connection) => connection.send(request));
  return (JSON.parse(expectStatus(answer, 200).body) as Tokens).access_token;
}

async function introspection(facts: IdentityFacts, kind: 'jwt' | 'opaque'): Promise<Operation> {
  const token = await accessToken(facts, kind);
  const request = requestText('POST', facts.paths.introspection, basic(facts.clients[kind]), { token });
  return repeated(request, '"active":true');
}

/** Each operation takes a refresh token out of the pool and puts the one that it gets back in. */
async function refreshing(facts: IdentityFacts, connections: number): Promise<Operation> {
  const pool = await once(facts.port, async (connection) => {
    const tokens: string[] = [];
    while (tokens.length < connections) tokens.push((await signIn(facts, connection)).refresh_token);
    return tokens;
  });
  const headers = basic(facts.clients.web);
  return async (connection) => {
    const token = pool.pop();
    if (token === undefined) throw new Error('there are more connections than refresh tokens');
    const form = { grant_type: 'refresh_token', refresh_token: token };
    const answer = await connection.send(requestText('POST', facts.paths.token, headers, form));
    const next = (JSON.parse(expectStatus(answer, 200).body) as Tokens).refresh_token;
    if (next === token) throw new Error('the refresh token was not rotated');
    pool.push(next);
  };
}

async function userinfo(facts: IdentityFacts): Promise<Operation> {
  const { access_token } = await once(facts.port, (connection) => signIn(facts, connection));
  const request = requestText('GET', facts.paths.userinfo, { authorization: `Bearer ${access_token}` });
  return repeated(request, '"given_name"');
}

const credentialsJwt: Row = {
  name: 'client-credentials-jwt',
  title: 'Client credentials, JWT',
  conditions: {
    key: rsa,
    format: 'JWT',
    auth: 'client_secret_basic',
    store: 'token record, durable before the answer',
    durability: durable,
  },
  prepare: async (facts) => repeated(clientCredentials(facts, facts.clients.jwt), '"access_token"'),
};

/** The rows of the table, in its order. */
export const rows: readonly Row[] = [
  credentialsJwt,
  {
    ...credentialsJwt,
    name: 'client-credentials-unkept',
    title: 'Client credentials, JWT without a record',
    conditions: { ...credentialsJwt.conditions, ...nothing },
    server: 'gatehouse-unkept',
  },
  {
    name: 'client-credentials-opaque',
    title: 'Client credentials, opaque',
    conditions: {
      key: '-',
      format: 'opaque',
      auth: 'client_secret_basic',
      store: 'token record, durable before the answer',
      durability: durable,
    },
    prepare: async (facts) => repeated(clientCredentials(facts, facts.clients.opaque), '"access_token"'),
  },
  {
    name: 'code-flow',
    title: 'Code flow with sign-in and PKCE (4 requests)',
    conditions: {
      key: rsa,
      format: 'opaque, ID token',
      auth: 'argon2id m=19456 t=2 p=1; client_secret_basic',
      store: 'session, audit record, code, grant, tokens',
      durability: durable,
    },
    prepare: async (facts) => async (connection) => {
      await signIn(facts, connection);
    },
  },
  {
    name: 'refresh',
    title: 'Refresh with rotation',
    conditions: {
      key: rsa,
      format: 'opaque, ID token',
      auth: 'client_secret_basic',
      store: 'used token, new tokens, grant',
      durability: durable,
    },
    prepare: refreshing,
  },
  {
    name: 'introspection-opaque',
    title: 'Introspection, opaque',
    conditions: { key: '-', format: 'opaque', auth: 'client_secret_basic', ...nothing },
    prepare: (facts) => introspection(facts, 'opaque'),
  },
  {
    name: 'introspection-jwt',
    title: 'Introspection, JWT',
    conditions: { key: rsa, format: 'JWT', auth: 'client_secret_basic', ...nothing },
    peerLacks: 'refuses JWT access tokens at its introspection endpoint',
    prepare: (facts) => introspection(facts, 'jwt'),
  },
  {
    name: 'userinfo',
    title: 'Userinfo',
    conditions: { key: '-', format: 'opaque', auth: 'bearer', ...nothing },
    prepare: userinfo,
  },
  {
    name: 'discovery',
    title: 'Discovery document',
    conditions: { key: '-', format: '-', auth: '-', ...nothing },
    prepare: async (facts) => repeated(requestText('GET', facts.paths.discovery), '"token_endpoint"'),
  },
  {
    name: 'jwks',
    title: 'JWKS',
    conditions: { key: 'RSA-2048 and P-256', format: '-', auth: '-', ...nothing },
    prepare: async (facts) => repeated(requestText('GET', facts.paths.jwks), '"kty"'),
  },
  ...furtherRows(credentialsJwt),
];

/** What this core does at most. */
export const limits: readonly Limit[] = [
  { name: 'rs256', title: 'One RS256 signature by jose', compute: 'rs256' },
  { name: 'argon2id', title: 'One argon2id verification', compute: 'argon2id' },
  { name: 'node-http', title: 'Bare node:http JSON answer', port: ({ ports }) => ports?.['node'] ?? 0 },
  { name: 'express', title: 'Bare Express JSON answer', port: ({ ports }) => ports?.['express'] ?? 0 },
];

/** An operation for the bare servers. */
export const bareAnswer: Operation = repeated(requestText('GET', '/'), '"active":true');
