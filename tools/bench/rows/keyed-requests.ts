import { generateKeyPairSync } from 'node:crypto';
import { requestText } from '../load/connection.js';
import type { Operation } from '../load/drive.js';
import { bench, type IdentityFacts } from '../servers/identity.js';
import { ClientKey } from './client-key.js';
import { basic, expectStatus, metadataOf, once, signIn } from './requests.js';

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';
const TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token';

const newKey = () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return ClientKey.of(privateKey.export({ format: 'jwk' }));
};

/** A request that is made anew each time; its answer has to be a 200 that holds a text. */
function renewed(request: () => string, holds: string): Operation {
  return async (connection) => {
    const { body } = expectStatus(await connection.send(request()), 200);
    if (!body.includes(holds)) throw new Error(`the answer lacks ${holds}: ${body}`);
  };
}

/** Client credentials with a proof. */
export async function boundToken(facts: IdentityFacts): Promise<Operation> {
  const { token_endpoint: url } = await metadataOf(facts);
  const key = newKey();
  const form = { grant_type: 'client_credentials' };
  const headers = basic(facts.clients.dpop);
  const request = () => requestText('POST', facts.paths.token, { ...headers, dpop: key.proof('POST', url) }, form);
  return renewed(request, '"token_type":"DPoP"');
}

/** Userinfo with a bound token and a proof. */
export async function boundUserinfo(facts: IdentityFacts): Promise<Operation> {
  const { token_endpoint, userinfo_endpoint: url } = await metadataOf(facts);
  const key = newKey();
  const { access_token: token } = await once(facts.port, (connection) =>
    signIn(facts, connection, {
      client: facts.clients.dpop,
      headers: { dpop: key.proof('POST', token_endpoint) },
    }),
  );
  const authorization = `DPoP ${token}`;
  const request = () => requestText('GET', facts.paths.userinfo, { authorization, dpop: key.proof('GET', url, token) });
  return renewed(request, '"given_name"');
}

/** Client credentials by `private_key_jwt`. */
export async function keyedToken(facts: IdentityFacts): Promise<Operation> {
  const { issuer } = await metadataOf(facts);
  const { id, key: jwk } = facts.clients.keyed;
  const key = ClientKey.of(jwk);
  const form = { grant_type: 'client_credentials', client_assertion_type: ASSERTION_TYPE };
  const request = () =>
    requestText('POST', facts.paths.token, {}, { ...form, client_assertion: key.assertion(id, issuer) });
  return renewed(request, '"access_token"');
}

/** Exchanges an access token of a user for another. */
export async function exchanging(facts: IdentityFacts): Promise<Operation> {
  const client = facts.clients.exchange;
  if (!client) throw new Error('this server has no token exchange');
  const { access_token } = await once(facts.port, (connection) => signIn(facts, connection, { client }));
  const form = { grant_type: bench.exchangeGrant, subject_token: access_token, subject_token_type: TOKEN_TYPE };
  return renewed(() => requestText('POST', facts.paths.token, basic(client), form), '"issued_token_type"');
}
