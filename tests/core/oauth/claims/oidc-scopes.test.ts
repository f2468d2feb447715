import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { onEachDatabase } from '../../../support/databases.js';
import { eventually } from '../../../support/eventually.js';
import { createApp, createTenant, createUser, tokensOf } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { Visitor } from '../../../support/visitor.js';
import {
  type ApiFailure,
  type Caller,
  callerWith,
  providersAs,
  tenantAdministrator,
} from '../../connections/provider-api.js';

const SCOPES = '/api/server/v1/oidc/scopes';
interface Scope {
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  readonly claims: readonly string[];
}
const badge = { name: 'badge', displayName: 'Badge', description: 'Your badge', claims: ['nickname', 'website'] };
const shippedNames = ['openid', 'email', 'profile', 'phone', 'address', 'groups', 'roles'];

const scopesAs = (server: TestServer, caller: Caller = {}) => {
  const api = providersAs(server, caller, SCOPES);
  return { ...api, names: async () => (await api.get<Scope[]>('')).body.map(({ name }) => name) };
};

onEachDatabase('OpenID Connect scopes of an organization', (database) => {
  let server: TestServer;
  before(async function () {
    this.timeout(60_000);
    server = await startTestServer({ database });
  });
  after(() => server?.stop());

  it('are those that ship, and those that it adds, changes and removes', async () => {
    const api = scopesAs(server);
    expect(await api.names()).to.have.members(shippedNames);
    const made = await api.post<unknown>('', badge);
    expect([made.status, made.body]).to.deep.equal([201, '']);
    expect(made.headers.get('location')).to.equal(`${server.origin}${SCOPES}/badge`);
    expect((await api.get<Scope>('/badge')).body).to.deep.equal(badge);
    const change = { displayName: 'Pass', claims: ['nickname', 'nickname'] };
    expect((await api.put('/badge', change)).status).to.equal(200);
    const changed = { name: 'badge', displayName: 'Pass', description: '', claims: ['nickname'] };
    expect((await api.get<Scope>('/badge')).body).to.deep.equal(changed);
    expect((await api.delete('/badge')).status).to.equal(204);
    expect((await api.get<ApiFailure>('/badge')).body.code).to.equal('OAUTH-41003');
    expect((await api.delete('/badge')).status).to.equal(204);
  });

  it('may lack and change what ships, which can be added anew', async () => {
    const api = scopesAs(server);
    expect((await api.put('/email', { displayName: 'Mail', claims: ['email'] })).status).to.equal(200);
    expect((await api.get<Scope>('/email')).body.claims).to.deep.equal(['email']);
    expect((await api.delete('/email')).status).to.equal(204);
    expect(await api.names()).to.not.include('email');
    expect((await api.put<ApiFailure>('/email', { displayName: 'Mail', claims: [] })).body.code).to.equal(
      'OAUTH-41003',
    );
    expect((await api.post('', { name: 'email', displayName: 'Mail', claims: ['email'] })).status).to.equal(201);
    expect((await api.get<Scope>('/email')).body.displayName).to.equal('Mail');
  });

  it('are told apart by case', async () => {
    const api = scopesAs(server);
    for (const name of ['Case', 'case']) expect((await api.post('', { ...badge, name })).status).to.equal(201);
    await api.delete('/Case');
    expect((await api.get('/case')).status).to.equal(200);
  });

  it('let one of many that add the same scope at once pass', async () => {
    const api = scopesAs(server);
    const race = { ...badge, name: 'race' };
    const answers = await Promise.all(Array.from({ length: 6 }, () => api.post<ApiFailure>('', race)));
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([201, 409, 409, 409, 409, 409]);
    expect(answers.filter(({ status }) => status === 409).every(({ body }) => body.code === 'OAUTH-41004')).to.equal(
      true,
    );
  });

  it('are seen by other nodes', async function () {
    // SQLite is a file of one node.
    if (database === 'sqlite') this.skip();
    const node = await startTestServer({ database, beside: server });
    try {
      expect(await scopesAs(node).names()).to.not.include('shared');
      await scopesAs(server).post('', { ...badge, name: 'shared' });
      await eventually('the other node knows it', async () => (await scopesAs(node).names()).includes('shared'));
    } finally {
      await node.stop();
    }
  });
});

