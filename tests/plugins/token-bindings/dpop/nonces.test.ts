import { expect } from 'chai';
import { callWith, type DpopKey, dpopKey, proofOf, tokenWithProof } from '../../../support/dpop-client.js';
import { type HeldClock, heldClock } from '../../../support/held-clock.js';
import {
  CALLBACK,
  createApp,
  createTenant,
  expectError,
  type JsonAnswer,
  type TestApp,
  tokensOf,
} from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

const grant = { grant_type: 'client_credentials' };

describe('token-binding.dpop: nonces of the server', () => {
  let server: TestServer;
  let clock: HeldClock;
  let key: DpopKey;
  let app: TestApp;
  before(async () => {
    clock = heldClock();
    const toml = '[event.default_listener.dpop]\nrequire_nonce = true\nnonce_validity_period = "2m"';
    server = await startTestServer({ clock, toml });
    key = await dpopKey();
    app = await createApp(server, { client: { accessToken: { bindingType: 'DPoP' } } });
  });
  after(() => server?.stop());

  const proof = (nonce?: unknown, of = app) => {
    const claims = nonce === undefined ? {} : { nonce };
    return proofOf(key, 'POST', `${server.origin}${of.place.prefix}/oauth2/token`, { at: clock.now(), claims });
  };
  const ask = async (nonce?: unknown, of = app) => tokenWithProof(of, grant, await proof(nonce, of));
  const nonceOf = (answer: Pick<JsonAnswer, 'headers'>) => answer.headers.get('dpop-nonce') ?? '';
  const fresh = async (of = app) => nonceOf(await ask(undefined, of));

  function expectWanted(answer: Awaited<ReturnType<typeof ask>>): void {
    expectError(answer, 400, 'use_dpop_nonce');
    expect(nonceOf(answer)).to.match(/^[\x21\x23-\x5b\x5d-\x7e]{20,}$/);
  }

  it('are asked for, given, and taken', async () => {
    const refusal = await ask();
    expectWanted(refusal);
    const answer = await ask(nonceOf(refusal));
    expect(tokensOf(answer).body.token_type).to.equal('DPoP');
    tokensOf(await ask(nonceOf(answer)));
  });

  it('can be used by several proofs until they are too old, but never with a proof that was used', async () => {
    const nonce = await fresh();
    const once = await proof(nonce);
    tokensOf(await tokenWithProof(app, grant, once));
    expectError(await tokenWithProof(app, grant, once), 400, 'invalid_dpop_proof', 'Invalid DPoP Proof');
    tokensOf(await ask(nonce));
    clock.advance(119_000);
    tokensOf(await ask(nonce));
    clock.advance(2_000);
    expectWanted(await ask(nonce));
  });

  it('cannot be forged, changed or brought from another tenant', async () => {
    const nonce = await fresh();
    const place = await createTenant(server, 'nonces.example');
    const far = await createApp(server, { place, client: { accessToken: { bindingType: 'DPoP' } } });
    const sealed = nonce.slice(nonce.indexOf('.') + 1);
    const forged = [
      '',
      'x',
      sealed,
      `x.${sealed}`,
      nonce.slice(0, -2),
      `${nonce}AA`,
      `${nonce.slice(0, 20)}${nonce[20] === 'A' ? 'B' : 'A'}${nonce.slice(21)}`,
      await fresh(far),
      [nonce],
      null,
      7,
    ];
    for (const one of forged) expectWanted(await ask(one));
    tokensOf(await ask(nonce));
  });

  it('are not needed before the rest of the proof is right', async () => {
    const dpop = await proofOf(key, 'POST', `${server.origin}/oauth2/userinfo`, { at: clock.now() });
    expectError(await tokenWithProof(app, grant, dpop), 400, 'invalid_dpop_proof');
  });

  it('do not use up a code: it is good for the second try', async () => {
    const code = { grant_type: 'authorization_code', code: await app.code('admin'), redirect_uri: CALLBACK };
    const refusal = await tokenWithProof(app, code, await proof());
    expectWanted(refusal);
    tokensOf(await tokenWithProof(app, code, await proof(nonceOf(refusal))));
  });

  it('are asked for at protected resources too', async () => {
    await app.authorize('NO_POLICY', ['internal_application_mgt_view']);
    const scope = 'internal_application_mgt_view';
    const { access } = tokensOf(await tokenWithProof(app, { ...grant, scope }, await proof(await fresh())));
    const path = '/api/server/v1/applications';
    const call = async (claims: Readonly<Record<string, unknown>>) => {
      const dpop = await proofOf(key, 'GET', server.origin + path, { at: clock.now(), accessToken: access, claims });
      return callWith(server, 'GET', path, { authorization: `DPoP ${access}`, dpop });
    };
    const refusal = await call({});
    expect(refusal.status).to.equal(401);
    expect(refusal.headers.get('www-authenticate')).to.contain('DPoP error="use_dpop_nonce"');
    expect((await call({ nonce: nonceOf(refusal) })).status).to.equal(200);
  });
});

describe('token-binding.dpop: without nonces', () => {
  it('none are given, and one in a proof says nothing', async () => {
    const server = await startTestServer();
    try {
      const app = await createApp(server, { client: { accessToken: { bindingType: 'DPoP' } } });
      const proof = await proofOf(await dpopKey(), 'POST', `${server.origin}/oauth2/token`, { claims: { nonce: 'x' } });
      const answer = await tokenWithProof(app, grant, proof);
      tokensOf(answer);
      expect(answer.headers.get('dpop-nonce')).to.equal(null);
    } finally {
      await server.stop();
    }
  });
});
