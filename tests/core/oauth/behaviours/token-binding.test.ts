import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { type DpopKey, dpopKey, proofOf, tokenWithProof } from '../../../support/dpop-client.js';
import { createApp, expectError, type TestApp, tokensOf } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { Visitor } from '../../../support/visitor.js';

const md5 = (text: string) => createHash('md5').update(text).digest('hex');
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('token bindings, as clients see them', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server?.stop());

  describe('an application bound by DPoP', () => {
    let key: DpopKey;
    let app: TestApp;
    const url = () => `${server.origin}/oauth2/token`;
    before(async () => {
      key = await dpopKey();
      app = await createApp(server, { client: { accessToken: { bindingType: 'DPoP', type: 'JWT' } } });
    });

    it('[O25] given a DPoP app and no DPoP header, then 400 invalid_dpop_proof', async () => {
      const answer = await tokenWithProof(app, { grant_type: 'client_credentials' }, undefined);
      expectError(answer, 400, 'invalid_dpop_proof', 'DPoP header is required.');
    });

    it('[O25] with a valid proof token_type is DPoP and cnf.jkt is the key thumbprint', async () => {
      const proof = await proofOf(key, 'POST', url());
      const { access, body } = tokensOf(await tokenWithProof(app, { grant_type: 'client_credentials' }, proof));
      expect(body.token_type).to.equal('DPoP');
      const expected = { binding_type: 'DPoP', binding_ref: md5(key.thumbprint), cnf: { jkt: key.thumbprint } };
      expect(decodeJwt(access)).to.deep.include(expected);
      const { body: told } = await app.introspect(access);
      expect(told).to.deep.include({ active: true, token_type: 'DPoP', ...expected });
    });

    it('[O25] the same for an opaque token', async () => {
      const opaque = await createApp(server, { client: { accessToken: { bindingType: 'DPoP' } } });
      const proof = await proofOf(key, 'POST', url());
      const { access, body } = tokensOf(await tokenWithProof(opaque, { grant_type: 'client_credentials' }, proof));
      expect(body.token_type).to.equal('DPoP');
      expect((await opaque.introspect(access)).body).to.deep.include({
        token_type: 'DPoP',
        cnf: { jkt: key.thumbprint },
      });
    });
  });

  it('[O31] given sso-session binding, when the user logs out, then the access token is inactive', async () => {
    const app = await createApp(server, {
      client: { accessToken: { bindingType: 'sso-session' }, grantTypes: ['authorization_code', 'refresh_token'] },
      application: { advancedConfigurations: { skipLoginConsent: true, skipLogoutConsent: true } },
    });
    const visitor = new Visitor(server);
    const tokens = await app.tokens('admin', {}, visitor);
    const ref = md5(sha256(visitor.cookie('commonAuthId') ?? ''));
    expect((await app.introspect(tokens.access)).body).to.include({
      active: true,
      token_type: 'Bearer',
      binding_type: 'sso-session',
      binding_ref: ref,
    });
    const code = await app.code('admin', {}, visitor);
    await visitor.get(`/oidc/logout?${new URLSearchParams({ id_token_hint: tokens.id })}`);
    for (const token of [tokens.access, tokens.refresh])
      expect((await app.introspect(token)).body).to.deep.equal({ active: false });
    expectError(await app.refresh(tokens.refresh), 400, 'invalid_grant');
    expectError(await app.redeem(code), 400, 'invalid_grant');
  });

  describe('an application bound by client-request', () => {
    let app: TestApp;
    const ask = (more: Readonly<Record<string, string>> = {}) =>
      app.token({ grant_type: 'client_credentials', ...more });
    before(async () => {
      app = await createApp(server, { client: { accessToken: { bindingType: 'client-request' } } });
    });

    it('[O33] given a tokenBindingId of 256 characters, then 400 invalid_request', async () => {
      const answer = await ask({ tokenBindingId: 'x'.repeat(256) });
      expectError(answer, 400, 'invalid_request', 'Token binding reference length exceeds limit');
      tokensOf(await ask({ tokenBindingId: 'x'.repeat(255) }));
    });

    it('[O33] with no tokenBindingId the token is simply unbound', async () => {
      for (const more of [{}, { tokenBindingId: '' }]) {
        const { access } = tokensOf(await ask(more));
        const { body } = await app.introspect(access);
        expect(body['active']).to.equal(true);
        expect(body).not.to.have.any.keys('binding_type', 'binding_ref', 'cnf');
      }
    });
  });
});
