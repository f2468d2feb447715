import { expect } from 'chai';
import { OrganizationServiceToken } from '#core/organizations';
import {
  IdleAccountsToken,
  OrganizationValuesToken,
  SignInTimesToken,
  type User,
  type UserService,
  UserServiceToken,
} from '#core/users';
import { eventually } from '../../../support/eventually.js';
import { CONNECTORS, govern } from '../../../support/governance.js';
import { heldClock } from '../../../support/held-clock.js';
import { type MailServer, startMailServer } from '../../../support/mail-server.js';
import { createApp, createTenant, createUser, USER_PASSWORD } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { identityClaim as of, sendingTo } from './account-parts.js';

const DAY = 86_400_000;
const day = (time: number) => new Date(time).toISOString().slice(0, 10);

describe('idle accounts', function () {
  this.timeout(20_000);
  const clock = heldClock();
  let server: TestServer;
  let mail: MailServer;
  let users: UserService;
  let count = 0;
  before(async () => {
    mail = await startMailServer({ authentication: 'NONE' });
    server = await startTestServer({ clock, toml: sendingTo(mail) });
    users = server.server.container.get(UserServiceToken);
  });
  after(async () => {
    await server?.stop();
    await mail?.stop();
  });

  const idleFor = async (days: number): Promise<User> => {
    const user = await createUser(server, `idle-${++count}`, { emailaddress: [`idle-${count}@example.com`] });
    await users.writeClaims(user.orgId, user.id, { [of('lastLogonTime')]: [String(clock.now() - days * DAY)] });
    return user;
  };
  const list = (query: string) =>
    server.api<{ userId: string; username: string; userStoreDomain: string }[]>(
      'GET',
      `/api/idle-account-identification/v1/inactive-users${query}`,
    );
  const has = async (query: string, { id }: User) => {
    const { status, body } = await list(query);
    expect(status, JSON.stringify(body)).to.equal(200);
    return body.some(({ userId }) => userId === id);
  };
  const claim = async (user: User, name: string) => (await users.claimsOf(user, [of(name)]))[of(name)]?.[0];

  it('[A12] are listed since a day, which has to be given, and is a day', async () => {
    for (const [query, code] of [
      ['', '60001'],
      ['?excludeBefore=2030-01-01', '60001'],
      ['?inactiveAfter=1.6.2030', '60002'],
      ['?inactiveAfter=2030-02-30', '60003'],
      ['?inactiveAfter=2030-01-01&excludeBefore=2030-02-01', '60004'],
      ['?inactiveAfter=2030-01-01&filter=isDisabled%20ne%20true', '60005'],
    ] as const) {
      const { status, body } = await list(query);
      expect([status, (body as unknown as { code: string }).code], query).to.deep.equal([400, `IDLE_ACC-${code}`]);
    }
  });

  it('are those who have signed in last before that day, and not before the other one', async () => {
    const user = await idleFor(10);
    expect(
      (await list(`?inactiveAfter=${day(clock.now() - 9 * DAY)}`)).body.find(({ userId }) => userId === user.id),
    ).to.deep.equal({
      userId: user.id,
      username: user.username,
      userStoreDomain: 'PRIMARY',
    });
    expect(await has(`?inactiveAfter=${day(clock.now() - 10 * DAY)}`, user)).to.equal(false);
    const since = `?inactiveAfter=${day(clock.now())}&excludeBefore=`;
    expect(await has(since + day(clock.now() - 10 * DAY), user)).to.equal(true);
    expect(await has(since + day(clock.now() - 9 * DAY), user)).to.equal(false);
  });

  it('can be asked for by whether they are disabled', async () => {
    const [usual, disabled] = [await idleFor(10), await idleFor(10)];
    await users.writeClaims(disabled.orgId, disabled.id, { [of('accountDisabled')]: ['true'] });
    const since = `?inactiveAfter=${day(clock.now())}&filter=isDisabled%20eq%20`;
    expect([await has(`${since}true`, usual), await has(`${since}true`, disabled)]).to.deep.equal([false, true]);
    expect([await has(`${since}false`, usual), await has(`${since}false`, disabled)]).to.deep.equal([true, false]);
  });

  it('are not those who sign in, which is written soon, by page and by grant', async () => {
    const app = await createApp(server, { client: { grantTypes: ['password', 'authorization_code'] } });
    const [visitor, grantee] = [await idleFor(10), await idleFor(10)];
    await app.tokens(visitor.username);
    await app.token({ grant_type: 'password', username: grantee.username, password: USER_PASSWORD });
    await app.token({ grant_type: 'password', username: (await idleFor(10)).username, password: 'wrong' });
    for (const user of [visitor, grantee]) {
      expect(await has(`?inactiveAfter=${day(clock.now() - DAY)}`, user)).to.equal(false);
      expect(await claim(user, 'lastLogonTime')).to.equal(String(clock.now()));
      expect(await claim(user, 'lastLoginTime')).to.equal(String(clock.now()));
    }
  });

  it('are written at most once a minute for one user', async () => {
    const times = server.server.container.get(SignInTimesToken);
    const user = await idleFor(10);
    const first = clock.now();
    const signIn = async () => {
      await users.authenticate(user.orgId, user.username, USER_PASSWORD);
      await times.flush();
      return Number(await claim(user, 'lastLogonTime'));
    };
    expect(await signIn()).to.equal(first);
    clock.advance(59_000);
    expect(await signIn()).to.equal(first);
    clock.advance(1000);
    expect(await signIn()).to.equal(first + 60_000);
  });

  it('are told beforehand and locked in the end, once a day, where the organization wants it', async () => {
    const idle = server.server.container.get(IdleAccountsToken);
    const [fresh, half, long] = [await idleFor(5), await idleFor(45), await idleFor(91)];
    await idle.runDay(clock.now());
    expect(await claim(long, 'accountState'), 'it is off').to.equal('UNLOCKED');
    await govern(server, CONNECTORS.idle, { 'suspension.notification.enable': 'true' });
    await idle.runDay(clock.now());
    expect(await claim(long, 'lockedReason')).to.equal('IDLE_ACCOUNT');
    expect(await claim(long, 'accountState')).to.equal('LOCKED');
    for (const user of [fresh, half]) expect(await claim(user, 'accountState')).to.equal('UNLOCKED');
    const mails = () => mail.received.filter(({ recipients }) => recipients.includes(`${half.username}@example.com`));
    await eventually('the reminder', () => mails().length > 0);
    expect(mails()[0]?.mail.html).to.contain('in 45 days');
    const other = await idleFor(120);
    await idle.runDay(clock.now());
    expect(await claim(other, 'accountState'), 'the day has been done').to.equal('UNLOCKED');
    clock.advance(DAY);
    await idle.runDay(clock.now());
    expect(await claim(other, 'accountState')).to.equal('LOCKED');
    await eventually('the mail about the lock', () =>
      mail.received.some(({ recipients }) => recipients.includes(`${other.username}@example.com`)),
    );
    expect((await users.authenticate(other.orgId, other.username, USER_PASSWORD)).outcome).to.equal('rejected');
    expect(mails(), 'told once').to.have.length(1);
    expect(
      mail.received.filter(({ recipients }) => recipients.includes(`${fresh.username}@example.com`)),
    ).to.deep.equal([]);
  });

  it('are dealt with as the organization says, from the time of day on that the operator says', async () => {
    const idle = server.server.container.get(IdleAccountsToken);
    await govern(server, CONNECTORS.idle, {
      'suspension.notification.enable': 'true',
      'suspension.notification.account.disable.delay': '20',
      'suspension.notification.delays': '7, 14',
    });
    const [told, locked] = [await idleFor(14), await idleFor(21)];
    const midnight = Math.ceil(clock.now() / DAY) * DAY;
    await idle.look(midnight + 12 * 3_600_000 - 1, '12:00:00');
    expect(await claim(locked, 'accountState'), 'too early').to.equal('UNLOCKED');
    await users.writeClaims(told.orgId, told.id, { [of('lastLogonTime')]: [String(midnight - 13 * DAY)] });
    await idle.look(midnight + 12 * 3_600_000, '12:00:00');
    expect(await claim(locked, 'lockedReason')).to.equal('IDLE_ACCOUNT');
    expect(await claim(told, 'accountState')).to.equal('UNLOCKED');
  });

  it('are left alone in a tenant that is switched off, and found when it is on again', async () => {
    const idle = server.server.container.get(IdleAccountsToken);
    const organizations = server.server.container.get(OrganizationServiceToken);
    const { orgId } = await createTenant(server, 'quiet.example');
    const values = server.server.container.get(OrganizationValuesToken);
    await values.change(
      orgId,
      [{ topic: CONNECTORS.idle[1], name: `${CONNECTORS.idle[1]}.enable`, value: 'true' }],
      'test',
    );
    const user = await createUser(server, 'quiet', {}, { orgId, prefix: '' });
    await users.writeClaims(orgId, user.id, { [of('lastLogonTime')]: [String(clock.now() - 91 * DAY)] });
    await organizations.setActive(orgId, false);
    await idle.runDay(clock.now());
    expect(await claim(user, 'accountState')).to.equal('UNLOCKED');
    await organizations.setActive(orgId, true);
    await idle.runDay(clock.now());
    expect(await claim(user, 'accountState')).to.equal('LOCKED');
  });

  it('are not looked at at a time that is none', async () => {
    const toml = '[identity_mgt.idle_accounts]\ntrigger_time = "25:00"';
    const failed = await startTestServer({ toml }).then(
      (started) => started.stop(),
      (error: unknown) => String(error),
    );
    expect(failed).to.contain('trigger_time').and.contain('expected a time of day');
  });
});