describe('the API of OpenID Connect scopes', () => {
  let server: TestServer;
  before(async function () {
    this.timeout(60_000);
    server = await startTestServer();
  });
  after(() => server?.stop());

  const operations = [
    ['GET', '', 'internal_application_mgt_view'],
    ['POST', '', 'internal_application_mgt_create'],
    ['GET', '/badge', 'internal_application_mgt_view'],
    ['PUT', '/badge', 'internal_application_mgt_update'],
    ['DELETE', '/badge', 'internal_application_mgt_delete'],
  ] as const;

  it('asks for the scope of each operation, and for credentials', async () => {
    for (const needed of new Set(operations.map(([, , scope]) => scope))) {
      const { send } = scopesAs(server, await callerWith(server, `only-${needed}`, [needed]));
      for (const [method, path, scope] of operations) {
        const { status } = await send(method, path, method.startsWith('P') ? {} : undefined);
        if (scope === needed) expect(status, `${method} ${path}`).to.not.be.oneOf([401, 403, 500]);
        else expect(status, `${method} ${path}`).to.equal(403);
      }
    }
    for (const [method, path] of operations)
      expect((await scopesAs(server, { authorization: 'Bearer nonsense' }).send(method, path)).status).to.equal(401);
  });

  it('refuses what is no scope, and what is there', async () => {
    const api = scopesAs(server);
    await api.post('', badge);
    expect((await api.post<ApiFailure>('', badge)).body.code).to.equal('OAUTH-41004');
    expect((await api.post<ApiFailure>('', { ...badge, name: 'openid' })).status).to.equal(409);
    const bad: unknown[] = [
      {},
      [],
      '{',
      { ...badge, name: '' },
      { ...badge, name: 'two words' },
      { ...badge, name: 'a"b' },
      { ...badge, name: 'a\\b' },
      { ...badge, name: 'ä' },
      { ...badge, name: 'x'.repeat(192) },
      { ...badge, name: 7 },
      { ...badge, name: 'b1', displayName: ' ' },
      { ...badge, name: 'b2', displayName: 'x'.repeat(256) },
      { ...badge, name: 'b3', claims: ['no_such_claim'] },
      { ...badge, name: 'b4', claims: 'email' },
      { ...badge, name: 'b5', claims: undefined },
      { ...badge, name: 'b6', other: 1 },
    ];
    for (const body of bad) {
      const { status, body: failure } = await api.post<ApiFailure>('', body);
      expect([status, failure.code], JSON.stringify(body)).to.deep.equal([400, 'OAUTH-60001']);
    }
    for (const body of [{ ...badge, name: 'other' }, { displayName: 'x' }, { displayName: 'x', claims: ['nope'] }])
      expect((await api.put<ApiFailure>('/badge', body)).status, JSON.stringify(body)).to.equal(400);
    expect((await api.put<ApiFailure>('/nowhere', { displayName: 'x', claims: [] })).status).to.equal(404);
    expect((await api.delete<ApiFailure>('/openid')).status).to.equal(400);
    expect(await api.names()).to.include('openid');
  });

  it('takes no scope of an API, which users would get for the asking', async () => {
    const api = scopesAs(server);
    for (const name of ['internal_user_mgt_delete', 'internal_application_mgt_view', 'console:anything', 'SYSTEM']) {
      const { status, body } = await api.post<ApiFailure>('', { ...badge, name });
      expect([status, body.code], name).to.deep.equal([400, 'OAUTH-60001']);
    }
  });

  it('keeps tenants apart', async () => {
    const acme = scopesAs(server, await tenantAdministrator(server, 'acme.example'));
    const other = scopesAs(server, await tenantAdministrator(server, 'other.example'));
    await acme.post('', { ...badge, name: 'acme' });
    await acme.delete('/phone');
    expect(await acme.names())
      .to.include('acme')
      .and.not.include('phone');
    expect(await other.names())
      .to.include('phone')
      .and.not.include('acme');
    expect((await other.get('/acme')).status).to.equal(404);
    expect((await other.put('/acme', { displayName: 'x', claims: [] })).status).to.equal(404);
    await other.delete('/acme');
    expect(await acme.names()).to.include('acme');
  });
});

