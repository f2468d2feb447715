import { expect } from 'chai';
import { type DpopKey, dpopKey, proofOf, tokenWithProof } from '../../../support/dpop-client.js';
import {
  CALLBACK,
  CHALLENGE,
  createApp,
  expectError,
  expectRedirectError,
  type TestApp,
  type Tokens,
  tokensOf,
  VERIFIER,
} from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { Visitor } from '../../../support/visitor.js';

describe('token-binding.dpop: codes and refresh tokens', () => {
  let server: TestServer;
  let key: DpopKey;
  let thief: DpopKey;
  let app: TestApp;
  before(async () => {
    server = await startTestServer();
    [key, thief] = [await dpopKey(), await dpopKey()];
    app = await createApp(server, { client: { accessToken: { bindingType: 'DPoP' } } });
  });
  after(() => server?.stop());

  const proof = (of = key) => proofOf(of, 'POST', `${server.origin}/oauth2/token`);
  const redeemed = (code: string) => ({
    grant_type: 'authorization_code',
    code,
    redirect_uri: CALLBACK,
    code_verifier: VERIFIER,
  });
  const challenge = { code_challenge: CHALLENGE, code_challenge_method: 'S256' };
  const codeFor = (of: TestApp, more: Readonly<Record<string, string>> = {}) =>
    of.code('admin', { ...challenge, ...more });
  const boundTokens = async (of: TestApp): Promise<Tokens> =>
    tokensOf(await tokenWithProof(of, redeemed(await codeFor(of)), await proof()));
  const refreshed = (of: TestApp, refresh_token: string, dpop: string | undefined) =>
    tokenWithProof(of, { grant_type: 'refresh_token', refresh_token }, dpop);

  for (const publicClient of [false, true]) {
    it(`refresh tokens of a ${publicClient ? 'public' : 'confidential'} client are good with the same key only`, async () => {
      const client = {
        publicClient,
        accessToken: { bindingType: 'DPoP' },
        grantTypes: ['authorization_code', 'refresh_token'],
      };
      const own = await createApp(server, { client });
      const { refresh } = await boundTokens(own);
      expectError(await refreshed(own, refresh, undefined), 400, 'invalid_dpop_proof', 'DPoP header is required.');
      expectError(await refreshed(own, refresh, 'x.y.z'), 400, 'invalid_dpop_proof', 'Invalid DPoP Proof');
      expectError(await refreshed(own, refresh, await proof(thief)), 400, 'invalid_grant');
      const again = tokensOf(await refreshed(own, refresh, await proof()));
      expect(again.body.token_type).to.equal('DPoP');
      const { body } = await own.introspect(again.access, { authorization: server.admin });
      expect(body['cnf']).to.deep.equal({ jkt: key.thumbprint });
    });
  }

  it('a grant stays bound when its application is set to another binding', async () => {
    const own = await createApp(server, { client: { accessToken: { bindingType: 'DPoP' } } });
    const { refresh } = await boundTokens(own);
    await own.configure({ accessToken: { bindingType: 'None' } });
    expectError(await refreshed(own, refresh, undefined), 400, 'invalid_dpop_proof');
    expectError(await refreshed(own, refresh, await proof(thief)), 400, 'invalid_grant');
    expect(tokensOf(await refreshed(own, refresh, await proof())).body.token_type).to.equal('DPoP');
  });

  it('a code is still good after a request without a good proof', async () => {
    const code = redeemed(await codeFor(app));
    expectError(await tokenWithProof(app, code, undefined), 400, 'invalid_dpop_proof');
    expectError(await tokenWithProof(app, code, 'x'), 400, 'invalid_dpop_proof');
    tokensOf(await tokenWithProof(app, code, await proof()));
  });

  it('tokens are revoked without a proof, also where values are validated', async () => {
    const accessToken = { bindingType: 'DPoP', validateTokenBinding: true };
    const own = await createApp(server, { client: { accessToken } });
    const { access, refresh } = await boundTokens(own);
    expect((await own.revoke(refresh)).status).to.equal(200);
    expect(await own.isActive(access)).to.equal(false);
  });

  it('tokens of two keys are independent', async () => {
    const mine = await boundTokens(app);
    const grant = redeemed(await codeFor(app));
    const theirs = tokensOf(await tokenWithProof(app, grant, await proof(thief)));
    await app.revoke(mine.access);
    expect(await app.isActive(mine.access)).to.equal(false);
    expect(await app.isActive(theirs.access)).to.equal(true);
  });

  describe('dpop_jkt', () => {
    it('binds the code: only the key that it names gets tokens', async () => {
      const code = redeemed(await codeFor(app, { dpop_jkt: key.thumbprint }));
      expectError(await tokenWithProof(app, code, await proof(thief)), 400, 'invalid_dpop_proof', 'Invalid DPoP Proof');
      expectError(await tokenWithProof(app, code, undefined), 400, 'invalid_dpop_proof', 'DPoP header is required.');
      expect(tokensOf(await tokenWithProof(app, code, await proof())).body.token_type).to.equal('DPoP');
    });

    it('binds the code of an application without DPoP too, as it has asked for it', async () => {
      const plain = await createApp(server);
      const code = redeemed(await codeFor(plain, { dpop_jkt: key.thumbprint }));
      expectError(await tokenWithProof(plain, code, undefined), 400, 'invalid_dpop_proof');
      expectError(await tokenWithProof(plain, code, await proof(thief)), 400, 'invalid_dpop_proof');
      expect(tokensOf(await tokenWithProof(plain, code, await proof())).body.token_type).to.equal('Bearer');
    });

    it('has to be a thumbprint', async () => {
      for (const dpop_jkt of ['x', 'a'.repeat(44), `${'a'.repeat(42)}=`, `${'a'.repeat(42)}!`]) {
        const hop = await new Visitor(server).get(app.authorizePath({ dpop_jkt }));
        expectRedirectError(hop, 'invalid_request');
      }
    });
  });
});
