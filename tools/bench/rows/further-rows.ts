import { bench } from '../servers/identity.js';
import { boundToken, boundUserinfo, exchanging, keyedToken } from './keyed-requests.js';
import type { Row } from './row.js';
import { authorizing, device, pushing } from './signed-in.js';

const rsa = 'RSA-2048, RS256';
const p256 = 'P-256, ES256';
const durability = 'SQLite, synchronous=FULL';
const session = 'session of the browser';

/** Rows of clients and tokens with keys of their own. */
const keyed: readonly Row[] = [
  {
    name: 'private-key-jwt',
    title: 'Client credentials, opaque, by private_key_jwt',
    conditions: {
      key: p256,
      format: 'opaque',
      auth: 'private_key_jwt',
      store: 'used assertion, token record',
      durability,
    },
    prepare: keyedToken,
  },
  {
    name: 'dpop-token',
    title: 'Client credentials, opaque, bound by DPoP',
    conditions: {
      key: p256,
      format: 'opaque',
      auth: 'client_secret_basic',
      store: 'used proof, token record',
      durability,
    },
    prepare: boundToken,
  },
  {
    name: 'dpop-userinfo',
    title: 'Userinfo, bound by DPoP',
    conditions: { key: p256, format: 'opaque', auth: 'DPoP', store: 'used proof', durability },
    prepare: boundUserinfo,
  },
];

/** Rows of browsers whose user has signed in before. */
const browsers: readonly Row[] = [
  {
    name: 'par',
    title: 'Pushed authorization request, code (2 requests)',
    conditions: { key: '-', format: '-', auth: `client_secret_basic; ${session}`, store: 'request, code', durability },
    prepare: pushing,
  },
  {
    name: 'jarm',
    title: 'Authorization request, code in a signed answer (JARM)',
    conditions: { key: rsa, format: 'JWT', auth: session, store: 'code', durability },
    prepare: authorizing({ response_mode: 'query.jwt' }, 'response'),
  },
  {
    name: 'hybrid',
    title: 'Authorization request, code and ID token',
    conditions: { key: rsa, format: 'ID token', auth: session, store: 'code', durability },
    prepare: authorizing({ response_type: bench.hybrid }, 'code', 'id_token'),
  },
  {
    name: 'device',
    title: 'Device flow (codes, approval, tokens)',
    conditions: {
      key: rsa,
      format: 'opaque, ID token',
      auth: `client_secret_basic; ${session}`,
      store: 'codes, audit records, grant, tokens',
      durability,
    },
    prepare: device,
  },
];

/** Rows of what stands beside the core of OAuth. @param credentials what a row without a peer is measured beside */
export const furtherRows = (credentials: Row): readonly Row[] => [
  ...keyed,
  ...browsers,
  {
    name: 'token-exchange',
    title: 'Token exchange, JWT for JWT',
    conditions: {
      key: rsa,
      format: 'JWT',
      auth: 'client_secret_basic',
      store: 'token record, durable before the answer',
      durability,
    },
    peerLacks: 'has no token exchange',
    reference: credentials,
    prepare: exchanging,
  },
];
