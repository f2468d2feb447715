import { expect } from 'chai';
import { decodeJwt } from 'jose';
import * as oidc from 'openid-client';
import { MAY_ASK_HERE } from '../support/key-endpoint.js';
import { createApp, createUser, type TestApp } from '../support/oauth-client.js';
import { relyingParty, signInBy } from '../support/relying-party.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { TrustedIssuer } from '../support/trusted-issuer.js';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const type = (name: string) => `urn:ietf:params:oauth:token-type:${name}`;

describe('openid-client uses grants by their name', () => {
  let server: TestServer;
  let app: TestApp;
  let partner: TrustedIssuer;
  let config: oidc.Configuration;
  before(async () => {
    server = await startTestServer({ toml: MAY_ASK_HERE });
    await createUser(server, 'alice');
    partner = await TrustedIssuer.start(server, 'partner');
    app = await createApp(server, {
      client: {
        grantTypes: [EXCHANGE, JWT_BEARER, 'authorization_code', 'refresh_token'],
        accessToken: { type: 'JWT' },
      },
    });
    config = await relyingParty(app);
  });
  after(async () => {
    partner?.stop();
    await server?.stop();
  });

  it('exchanges a token of a trusted issuer (RFC 8693)', async () => {
    const parameters = { subject_token: await partner.sign({ sub: 'outsider' }), subject_token_type: type('jwt') };
    const tokens = await oidc.genericGrantRequest(config, EXCHANGE, parameters);
    expect(tokens['issued_token_type']).to.equal(type('access_token'));
    expect(decodeJwt(tokens.access_token).sub).to.equal('outsider');
    expect(await app.isActive(tokens.access_token)).to.equal(true);
  });

  it('understands why a token is not exchanged', async () => {
    const parameters = { subject_token: await partner.sign({ aud: 'nobody' }), subject_token_type: type('jwt') };
    const refused: unknown = await oidc
      .genericGrantRequest(config, EXCHANGE, parameters)
      .catch((error: unknown) => error);
    expect(refused).to.include({ status: 400, error: 'invalid_target' });
  });

  it('exchanges a token of this server for one of fewer scopes', async () => {
    const mine = await signInBy(app, config);
    const parameters = {
      subject_token: mine.access_token,
      subject_token_type: type('access_token'),
      requested_token_type: type('access_token'),
      scope: 'openid',
    };
    const tokens = await oidc.genericGrantRequest(config, EXCHANGE, parameters);
    expect(tokens.scope).to.equal('openid');
    expect(decodeJwt(tokens.access_token).sub).to.equal(mine.claims()?.sub);
  });

  it('brings an assertion (RFC 7523)', async () => {
    const tokens = await oidc.genericGrantRequest(config, JWT_BEARER, { assertion: await partner.sign() });
    expect(await app.isActive(tokens.access_token)).to.equal(true);
  });
});