describe('an OpenID Connect scope that an organization has made', () => {
  let server: TestServer;
  before(async function () {
    this.timeout(60_000);
    server = await startTestServer();
    await createUser(server, 'alice', { nickname: ['Al'], emailaddress: ['alice@example.com'] });
  });
  after(() => server?.stop());

  const supported = async (prefix = '') => {
    const response = await server.fetch(`${prefix}/oauth2/token/.well-known/openid-configuration`);
    return ((await response.json()) as { scopes_supported: string[] }).scopes_supported;
  };

  it('decides at once about claims in ID tokens and at userinfo, and stands in the discovery document', async () => {
    const api = scopesAs(server);
    const app = await createApp(server, { claims: ['nickname', 'emailaddress'] });
    expect((await app.tokens('alice', { scope: 'openid badge' })).body.scope).to.equal('openid');
    expect(await supported()).to.not.include('badge');
    await api.post('', badge);
    expect(await supported()).to.include('badge');
    const { access, id, body } = await app.tokens('alice', { scope: 'openid badge' });
    expect(body.scope).to.equal('openid badge');
    expect(decodeJwt(id)).to.include({ nickname: 'Al' }).and.not.have.property('email');
    await api.put('/badge', { displayName: 'Badge', claims: ['email'] });
    expect((await app.userinfo(access)).body)
      .to.include({ email: 'alice@example.com' })
      .and.not.have.property('nickname');
    await api.delete('/badge');
    expect((await app.userinfo(access)).body).to.have.all.keys('sub');
    expect(await supported()).to.not.include('badge');
  });

  it('is unknown in another tenant', async () => {
    await scopesAs(server).post('', { ...badge, name: 'here' });
    const place = await createTenant(server, 'elsewhere.example');
    await createUser(server, 'bob', { nickname: ['Bo'] }, place);
    const app = await createApp(server, { place, claims: ['nickname'] });
    const { body, id } = await app.tokens('bob', { scope: 'openid here' });
    expect(body.scope).to.equal('openid');
    expect(decodeJwt(id)).to.not.have.property('nickname');
    expect(await supported(place.prefix)).to.not.include('here');
  });

  it('is not had by an application that acts for itself', async () => {
    await scopesAs(server).post('', { ...badge, name: 'persons' });
    const app = await createApp(server);
    const { body } = await app.token({ grant_type: 'client_credentials', scope: 'persons' });
    expect(body.scope ?? '').to.equal('');
  });

  it('is not asked for as a scope at consent; its claims are', async () => {
    await scopesAs(server).post('', { ...badge, name: 'asked' });
    const app = await createApp(server, { claims: ['nickname'], asksConsent: true });
    const claimsAfter = async (consent: Record<string, string>) => {
      const as = { username: 'alice', consent };
      const hop = await app.visit(new Visitor(server), { scope: 'openid asked', prompt: 'consent' }, as);
      const { id, body } = tokensOf(await app.redeem(hop.location?.searchParams.get('code') ?? ''));
      return [body.scope, decodeJwt(id)['nickname']];
    };
    expect(await claimsAfter({ consent_0: 'on' })).to.deep.equal(['openid asked', 'Al']);
    expect(await claimsAfter({})).to.deep.equal(['openid asked', undefined]);
  });
});
