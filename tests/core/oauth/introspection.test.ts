import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { RoleServiceToken } from '#core/access';
import {
  createApp,
  createTenant,
  createUser,
  type TestApp,
  tokensOf,
  USER_PASSWORD,
} from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const SCOPE = 'internal_oauth2_introspect';
const basic = (name: string, password: string) => ({ authorization: `Basic ${btoa(`${name}:${password}`)}` });

describe('introspection', () => {
  let server: TestServer;
  let app: TestApp;
  before(async () => {
    server = await startTestServer();
    await createUser(server, 'alice');
    const client = {
      accessToken: { type: 'JWT' },
      grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
    };
    app = await createApp(server, { client });
  });
  after(() => server?.stop());

  it('of a JWT tells what stands in it', async () => {
    const { access } = await app.tokens('alice', { scope: 'openid profile' });
    const { iss, sub, aud, exp, iat, nbf, jti, scope, aut, org_id, org_name, org_handle } = decodeJwt(access);
    const answer = await app.introspect(access);
    expect(answer.headers.get('cache-control')).to.equal('no-store');
    expect(answer.body).to.deep.equal({
      active: true,
      client_id: app.id,
      username: 'alice',
      token_type: 'jwt',
      ...{ iss, sub, aud, exp, iat, nbf, jti, scope, aut, org_id, org_name, org_handle },
    });
  });

  it('of an opaque token', async () => {
    const opaque = await createApp(server, { client: { idToken: { audience: ['https://api.example'] } } });
    const { body } = await opaque.introspect((await opaque.tokens('alice')).access);
    expect(body).to.include({ active: true, token_type: 'Bearer', username: 'alice', scope: 'openid' });
    expect(body['aud']).to.deep.equal([opaque.id, 'https://api.example']);
    expect(body).not.to.have.property('jti');
  });

  it('of a refresh token', async () => {
    const { refresh } = await app.tokens('alice');
    const { body } = await app.introspect(refresh);
    expect(body).to.include({ active: true, token_type: 'Refresh', client_id: app.id, scope: 'openid' });
    expect((body['exp'] as number) - (body['iat'] as number)).to.equal(86_400);
  });

  it('looks further than token_type_hint', async () => {
    const { access, refresh } = await app.tokens('alice');
    for (const [token, token_type_hint] of [
      [access, 'refresh_token'],
      [refresh, 'access_token'],
      [access, 'nonsense'],
    ] as const) {
      const fields = { token, token_type_hint };
      const { body } = await app.send<Record<string, unknown>>('/oauth2/introspect', fields, {
        authorization: app.basic,
      });
      expect(body['active']).to.equal(true);
    }
  });

  describe('may be asked', () => {
    let token: string;
    before(async () => {
      token = (await app.tokens('alice')).access;
    });

    const status = async (headers: Record<string, string>) => (await app.introspect(token, headers)).status;

    it('by a client with its secret, also in the body', async () => {
      const other = await createApp(server);
      expect(await status({ authorization: other.basic })).to.equal(200);
      const fields = { token, client_id: other.id, client_secret: other.secret };
      expect((await other.send<Record<string, unknown>>('/oauth2/introspect', fields)).body['active']).to.equal(true);
    });

    it('by an administrator', async () => {
      expect(await status({ authorization: server.admin })).to.equal(200);
    });

    it('by a user only with the scope', async () => {
      const user = await createUser(server, 'bob');
      const bob = basic('bob', USER_PASSWORD);
      expect(await status(bob)).to.equal(401);
      const roles = server.server.container.get(RoleServiceToken);
      const role = await roles.ensureRole(user.orgId, 'inspectors', [SCOPE]);
      await roles.assign(user.orgId, role.id, user.id, 'user');
      expect(await status(bob)).to.equal(200);
      expect(await status(basic('bob', 'wrong'))).to.equal(401);
    });

    it('by bearer only with the scope', async () => {
      const machine = await createApp(server);
      await machine.authorize('NO_POLICY', [SCOPE]);
      const plain = tokensOf(await machine.token({ grant_type: 'client_credentials' }));
      const scoped = tokensOf(await machine.token({ grant_type: 'client_credentials', scope: SCOPE }));
      expect(await status({ authorization: `Bearer ${plain.access}` })).to.equal(401);
      expect(await status({ authorization: `Bearer ${scoped.access}` })).to.equal(200);
      await machine.revoke(scoped.access);
      expect(await status({ authorization: `Bearer ${scoped.access}` })).to.equal(401);
    });

    it('by nobody else: public clients, strangers, wrong secrets', async () => {
      const spa = await createApp(server, { client: { publicClient: true } });
      const asSpa = await spa.send('/oauth2/introspect', { token, client_id: spa.id });
      expect(asSpa.status).to.equal(401);
      for (const headers of [{}, basic(app.id, 'wrong'), basic('nobody', 'x'), { authorization: 'Bearer garbage' }])
        expect(await status(headers as Record<string, string>)).to.equal(401);
      const answer = await app.introspect(token, {});
      expect(answer.body).to.include({ error: 'invalid_client', error_description: 'Client Authentication failed.' });
      expect(answer.headers.get('www-authenticate')).to.match(/^Basic realm=/);
    });
  });

  it('[G13] of a token of another organization is inactive', async () => {
    const tenant = await createTenant(server, 'far.example');
    await createUser(server, 'carol', {}, tenant);
    for (const type of ['JWT', 'Default']) {
      const there = await createApp(server, { place: tenant, client: { accessToken: { type } } });
      const { access, refresh } = await there.tokens('carol');
      expect((await there.introspect(access)).body['active']).to.equal(true);
      for (const token of [access, refresh]) expect((await app.introspect(token)).text).to.equal('{"active":false}');
      const { access: ours } = await app.tokens('alice');
      expect((await there.introspect(ours)).text).to.equal('{"active":false}');
    }
  });
});
