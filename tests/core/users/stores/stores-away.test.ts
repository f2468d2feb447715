import { expect } from 'chai';
import { UnavailableError } from '#core/kernel';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { UserServiceToken } from '#core/users';
import { failureOf } from '../../../support/failures.js';
import { FakeDirectories } from '../../../support/fake-directory.js';
import {
  createApp,
  createUser,
  expectError,
  type TestApp,
  tokensOf,
  USER_PASSWORD,
} from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { type Hop, Visitor } from '../../../support/visitor.js';

const ORG = SUPER_ORGANIZATION.id;
const STORES = '/api/server/v1/userstores';

const makeStore = async (server: TestServer, name: string) => {
  const made = await server.api('POST', STORES, {
    typeId: Buffer.from('FixtureDirectoryManager').toString('base64url'),
    name,
    properties: [
      { name: 'ConnectionURL', value: `ldap://${name.toLowerCase()}.test` },
      { name: 'ConnectionPassword', value: 'bind' },
    ],
  });
  expect(made.status).to.equal(201);
};

describe('a user store that cannot be reached', () => {
  const directories = new FakeDirectories();
  const directory = directories.at('ldap://acme.test');
  let server: TestServer;
  let app: TestApp;
  before(async () => {
    server = await startTestServer({ plugins: { folders: [directories.plugin()] } });
    await createUser(server, 'alice');
    directory.add('bob', USER_PASSWORD);
    await makeStore(server, 'ACME');
    app = await createApp(server, { client: { grantTypes: ['authorization_code', 'password', 'refresh_token'] } });
  });
  after(() => server.stop());
  beforeEach(() => {
    directory.away = true;
  });
  const users = () => server.server.container.get(UserServiceToken);
  const byPassword = (username: string, password = USER_PASSWORD) =>
    app.token({ grant_type: 'password', username, password, scope: 'openid' });
  const signIn = async (visitor: Visitor, username: string, password = USER_PASSWORD): Promise<Hop> => {
    const page = await visitor.get(app.authorizePath({}));
    const sessionDataKey = page.location?.searchParams.get('sessionDataKey') ?? '';
    return visitor.post('/commonauth', { sessionDataKey, username, password });
  };

  it('is in the way of nobody in other stores', async () => {
    expect((await users().authenticate(ORG, 'alice', USER_PASSWORD)).outcome).to.equal('authenticated');
    expect(await users().authenticate(ORG, 'alice', 'wrong password')).to.include({ reason: 'bad_credential' });
    const tokens = tokensOf(await byPassword('alice'));
    expect((await app.token({ grant_type: 'refresh_token', refresh_token: tokens.refresh })).status).to.equal(200);
    expect((await signIn(new Visitor(server), 'alice')).location?.pathname).to.equal('/oauth2/authorize');
    expect((await server.api('GET', STORES)).status).to.equal(200);
  });

  it('leaves it open whether somebody is there whom nobody else knows', async () => {
    for (const name of ['bob', 'ACME/bob', 'nobody']) {
      expect(await failureOf(() => users().authenticate(ORG, name, USER_PASSWORD)), name).to.be.instanceOf(
        UnavailableError,
      );
      expect(await failureOf(() => users().findByUsername(ORG, name)), name).to.be.instanceOf(UnavailableError);
    }
    expect(await failureOf(() => users().findById(ORG, 'no-such-id'))).to.be.instanceOf(UnavailableError);
    expect(
      await failureOf(() => users().create(ORG, { username: 'ACME/eve', password: USER_PASSWORD })),
    ).to.be.instanceOf(UnavailableError);
  });

  it('is told at the token endpoint as such', async () => {
    for (const name of ['bob', 'ACME/bob', 'nobody']) {
      const answer = await byPassword(name);
      expectError(answer, 503, 'temporarily_unavailable');
      expect(answer.headers.get('retry-after'), name).to.equal('7');
      expect(answer.text).not.to.contain('acme.test');
    }
  });

  it('is told on the sign-in page', async () => {
    const visitor = new Visitor(server);
    const hop = await signIn(visitor, 'ACME/bob');
    expect(hop.headers.get('retry-after')).to.equal('7');
    expect(hop.location?.searchParams.get('statusMsg')).to.equal('temporarily.unavailable');
    expect((await visitor.follow(hop)).text).to.contain('This cannot be checked just now.');
    directory.away = false;
    expect((await signIn(visitor, 'ACME/bob')).location?.pathname).to.equal('/oauth2/authorize');
  });

  it('is told by the management APIs to whom it might hold', async () => {
    const authorization = `Basic ${Buffer.from(`bob:${USER_PASSWORD}`).toString('base64')}`;
    const response = await server.fetch(STORES, { headers: { authorization } });
    expect([response.status, response.headers.get('retry-after')]).to.deep.equal([503, '7']);
    expect(await response.json()).to.include({ code: '503' });
  });

  it('keeps what its users have: a refresh fails for now, and not for good', async () => {
    directory.away = false;
    const tokens = tokensOf(await byPassword('bob'));
    directory.away = true;
    const refresh = () => app.token({ grant_type: 'refresh_token', refresh_token: tokens.refresh });
    expectError(await refresh(), 503, 'temporarily_unavailable');
    directory.away = false;
    expect((await refresh()).status).to.equal(200);
  });

  it('[U26] is as if it were not there once it is switched off: its users cannot refresh', async () => {
    directory.away = false;
    const tokens = tokensOf(await byPassword('bob'));
    await server.api('PATCH', `${STORES}/QUNNRQ`, [
      { operation: 'REPLACE', path: '/properties/Disabled', value: 'true' },
    ]);
    expectError(await app.token({ grant_type: 'refresh_token', refresh_token: tokens.refresh }), 400, 'invalid_grant');
    expectError(await byPassword('bob'), 400, 'invalid_grant');
    await server.api('PATCH', `${STORES}/QUNNRQ`, [
      { operation: 'REPLACE', path: '/properties/Disabled', value: 'false' },
    ]);
  });
});

it('a user store that fails again and again is left alone for a while when the operator wants that', async () => {
  const directories = new FakeDirectories();
  const directory = directories.at('ldap://acme.test');
  const toml =
    '[user_store_commons]\nenable_circuit_breaker = true\nmax_connection_retry_count = 3\nmin_connection_retry_delay_in_milliseconds = "3600000"';
  const server = await startTestServer({ plugins: { folders: [directories.plugin()] }, toml });
  try {
    await makeStore(server, 'ACME');
    directory.add('bob', USER_PASSWORD);
    const attempt = () => server.server.container.get(UserServiceToken).authenticate(ORG, 'ACME/bob', USER_PASSWORD);
    expect((await attempt()).outcome).to.equal('authenticated');
    directory.away = true;
    for (let count = 0; count < 3; count++) expect(await failureOf(attempt)).to.include({ retryAfterSeconds: 7 });
    directory.away = false;
    const asked = directory.secrets.length;
    expect(await failureOf(attempt)).to.include({ name: 'UnavailableError', retryAfterSeconds: 3600 });
    expect(directory.secrets.length, 'it is not even asked').to.equal(asked);
  } finally {
    await server.stop();
  }
});
