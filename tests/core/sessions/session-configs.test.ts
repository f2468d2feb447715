import { expect } from 'chai';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { type SessionService, SessionServiceToken } from '#core/sessions';
import { heldClock } from '../../support/held-clock.js';
import { createApp, createTenant, createUser, USER_PASSWORD } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const CONFIGS = '/api/server/v1/configs';
const SCOPE = 'internal_user_password_update';
const [MINUTE, DAY] = [60_000, 86_400_000];
const usual = {
  idleSessionTimeoutPeriod: '15',
  rememberMePeriod: '20160',
  enableMaximumSessionTimeoutPeriod: false,
  maximumSessionTimeoutPeriod: '43200',
  preserveCurrentSessionAtPasswordUpdate: false,
};

describe('what an organization decides on its sessions', function () {
  this.timeout(20_000);
  const clock = heldClock();
  let server: TestServer;
  let sessions: SessionService;
  let count = 0;
  before(async () => {
    server = await startTestServer({ clock });
    sessions = server.server.container.get(SessionServiceToken);
  });
  after(() => server?.stop());
  afterEach(() => patch(...Object.keys(usual).map((name) => ({ operation: 'REMOVE', path: `/${name}` }))));

  const patch = (...operations: readonly object[]) => server.api('PATCH', CONFIGS, operations);
  const set = async (name: string, value: unknown) => {
    const { status, body } = await patch({ operation: 'REPLACE', path: `/${name}`, value });
    expect(status, JSON.stringify(body)).to.equal(200);
  };
  const shown = async () => (await server.api('GET', CONFIGS)).body;
  const begin = async (remembered = false) => {
    const input = { userId: `u${++count}`, applicationId: 'app', passed: [], remembered, userAgent: '', ip: '::1' };
    return sessions.begin(SUPER_ORGANIZATION.id, input);
  };
  const isLive = async ({ secret }: { secret: string }) =>
    (await sessions.find(SUPER_ORGANIZATION.id, secret)) !== undefined;

  it('is what the operator says at first, and is taken back to it', async () => {
    expect(await shown()).to.deep.equal(usual);
    await set('idleSessionTimeoutPeriod', '30');
    await set('enableMaximumSessionTimeoutPeriod', true);
    expect(await shown()).to.deep.equal({
      ...usual,
      idleSessionTimeoutPeriod: '30',
      enableMaximumSessionTimeoutPeriod: true,
    });
    await patch({ operation: 'REMOVE', path: '/idleSessionTimeoutPeriod' });
    expect(await shown()).to.deep.equal({ ...usual, enableMaximumSessionTimeoutPeriod: true });
  });

  it('is how long sessions live without use, also those that are there already', async () => {
    const before = await begin();
    await set('idleSessionTimeoutPeriod', '5');
    clock.advance(5 * MINUTE);
    expect(await isLive(before)).to.equal(false);
    await set('idleSessionTimeoutPeriod', '60');
    const after = await begin();
    clock.advance(59 * MINUTE);
    expect(await isLive(after)).to.equal(true);
    clock.advance(MINUTE);
    expect(await isLive(after)).to.equal(false);
  });

  it('is how long remembered ones live, and when a session ends however much it is used', async () => {
    await set('rememberMePeriod', 2 * 1440);
    const remembered = await begin(true);
    expect(await sessions.cookieAge(remembered.session)).to.equal((2 * DAY) / 1000);
    await set('maximumSessionTimeoutPeriod', '1440');
    clock.advance(DAY);
    expect(await isLive(remembered)).to.equal(true);
    await set('enableMaximumSessionTimeoutPeriod', 'true');
    expect(await isLive(remembered)).to.equal(false);
  });

  it('is changed all or nothing; what is no time, no switch, or not there is refused', async () => {
    for (const [path, value] of [
      ['/idleSessionTimeoutPeriod', 'soon'],
      ['/idleSessionTimeoutPeriod', '0'],
      ['/idleSessionTimeoutPeriod', '-5'],
      ['/rememberMePeriod', '99999999'],
      ['/enableMaximumSessionTimeoutPeriod', 'maybe'],
      ['/preserveCurrentSessionAtPasswordUpdate', '1'],
      ['/homeRealmIdentifiers', 'localhost'],
      ['/constructor', 'x'],
      ['/__proto__', 'x'],
      ['', 'x'],
    ] as const) {
      const good = { operation: 'REPLACE', path: '/rememberMePeriod', value: '5' };
      const { status, body } = await patch(good, { operation: 'REPLACE', path, value });
      expect(status, `${path} ${value}`).to.equal(400);
      expect(body['code'], path).to.be.a('string');
    }
    for (const operation of [
      { operation: 'REPLACE', path: '/rememberMePeriod' },
      { operation: 'REMOVE', path: '/rememberMePeriod', value: '5' },
      { operation: 'MOVE', path: '/rememberMePeriod', value: '5' },
    ])
      expect((await patch(operation)).status, JSON.stringify(operation)).to.equal(400);
    expect((await patch()).status).to.equal(400);
    expect(await shown()).to.deep.equal(usual);
  });

  it('is for those with the right to, and for that organization only', async () => {
    await createUser(server, 'plain');
    const authorization = `Basic ${btoa(`plain:${USER_PASSWORD}`)}`;
    for (const method of ['GET', 'PATCH']) {
      const body =
        method === 'GET' ? {} : { body: JSON.stringify([{ operation: 'REMOVE', path: '/rememberMePeriod' }]) };
      const headers = { authorization, 'content-type': 'application/json' };
      expect((await server.fetch(CONFIGS, { method, headers, ...body })).status, method).to.equal(403);
      expect(
        (await server.fetch(CONFIGS, { method, headers: { 'content-type': 'application/json' }, ...body })).status,
      ).to.equal(401);
    }
    const tenant = await createTenant(server, 'configs.example');
    await set('idleSessionTimeoutPeriod', '99');
    const headers = { authorization: `Basic ${btoa('owner:Owner-pass-1')}` };
    const response = await server.fetch(`${tenant.prefix}${CONFIGS}`, { headers });
    expect(await response.json()).to.deep.equal(usual);
  });

  for (const [way, send] of [
    [
      'the API for passwords',
      {
        method: 'POST',
        path: '/api/users/v1/me/change-password',
        body: { currentPassword: USER_PASSWORD, newPassword: 'Brand-new-pass-1' },
      },
    ],
    [
      'SCIM',
      {
        method: 'PATCH',
        path: '/scim2/Me',
        body: {
          schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
          Operations: [{ op: 'replace', value: { password: 'Brand-new-pass-1' } }],
        },
      },
    ],
  ] as const)
    it(`is whether a session and its token go on when the password changes by ${way}`, async () => {
      const app = await createApp(server, { client: { accessToken: { type: 'JWT' } } });
      await app.authorize('NO_POLICY', [SCOPE, 'internal_login']);
      for (const preserve of [false, true]) {
        await set('preserveCurrentSessionAtPasswordUpdate', preserve);
        const user = await createUser(server, `keeper-${++count}`);
        const { access } = await app.tokens(user.username, { scope: `openid internal_login ${SCOPE}` });
        const headers = { authorization: `Bearer ${access}`, 'content-type': 'application/json' };
        const { method, path, body } = send;
        const answer = await server.fetch(path, { method, headers, body: JSON.stringify(body) });
        expect(answer.status, await answer.text()).to.be.oneOf([200, 204]);
        expect(await app.isActive(access), String(preserve)).to.equal(preserve);
        expect(await sessions.listOf(user.orgId, user.id)).to.have.length(preserve ? 1 : 0);
      }
    });
});
