import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { SessionServiceToken } from '#core/sessions';
import { type User, UserServiceToken } from '#core/users';
import { answerTo, createImplicitApp, fragmentOf, HYBRID, queryOf, verified } from '../../../support/answers.js';
import {
  CALLBACK,
  createApp,
  createUser,
  expectError,
  expectErrorPage,
  type TestApp,
  tokensOf,
} from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { Visitor } from '../../../support/visitor.js';

const halfHash = (text = '') => createHash('sha256').update(text).digest().subarray(0, 16).toString('base64url');
const jwtApp = { client: { accessToken: { type: 'JWT' } } };

describe('response types', () => {
  let server: TestServer;
  let app: TestApp;
  let alice: User;
  before(async () => {
    server = await startTestServer();
    alice = await createUser(server, 'alice', { emailaddress: ['alice@example.com'] });
    app = await createImplicitApp(server, { claims: ['emailaddress'] });
    await app.authorize('NO_POLICY', ['api:read']);
  });
  after(() => server?.stop());

  const ask = (parameters: Record<string, string>, from = app) =>
    new Visitor(server).get(from.authorizePath({ nonce: 'n-1', ...parameters }));

  describe('token', () => {
    for (const type of ['Default', 'JWT']) {
      it(`gives an access token of type ${type} in the fragment, and no refresh token`, async () => {
        const own = await createImplicitApp(server, { client: { accessToken: { type } } });
        await own.authorize('NO_POLICY', ['api:read']);
        const hop = await answerTo(own, { response_type: 'token', scope: 'openid api:read unknown' });
        const answer = fragmentOf(hop);
        expect(answer).to.have.all.keys(
          'access_token',
          'token_type',
          'expires_in',
          'scope',
          'state',
          'iss',
          'session_state',
        );
        expect(answer).to.include({ token_type: 'Bearer', expires_in: '3600', scope: 'openid api:read', state: 's-1' });
        const { body } = await own.introspect(answer['access_token'] ?? '', { authorization: server.admin });
        expect(body).to.include({ active: true, client_id: own.id, scope: 'openid api:read', aut: 'APPLICATION_USER' });
        expect((await own.userinfo(answer['access_token'] ?? '')).body['sub']).to.equal(alice.id);
      });
    }

    it('is refused for applications without the implicit grant, and for public ones', async () => {
      const code = await createApp(server);
      const spa = await createImplicitApp(server, { client: { publicClient: true } });
      for (const response_type of ['token', 'id_token', 'id_token token'])
        for (const each of [code, spa])
          expectErrorPage(
            await ask({ response_type }, each),
            'unauthorized_client',
            'not.authorized.to.use.requested.grant.type',
          );
    });

    it('needs no code challenge, although the application demands one for codes', async () => {
      const own = await createImplicitApp(server, { client: { pkce: { mandatory: true } } });
      expect(fragmentOf(await answerTo(own, { response_type: 'token' }))).to.have.property('access_token');
      expect(fragmentOf(await ask({ response_type: 'code token' }, own))['error_description']).to.match(/^PKCE is/);
    });
  });

  describe('id_token', () => {
    it('gives a signed ID token with the nonce, the claims of the scopes and the hash of the state', async () => {
      const answer = fragmentOf(await answerTo(app, { response_type: 'id_token', scope: 'openid email' }));
      expect(answer).to.have.all.keys('id_token', 'state', 'iss', 'session_state');
      const { payload, protectedHeader } = await verified(app, answer['id_token']);
      expect(protectedHeader).to.include({ alg: 'RS256', typ: 'JWT' });
      expect(payload).to.include({ sub: alice.id, nonce: 'n-1', azp: app.id, email: 'alice@example.com' });
      expect(payload['s_hash']).to.equal(halfHash('s-1'));
      expect(payload).to.have.property('sid');
      expect(payload).not.to.have.any.keys('at_hash', 'c_hash');
    });

    it('with a token hashes it', async () => {
      for (const response_type of ['id_token token', 'token id_token']) {
        const answer = fragmentOf(await answerTo(app, { response_type }));
        const { payload } = await verified(app, answer['id_token']);
        expect(payload['at_hash']).to.equal(halfHash(answer['access_token']));
        expect(payload).not.to.have.property('c_hash');
      }
    });

    it('is refused without the scope openid', async () => {
      const answer = fragmentOf(await ask({ response_type: 'id_token', scope: 'api:read' }));
      expect(answer).to.include({ error: 'invalid_request' });
      expect(answer['error_description']).to.contain("'openid'");
    });

    it('is refused for an application that wants its ID tokens unsigned', async () => {
      const own = await createImplicitApp(server, { client: { idToken: { idTokenSignedResponseAlg: 'none' } } });
      const answer = fragmentOf(await ask({ response_type: 'code id_token' }, own));
      expect(answer).to.include({ error: 'invalid_request' });
      expect(answer['error_description']).to.contain('not signed');
    });
  });

  describe('hybrid', () => {
    for (const response_type of HYBRID) {
      it(`${response_type} gives all of it in the fragment, and hashes`, async () => {
        const answer = fragmentOf(await answerTo(app, { response_type }));
        const { code, access_token, id_token } = answer;
        expect(code).to.match(/^[\w-]{43}$/);
        expect(access_token !== undefined).to.equal(/\btoken$/.test(response_type.replace('id_token', 'id')));
        expect(id_token !== undefined).to.equal(response_type.includes('id_token'));
        expect(answer).not.to.have.property('refresh_token');
        if (id_token !== undefined) {
          const { payload } = await verified(app, id_token);
          expect(payload['c_hash']).to.equal(halfHash(code));
          expect(payload['at_hash']).to.equal(access_token === undefined ? undefined : halfHash(access_token));
        }
        const tokens = tokensOf(await app.redeem(code ?? ''));
        expect(tokens.refresh).not.to.equal('');
        expect(decodeJwt(tokens.id)).to.include({ sub: alice.id, nonce: 'n-1' });
      });
    }

    it('needs hybridFlow.enable, and the type in its list, else the error page says invalid_client', async () => {
      const refused = [
        { enable: false, responseType: HYBRID.join(',') },
        { enable: true, responseType: '' },
        { enable: true, responseType: 'code id_token' },
      ];
      for (const hybridFlow of refused) {
        const own = await createImplicitApp(server, { client: { hybridFlow } });
        expectErrorPage(await ask({ response_type: 'code token' }, own), 'invalid_client');
      }
      const hybridFlow = { enable: true, responseType: 'code token, id_token code' };
      const own = await createImplicitApp(server, { client: { hybridFlow } });
      expect((await ask({ response_type: 'code id_token' }, own)).location?.pathname).to.match(/login\.do$/);
      expectErrorPage(await ask({ response_type: 'code id_token token' }, own), 'invalid_client');
    });

    it('the token and the code share the grant: a code redeemed twice ends both', async () => {
      const { code = '', access_token = '' } = fragmentOf(await answerTo(app, { response_type: 'code token' }));
      const later = tokensOf(await app.redeem(code));
      expect(await app.isActive(access_token), 'after the code is redeemed').to.equal(true);
      expectError(await app.redeem(code), 400, 'invalid_grant');
      for (const token of [access_token, later.access, later.refresh])
        expect(await app.isActive(token)).to.equal(false);
    });

    it('a token that was revoked does not come back by its code', async () => {
      const { code = '', access_token = '' } = fragmentOf(await answerTo(app, { response_type: 'code token' }));
      expect((await app.revoke(access_token)).status).to.equal(200);
      expectError(await app.redeem(code), 400, 'invalid_grant');
      expect(await app.isActive(access_token)).to.equal(false);
    });

    it('a refresh token that is revoked ends the token of the first answer', async () => {
      const { code = '', access_token = '' } = fragmentOf(await answerTo(app, { response_type: 'code token' }));
      await app.revoke(tokensOf(await app.redeem(code)).refresh);
      expect(await app.isActive(access_token)).to.equal(false);
    });
  });

  describe('none', () => {
    it('answers with the states alone, in the query', async () => {
      const { session_state, ...answer } = queryOf(await answerTo(app, { response_type: 'none' }));
      expect(session_state).to.match(/^[0-9a-f]{64}\./);
      expect(answer).to.deep.equal({ state: 's-1', iss: `${server.origin}/oauth2/token` });
    });

    it('asks for consent all the same, and once', async () => {
      const own = await createImplicitApp(server, { asksConsent: true });
      await own.authorize('NO_POLICY', ['api:read']);
      const denied = await own.visit(
        new Visitor(server),
        { response_type: 'none', scope: 'openid api:read' },
        { username: 'alice', consent: { consent: 'deny' } },
      );
      expect(queryOf(denied)).to.include({ error: 'access_denied' });
    });

    it('does not stand beside others', async () => {
      for (const response_type of ['none token', 'code none', 'none id_token'])
        expectErrorPage(await ask({ response_type }), 'unsupported_response_type');
    });
  });

  describe('what ends the tokens', () => {
    const tokenOf = async (username: string) => {
      const hop = await answerTo(await createImplicitApp(server, jwtApp), { response_type: 'token' }, username);
      return fragmentOf(hop)['access_token'] ?? '';
    };

    it('a change of the password of the user, and the end of the user', async () => {
      const users = server.server.container.get(UserServiceToken);
      const changes = [
        (id: string) => users.setPassword(alice.orgId, id, 'Another-pass-2', 'user'),
        (id: string) => users.delete(alice.orgId, id),
      ];
      for (const [index, change] of changes.entries()) {
        const user = await createUser(server, `leaver-${index}`);
        const token = await tokenOf(user.username);
        expect(await app.isActive(token)).to.equal(true);
        await change(user.id);
        expect(await app.isActive(token)).to.equal(false);
      }
    });

    it('the end of the session, when the application wants that', async () => {
      for (const wanted of [true, false]) {
        const accessToken = { revokeTokensWhenIDPSessionTerminated: wanted };
        const own = await createImplicitApp(server, { client: { accessToken } });
        const visitor = new Visitor(server);
        const hop = await own.visit(visitor, { response_type: 'token' }, { username: 'alice' });
        const token = fragmentOf(hop)['access_token'] ?? '';
        const sessions = server.server.container.get(SessionServiceToken);
        await sessions.terminate(alice.orgId, visitor.cookie('commonAuthId') ?? '');
        expect(await own.isActive(token)).to.equal(!wanted);
      }
    });

    it('a revocation by the application, which need not authenticate when it has the implicit grant', async () => {
      const token = fragmentOf(await answerTo(app, { response_type: 'token' }))['access_token'] ?? '';
      const answer = await app.send('/oauth2/revoke', { token, client_id: app.id });
      expect({ status: answer.status, text: answer.text }).to.deep.equal({ status: 200, text: '' });
      expect(await app.isActive(token)).to.equal(false);
    });
  });

  describe('revocation without authentication', () => {
    it('is for applications with the implicit grant only, and not for those that authenticate badly', async () => {
      const token = fragmentOf(await answerTo(app, { response_type: 'token' }))['access_token'] ?? '';
      const code = await createApp(server);
      const wrong = { authorization: `Basic ${btoa(`${app.id}:wrong`)}` };
      const attempts: readonly [Record<string, string>, Record<string, string>][] = [
        [{ client_id: code.id }, {}],
        [{ client_id: 'nobody_of_that_name' }, {}],
        [{}, {}],
        [{ client_id: app.id, client_secret: 'wrong' }, {}],
        [{ client_id: app.id }, wrong],
      ];
      for (const [fields, headers] of attempts) {
        const answer = await app.send('/oauth2/revoke', { token, ...fields }, headers);
        expectError(answer, 401, 'invalid_client', 'Client Authentication failed.');
      }
      expect(await app.isActive(token)).to.equal(true);
    });

    it('does not end a token of another application', async () => {
      const other = await createImplicitApp(server);
      const token = fragmentOf(await answerTo(app, { response_type: 'token' }))['access_token'] ?? '';
      const answer = await app.send('/oauth2/revoke', { token, client_id: other.id });
      expectError(answer, 401, 'unauthorized_client');
      expect(await app.isActive(token)).to.equal(true);
    });

    it('is not for an application that is switched off', async () => {
      const own = await createImplicitApp(server);
      await own.disable();
      const answer = await app.send('/oauth2/revoke', { token: 'x', client_id: own.id });
      expectError(answer, 401, 'invalid_client');
    });
  });

  it('an access token is not taken for an ID token, nor the other way round', async () => {
    const own = await createImplicitApp(server, jwtApp);
    const answer = fragmentOf(await answerTo(own, { response_type: 'id_token token' }));
    const typed = [answer['access_token'], answer['id_token']].map((jwt) => decodeProtectedHeader(jwt ?? '').typ);
    expect(typed).to.deep.equal(['at+jwt', 'JWT']);
    expect(await own.isActive(answer['id_token'] ?? '')).to.equal(false);
    expect((await own.userinfo(answer['id_token'] ?? '')).status).to.equal(401);
  });

  it('the redirect address of an answer is the one of the request, among several', async () => {
    const second = 'https://app.example/other';
    const own = await createImplicitApp(server, { client: { callbackURLs: [CALLBACK, second] } });
    const { location } = await answerTo(own, { response_type: 'token', redirect_uri: second });
    expect(location?.href.split('#')[0]).to.equal(second);
  });
});
