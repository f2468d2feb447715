import { expect } from 'chai';
import { claimUri, UserServiceToken } from '#core/users';
import { createApp, type TestApp, USER_PASSWORD } from '../../support/oauth-client.js';
import { expectScimError, ScimClient, type ScimJson } from '../../support/scim-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const SYSTEM = 'urn:scim:wso2:schema';
const basic = (name: string, password = USER_PASSWORD) =>
  `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

describe('SCIM Me', () => {
  let server: TestServer;
  let scim: ScimClient;
  let app: TestApp;
  let count = 0;
  before(async () => {
    server = await startTestServer();
    scim = new ScimClient(server);
    app = await createApp(server);
  });
  after(() => server.stop());

  /** A user with a token of its own. */
  async function person(scope = 'openid internal_login', more: ScimJson = {}) {
    count += 1;
    const username = `person-${count}`;
    const { id } = await scim.user(username, more);
    const tokens = await app.tokens(username, { scope });
    return { id, username, tokens, me: scim.as(`Bearer ${tokens.access}`) };
  }

  it('shows users themselves, by token and by password', async () => {
    const { id, username, me } = await person();
    const expected = (await scim.call('GET', `/Users/${id}`)).body;
    for (const client of [me, scim.as(basic(username))]) {
      const { status, body, headers } = await client.call('GET', '/Me');
      expect(status).to.equal(200);
      expect(body['id']).to.equal(id);
      expect(headers.get('content-location')).to.equal(`${server.origin}/scim2/Users/${id}`);
      expect((body['meta'] as ScimJson)['location']).to.equal((expected['meta'] as ScimJson)['location']);
    }
    expect(Object.keys((await me.call('GET', '/Me?attributes=userName')).body)).to.have.length(4);
  });

  it('wants a token for the user, given for this', async () => {
    const { me } = await person('openid');
    const refused = await me.call('GET', '/Me');
    expect(expectScimError(refused, 403)).to.contain('internal_login');
    expect(refused.headers.get('www-authenticate')).to.contain('insufficient_scope');
    expectScimError(await scim.as('').call('GET', '/Me'), 401);
    expectScimError(await scim.as('Bearer nonsense').call('GET', '/Me'), 401);
    expectScimError(await scim.as(basic('nobody')).call('GET', '/Me'), 401);
    const machine = await app.token({ grant_type: 'client_credentials' });
    const bearer = `Bearer ${machine.body.access_token ?? ''}`;
    expectScimError(await scim.as(bearer).call('GET', '/Me'), 403);
  });

  it('lets users change what is theirs', async () => {
    const { id, username, me } = await person();
    const { status, body } = await me.patch(
      '/Me',
      { op: 'replace', path: 'name.givenName', value: 'Kim' },
      { op: 'add', path: `${SYSTEM}:preferredChannel`, value: 'EMAIL' },
    );
    expect([status, body['name']]).to.deep.equal([200, { givenName: 'Kim' }]);
    const put = await me.call('PUT', '/Me', { userName: username, title: 'Boss' });
    expect([put.status, put.body['title'], put.body['name']]).to.deep.equal([200, 'Boss', undefined]);
    expect((await scim.call('GET', `/Users/${id}`)).body['title']).to.equal('Boss');
    expectScimError(await me.patch('/Me', { op: 'replace', path: 'userName', value: 'other' }), 400, 'mutability');
  });

  it('does not let users decide on their own account', async () => {
    const { id, me } = await person('openid internal_login', { [SYSTEM]: { emailVerified: false } });
    for (const [path, value] of [
      [`${SYSTEM}:accountLocked`, false],
      [`${SYSTEM}:accountDisabled`, false],
      [`${SYSTEM}:emailVerified`, true],
      [`${SYSTEM}:failedLoginAttempts`, 0],
      [`${SYSTEM}:unlockTime`, '1'],
      [`${SYSTEM}:userSourceId`, 'x'],
      [`${SYSTEM}:accountState`, 'UNLOCKED'],
      ['active', true],
      ['entitlements', [{ value: 'everything' }]],
      ['groups', [{ value: 'admins' }]],
      ['roles', [{ value: 'admin' }]],
      ['id', 'other'],
    ] as const)
      expectScimError(await me.patch('/Me', { op: 'replace', path, value }), 400, 'mutability', path);
    const put = await me.call('PUT', '/Me', {
      userName: `person-${count}`,
      [SYSTEM]: { emailVerified: true },
    });
    expectScimError(put, 400, 'mutability');
    const { body } = await scim.call('GET', `/Users/${id}`);
    expect(body[SYSTEM]).to.deep.include({ emailVerified: 'false' });
    expect(body).to.not.have.any.keys('groups', 'entitlements', 'active');
    expect((body['roles'] as ScimJson[]).map(({ display }) => display)).to.deep.equal(['everyone']);
    // What they have read they can send back.
    expect((await me.call('PUT', '/Me', (await me.call('GET', '/Me')).body)).status).to.equal(200);
  });

  it('changes a password; what was granted with the old one ends', async () => {
    const { username, tokens, me } = await person();
    expectScimError(await me.patch('/Me', { op: 'replace', path: 'password', value: 'short' }), 400, 'invalidValue');
    const { status, body } = await me.patch('/Me', { op: 'replace', path: 'password', value: 'Another-pass-1' });
    expect([status, body['password']]).to.deep.equal([200, undefined]);
    expect((await app.refresh(tokens.refresh)).status).to.equal(400);
    expectScimError(await me.call('GET', '/Me'), 401);
    expectScimError(await scim.as(basic(username)).call('GET', '/Me'), 401);
    expect((await scim.as(basic(username, 'Another-pass-1')).call('GET', '/Me')).status).to.equal(200);
  });

  it('ends what a user has when an administrator locks it', async () => {
    const { id, username, tokens, me } = await person();
    const locked = await scim.patch(`/Users/${id}`, { op: 'replace', path: `${SYSTEM}:accountLocked`, value: true });
    expect(locked.status).to.equal(200);
    expectScimError(await me.call('GET', '/Me'), 401);
    expectScimError(await scim.as(basic(username)).call('GET', '/Me'), 401);
    expect((await app.refresh(tokens.refresh)).status).to.equal(400);
  });

  it('lets users remove themselves', async () => {
    const { id, me, tokens } = await person();
    expect((await me.call('DELETE', '/Me')).status).to.equal(204);
    expectScimError(await scim.call('GET', `/Users/${id}`), 404);
    expectScimError(await me.call('GET', '/Me'), 401);
    expect((await app.refresh(tokens.refresh)).status).to.equal(400);
  });

  it('registers nobody', async () => {
    const { me } = await person();
    expectScimError(await me.call('POST', '/Me', { userName: 'new' }), 501);
    expectScimError(await scim.as('').call('POST', '/Me', { userName: 'new' }), 401);
  });

  it('changes only the version that the user has read', async () => {
    const { username, me } = await person();
    const etag = (await me.call('GET', '/Me')).headers.get('etag') ?? '';
    expect((await me.call('GET', '/Me', undefined, { 'if-none-match': etag })).status).to.equal(304);
    await me.patch('/Me', { op: 'add', path: 'title', value: 'x' });
    expectScimError(await me.call('PUT', '/Me', { userName: username }, { 'if-match': etag }), 412);
  });

  it('can be kept from changing passwords', async () => {
    const strict = await startTestServer({ toml: '[scim2]\ndisable_password_update_in_me_endpoint = true' });
    try {
      const there = new ScimClient(strict);
      await there.user('kim', { password: USER_PASSWORD });
      const me = there.as(basic('kim'));
      const refused = await me.patch('/Me', { op: 'replace', path: 'password', value: 'Another-pass-1' });
      expect(expectScimError(refused, 400)).to.equal('Password update is not allowed for scim2/Me endpoint');
      expect((await me.call('GET', '/Me')).status).to.equal(200);
    } finally {
      await strict.stop();
    }
  });

  describe('and the owner', () => {
    const manager = async (...scopes: string[]) => {
      const machine = await createApp(server);
      await machine.authorize('NO_POLICY', scopes);
      const { body } = await machine.token({ grant_type: 'client_credentials', scope: scopes.join(' ') });
      return scim.as(`Bearer ${body.access_token ?? ''}`);
    };
    const ownId = async () => String((await scim.call('GET', '/Me')).body['id']);

    it('nobody else removes the owner of the organization: a 403 without a body', async () => {
      const other = await manager('internal_user_mgt_delete');
      const { status, body } = await other.call('DELETE', `/Users/${await ownId()}`);
      expect([status, body]).to.deep.equal([403, undefined]);
      expect((await scim.call('GET', '/Me')).status).to.equal(200);
    });

    it('nobody else sets its password or its account state', async () => {
      const other = await manager('internal_user_mgt_update');
      const path = `/Users/${await ownId()}`;
      for (const operation of [
        { op: 'replace', path: 'password', value: 'Taken-over-1' },
        { op: 'replace', path: `${SYSTEM}:accountLocked`, value: true },
        { op: 'replace', path: `${SYSTEM}:accountDisabled`, value: true },
      ])
        expectScimError(await other.patch(path, operation), 403);
      expect((await other.patch(path, { op: 'replace', path: 'nickName', value: 'Boss' })).status).to.equal(200);
      const users = server.server.container.get(UserServiceToken);
      const claims = await users.readClaims('10084a8d-113f-4211-a0d5-efe36b082211', await ownId(), [
        claimUri('identity/accountLocked'),
      ]);
      expect(claims).to.deep.equal({});
    });
  });
});
