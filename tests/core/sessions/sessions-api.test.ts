import { expect } from 'chai';
import { AuditLogToken } from '#core/audit';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { SessionServiceToken } from '#core/sessions';
import { heldClock } from '../../support/held-clock.js';
import { createApp, createUser, type TestApp, USER_PASSWORD } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { Visitor } from '../../support/visitor.js';
import { type ApiFailure, providersAs, tenantAdministrator } from '../connections/provider-api.js';

interface Shown {
  readonly id: string;
  readonly userId?: string;
  readonly ip: string;
  readonly userAgent: string;
  readonly loginTime: string;
  readonly lastAccessTime: string;
  readonly applications: readonly { readonly id: string; readonly appName: string; readonly subject: string }[];
}
interface Found {
  readonly Resources: readonly Shown[];
  readonly next?: string;
  readonly previous?: string;
}

const BASE = '/api/users/v1';
const ORG = SUPER_ORGANIZATION.id;
const basic = (name: string) => `Basic ${Buffer.from(`${name}:${USER_PASSWORD}`).toString('base64')}`;

describe('the session API', () => {
  const clock = heldClock();
  let server: TestServer;
  let app: TestApp;
  let count = 0;
  before(async function () {
    this.timeout(60_000);
    server = await startTestServer({ clock });
    app = await createApp(server, { name: 'travel' });
  });
  after(() => server?.stop());

  const as = (authorization: string | undefined = server.admin, prefix = '') =>
    providersAs(server, { authorization, prefix }, BASE);
  const signedIn = async (username: string) => {
    const visitor = new Visitor(server);
    await app.visit(visitor, {}, { username });
    return visitor;
  };
  const newUser = () => createUser(server, `traveller${++count}`);
  const begin = (userId: string, userAgent = 'Browser/1', ip = '192.0.2.1') =>
    server.server.container.get(SessionServiceToken).begin(ORG, {
      userId,
      applicationId: app.application.id,
      passed: [{ idp: 'LOCAL', authenticator: 'BasicAuthenticator', at: clock.now() }],
      remembered: false,
      userAgent,
      ip,
    });

  it('shows users their sessions, and ends one or all of them', async () => {
    const user = await newUser();
    const mine = as(basic(user.username));
    expect((await mine.get<{ sessions: unknown[] }>('/me/sessions')).body.sessions).to.deep.equal([]);
    await signedIn(user.username);
    clock.advance(1000);
    await signedIn(user.username);
    const { status, body } = await mine.get<{ userId: string; sessions: Shown[] }>('/me/sessions');
    expect([status, body.userId, body.sessions.length]).to.deep.equal([200, user.id, 2]);
    const [newer, older] = body.sessions;
    expect(Number(newer?.loginTime) - Number(older?.loginTime)).to.equal(1000);
    expect(newer?.applications).to.deep.equal([
      { id: app.application.id, subject: user.username, appName: 'travel', appId: app.application.id },
    ]);
    expect((await mine.delete(`/me/sessions/${older?.id}`)).status).to.equal(204);
    expect((await mine.delete(`/me/sessions/${older?.id}`)).status).to.equal(404);
    const left = await mine.get<{ sessions: Shown[] }>('/me/sessions');
    expect(left.body.sessions.map(({ id }) => id)).to.deep.equal([newer?.id]);
    expect((await mine.delete('/me/sessions')).status).to.equal(204);
    expect((await mine.get<{ sessions: unknown[] }>('/me/sessions')).body.sessions).to.deep.equal([]);
  });

  it('neither shows nor ends sessions of others to a user', async () => {
    const [user, other] = [await newUser(), await newUser()];
    const { session } = await begin(other.id);
    const mine = as(basic(user.username));
    expect((await mine.delete(`/me/sessions/${session.id}`)).status).to.equal(404);
    expect((await mine.get(`/${other.id}/sessions`)).status).to.equal(403);
    expect((await mine.get('/sessions')).status).to.equal(403);
    expect((await mine.delete(`/${other.id}/sessions`)).status).to.equal(403);
    expect((await as('').get('/me/sessions')).status).to.equal(401);
    const listed = await as().get<{ sessions: Shown[] }>(`/${other.id}/sessions`);
    expect(listed.body.sessions.map(({ id }) => id)).to.deep.equal([session.id]);
  });

  it('wants a token of the user with internal_login', async () => {
    const user = await newUser();
    const tokens = async (scope: string) => (await app.tokens(user.username, { scope })).access;
    expect((await as(`Bearer ${await tokens('openid')}`).get('/me/sessions')).status).to.equal(403);
    expect((await as(`Bearer ${await tokens('openid internal_login')}`).get('/me/sessions')).status).to.equal(200);
  });

  it('lets administrators look at sessions of a user and end them', async () => {
    const user = await newUser();
    const admin = as();
    const [one, two] = [await begin(user.id), await begin(user.id)];
    const shown = await admin.get<Shown>(`/${user.id}/sessions/${one.session.id}`);
    expect([shown.status, shown.body.userId, shown.body.ip]).to.deep.equal([200, user.id, '192.0.2.1']);
    const other = await newUser();
    expect((await admin.get(`/${other.id}/sessions/${one.session.id}`)).status).to.equal(404);
    expect((await admin.delete(`/${user.id}/sessions/${one.session.id}`)).status).to.equal(204);
    expect((await admin.get(`/${user.id}/sessions/${one.session.id}`)).status).to.equal(404);
    expect((await admin.get(`/${user.id}/sessions/${two.session.id}`)).status).to.equal(200);
    expect((await admin.delete(`/${user.id}/sessions`)).status).to.equal(204);
    expect((await admin.get(`/${user.id}/sessions/${two.session.id}`)).status).to.equal(404);
    expect((await admin.get<ApiFailure>('/nobody/sessions')).body.code).to.equal('USM-10001');
    for (const [query, code] of [
      ['limit=1', 'USM-10003'],
      ['filter=a', 'USM-10004'],
      ['sort=a', 'USM-10005'],
    ])
      expect((await admin.get<ApiFailure>(`/${user.id}/sessions?${query}`)).body.code, query).to.equal(code);
    const records = await server.server.container.get(AuditLogToken).list(ORG, 1000);
    const ended = records.filter(({ action }) => action === 'TerminateSession');
    expect(ended.map(({ targetId }) => targetId)).to.include.members([one.session.id, two.session.id]);
  });

  it('searches all sessions by what is known of them', async () => {
    const user = await newUser();
    const agent = `Agent-${count}`;
    const { session } = await begin(user.id, `${agent} Chrome/9`, '198.51.100.7');
    clock.advance(10);
    await begin((await newUser()).id, `${agent} Firefox`, '198.51.100.8');
    const found = async (filter: string) => {
      const query = new URLSearchParams({ filter: `userAgent sw ${agent} and ${filter}` });
      return (await as().get<Found>(`/sessions?${query}`)).body.Resources.map(({ id }) => id);
    };
    for (const filter of [
      `loginId eq ${user.username}`,
      `loginId ew ${user.username.slice(3)}`,
      `sessionId eq ${session.id}`,
      `sessionId sw ${session.id.slice(0, 20)}`,
      'ipAddress eq 198.51.100.7',
      'userAgent co chrome',
      `appName eq travel and userAgent ew /9`,
      `loginTime le ${session.createdAt}`,
      `lastAccessTime le ${session.lastAccessAt}`,
    ])
      expect(await found(filter), filter).to.deep.equal([session.id]);
    expect(await found(`loginTime ge ${session.createdAt + 1}`)).not.to.include(session.id);
    expect(await found('appName eq other')).to.deep.equal([]);
    for (const bad of [
      'loginId eq a or loginId eq b',
      'loginId gt a',
      'ipAddress co 1',
      'loginTime eq 1',
      'loginTime le tomorrow',
      'password eq x',
      'x',
    ]) {
      const refused = await as().get<ApiFailure>(`/sessions?${new URLSearchParams({ filter: bad })}`);
      expect([refused.status, refused.body.code], bad).to.deep.equal([400, 'USM-10011']);
    }
  });

  it('pages through sessions, the newest first, and back', async () => {
    const agent = `Pages-${++count}`;
    const user = await newUser();
    const ids: string[] = [];
    for (let index = 0; index < 5; index++) {
      clock.advance(10);
      ids.unshift((await begin(user.id, agent)).session.id);
    }
    const filter = new URLSearchParams({ limit: '2', filter: `userAgent eq ${agent}` });
    const page = async (link: string | undefined) => {
      const { body } = await as().get<Found>(`/${link}`);
      return { ...body, ids: body.Resources.map(({ id }) => id) };
    };
    const first = await page(`sessions?${filter}`);
    expect([first.ids, first.previous]).to.deep.equal([ids.slice(0, 2), undefined]);
    const second = await page(first.next);
    expect(second.ids).to.deep.equal(ids.slice(2, 4));
    const third = await page(second.next);
    expect([third.ids, third.next]).to.deep.equal([ids.slice(4), undefined]);
    expect((await page(third.previous)).ids).to.deep.equal(ids.slice(2, 4));
    expect((await page(second.previous)).ids).to.deep.equal(ids.slice(0, 2));
  });

  it('keeps the sessions of tenants apart', async () => {
    const owner = await tenantAdministrator(server, `sessions${++count}.example`);
    const { session } = await begin((await newUser()).id);
    const there = as(owner.authorization, owner.prefix);
    const listed = await there.get<Found>('/sessions');
    expect([listed.status, listed.body.Resources]).to.deep.equal([200, []]);
    expect((await there.get(`/${session.userId}/sessions`)).status).to.equal(404);
  });
});
