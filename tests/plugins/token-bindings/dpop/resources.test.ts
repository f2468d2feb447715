import { expect } from 'chai';
import {
  callWith,
  type DpopKey,
  dpopKey,
  type ProofChanges,
  proofOf,
  tokenWithProof,
} from '../../../support/dpop-client.js';
import { CALLBACK, createApp, type TestApp, tokensOf } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

const SCOPE = 'internal_application_mgt_view internal_oauth2_introspect';
const APPLICATIONS = '/api/server/v1/applications';
const USERINFO = '/oauth2/userinfo';

describe('token-binding.dpop: bound tokens at protected resources', () => {
  let server: TestServer;
  let key: DpopKey;
  let app: TestApp;
  let user: string;
  let machine: string;
  before(async () => {
    server = await startTestServer();
    key = await dpopKey();
    app = await createApp(server, { client: { accessToken: { bindingType: 'DPoP' } } });
    await app.authorize('NO_POLICY', SCOPE.split(' '));
    const proof = () => proofOf(key, 'POST', `${server.origin}/oauth2/token`);
    const code = { grant_type: 'authorization_code', code: await app.code('admin'), redirect_uri: CALLBACK };
    user = tokensOf(await tokenWithProof(app, code, await proof())).access;
    const grant = { grant_type: 'client_credentials', scope: SCOPE };
    machine = tokensOf(await tokenWithProof(app, grant, await proof())).access;
  });
  after(() => server?.stop());

  const proofFor = (path: string, accessToken: string, changes: ProofChanges = {}, of = key, method = 'GET') =>
    proofOf(of, method, server.origin + path, { accessToken, ...changes });
  const call = (path: string, token: string, dpop: string | undefined, scheme = 'DPoP') =>
    callWith(server, 'GET', path, { authorization: `${scheme} ${token}`, ...(dpop === undefined ? {} : { dpop }) });
  /** A path, and a token that opens it. */
  const places = () => [[USERINFO, user] as const, [APPLICATIONS, machine] as const];

  it('open userinfo and management APIs with a proof', async () => {
    for (const [path, token] of places()) {
      for (const scheme of ['DPoP', 'dpop'])
        expect((await call(path, token, await proofFor(path, token), scheme)).status, path).to.equal(200);
    }
    expect((await call(USERINFO, user, await proofFor(USERINFO, user))).body['sub']).to.be.a('string');
  });

  it('open nothing as bearer tokens, with a proof or without', async () => {
    for (const [path, token] of places()) {
      for (const dpop of [undefined, await proofFor(path, token)]) {
        const answer = await call(path, token, dpop, 'Bearer');
        expect(answer.status, path).to.equal(401);
        expect(answer.headers.get('www-authenticate')).to.contain('Bearer').and.to.contain('invalid_token');
      }
    }
    const body = new URLSearchParams({ access_token: user });
    const headers = { dpop: await proofFor(USERINFO, user, {}, key, 'POST') };
    expect((await server.fetch(USERINFO, { method: 'POST', body, headers })).status).to.equal(401);
  });

  it('are refused without a proof, and the answer says how it could be made', async () => {
    for (const [path, token] of places()) {
      const answer = await call(path, token, undefined);
      expect(answer.status).to.equal(401);
      expect(answer.headers.get('www-authenticate'))
        .to.match(/^DPoP error="invalid_dpop_proof", error_description="DPoP header is required."/)
        .and.to.match(/algs="[^"]*\bES256\b[^"]*"/);
    }
  });

  it('are worth nothing to a thief with a key of his own', async () => {
    const thief = await dpopKey();
    for (const [path, token] of places()) {
      const answer = await call(path, token, await proofFor(path, token, {}, thief));
      expect(answer.status, path).to.equal(401);
      expect(answer.headers.get('www-authenticate')).to.contain('DPoP error="invalid_token"');
    }
  });

  it('are worth nothing to a thief of a proof: it counts once, for one request and one token', async () => {
    for (const [path, token] of places()) {
      const proof = await proofFor(path, token);
      expect((await call(path, token, proof)).status).to.equal(200);
      const stolen = [
        proof,
        await proofFor('/oauth2/introspect', token),
        await proofFor(path, token, {}, key, 'POST'),
        await proofFor(path, `${token}x`),
        await proofFor(path, token, { claims: { ath: token } }),
        await proofFor(path, token, { claims: { ath: undefined } }),
        await proofFor(path, token, { claims: { ath: ['x'] } }),
        await proofFor(path, token, { at: Date.now() - 62_000 }),
        `${await proofFor(path, token)}, ${await proofFor(path, token)}`,
      ];
      for (const [index, dpop] of stolen.entries()) {
        const answer = await call(path, token, dpop);
        expect(answer.status, `${path} ${index}`).to.equal(401);
        expect(answer.headers.get('www-authenticate')).to.contain('DPoP error="invalid_dpop_proof"');
      }
    }
  });

  it('have to be bound by DPoP to be sent as such', async () => {
    const plain = await createApp(server);
    const { access } = await plain.tokens('admin');
    expect((await call(USERINFO, access, await proofFor(USERINFO, access))).status).to.equal(401);
    expect((await call(USERINFO, access, undefined, 'Bearer')).status).to.equal(200);
  });

  it('open what their scopes open, and no more', async () => {
    const { status } = await call(APPLICATIONS, user, await proofFor(APPLICATIONS, user));
    expect(status).to.equal(403);
  });

  it('let a client introspect, with a proof', async () => {
    const ask = (authorization: string, dpop: string) =>
      app.send<Record<string, unknown>>('/oauth2/introspect', { token: user }, { authorization, dpop });
    const proof = (of = key) => proofFor('/oauth2/introspect', machine, {}, of, 'POST');
    const answer = await ask(`DPoP ${machine}`, await proof());
    expect(answer.body).to.include({ active: true, token_type: 'DPoP' });
    expect((await ask(`DPoP ${machine}`, await proof(await dpopKey()))).status).to.equal(401);
    expect((await ask(`Bearer ${machine}`, await proof())).status).to.equal(401);
  });

  it('are refused in the shape of the API when the header is malformed', async () => {
    for (const authorization of ['DPoP', 'DPoP ', `DPoP ${machine} x`, `DPoP  ${'x'.repeat(9000)}`, 'DPoP \u00e9']) {
      const answer = await callWith(server, 'GET', APPLICATIONS, {
        authorization: Buffer.from(authorization, 'utf8').toString('latin1'),
        dpop: await proofFor(APPLICATIONS, machine),
      });
      expect(answer.status, authorization.slice(0, 20)).to.equal(401);
      expect(answer.body).to.have.keys('code', 'message', 'description', 'traceId');
    }
  });

  it('can be used by scripts of an allowed origin, which see why they were refused', async () => {
    await app.configure({ allowedOrigins: ['https://spa.example'] });
    const origin = 'https://spa.example';
    const preflight = await server.fetch(USERINFO, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization,dpop',
      },
    });
    expect(preflight.headers.get('access-control-allow-headers')?.toLowerCase()).to.contain('dpop');
    const answer = await callWith(server, 'GET', USERINFO, { origin, authorization: `DPoP ${user}` });
    expect(answer.status).to.equal(401);
    expect(answer.headers.get('access-control-allow-origin')).to.equal(origin);
    expect(answer.headers.get('access-control-expose-headers')).to.equal('DPoP-Nonce, WWW-Authenticate');
  });
});
