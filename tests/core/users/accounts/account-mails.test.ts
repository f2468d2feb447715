import { expect } from 'chai';
import { OutboxToken } from '#core/persistence';
import { type User, type UserService, UserServiceToken } from '#core/users';
import { eventually } from '../../../support/eventually.js';
import { CONNECTORS, govern, lockOn } from '../../../support/governance.js';
import { heldClock } from '../../../support/held-clock.js';
import { type MailServer, startMailServer } from '../../../support/mail-server.js';
import { createUser, USER_PASSWORD } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { identityClaim as of, sendingTo } from './account-parts.js';

const MINUTE = 60_000;

describe('mails about accounts', function () {
  this.timeout(30_000);
  const clock = heldClock();
  let server: TestServer;
  let mail: MailServer;
  let users: UserService;
  let count = 0;
  before(async () => {
    mail = await startMailServer({ authentication: 'NONE' });
    server = await startTestServer({ clock, toml: sendingTo(mail) });
    users = server.server.container.get(UserServiceToken);
    await lockOn(server, { 'account.lock.handler.notification.notifyOnLockIncrement': 'false' });
    await govern(server, CONNECTORS.disable, { 'account.disable.handler.enable': 'true' });
  });
  after(async () => {
    await server?.stop();
    await mail?.stop();
  });

  const make = (more: Readonly<Record<string, readonly string[]>> = {}) =>
    createUser(server, `mailed-${++count}`, { emailaddress: [`mailed-${count}@example.com`], ...more });
  const mailsOf = (user: User) => {
    const own = mail.received.filter(({ recipients }) => recipients.includes(`${user.username}@example.com`));
    return own.map((one) => one.mail);
  };
  /** The mails of a user once there are so many, and no more of them after another one has come. */
  const told = async (user: User, number: number) => {
    await eventually(`${number} mails`, () => mailsOf(user).length >= number);
    const other = await make();
    await set(other, 'accountLocked', 'true');
    await eventually('the next mail', () => mailsOf(other).length > 0);
    expect(mailsOf(user).map(({ subject }) => subject)).to.have.length(number);
    return mailsOf(user);
  };
  const set = (user: User, name: string, value: string) =>
    users.writeClaims(user.orgId, user.id, { [of(name)]: [value] }, 'administrator');
  const attempt = async ({ orgId, username }: User, password: string) =>
    (await users.authenticate(orgId, username, password)).outcome;
  const wrong = async (user: User, times: number) => {
    for (let n = 0; n < times; n++) await attempt(user, 'wrong');
  };

  it('say that too many passwords were wrong, for how long it is locked, and when it has opened by itself', async () => {
    const user = await make();
    await wrong(user, 5);
    const [locked] = await told(user, 1);
    expect(locked?.subject).to.contain('your account has been locked');
    expect(locked?.html).to.contain(user.username).and.contain('in minutes: 5');
    clock.advance(6 * MINUTE);
    const both = await Promise.all([attempt(user, USER_PASSWORD), attempt(user, USER_PASSWORD)]);
    expect(both).to.deep.equal(['authenticated', 'authenticated']);
    const mails = await told(user, 2);
    expect(mails[1]?.subject).to.contain('can be used again');
  });

  it('are not repeated for each longer lock, unless the organization wants it', async () => {
    const user = await make();
    for (const _ of [1, 2]) {
      await wrong(user, 5);
      clock.advance(60 * MINUTE);
    }
    await told(user, 1);
    await lockOn(server, { 'account.lock.handler.notification.notifyOnLockIncrement': 'true' });
    await wrong(user, 5);
    await lockOn(server, { 'account.lock.handler.notification.notifyOnLockIncrement': 'false' });
    const mails = await told(user, 2);
    expect(mails[1]?.html).to.contain('in minutes: 20');
  });

  it('say that an administrator has locked and opened it, once for each change', async () => {
    const user = await make();
    await set(user, 'accountLocked', 'true');
    await set(user, 'accountLocked', 'true');
    const [locked] = await told(user, 1);
    expect(locked?.html).to.contain('An administrator or a rule of your organization has locked your account');
    await set(user, 'accountLocked', 'false');
    await set(user, 'accountLocked', 'false');
    const mails = await told(user, 2);
    expect(mails[1]?.html).to.contain('An administrator has unlocked your account');
  });

  it('say that it is disabled and enabled, in the language of the user', async () => {
    const user = await make({ local: ['de_DE'] });
    await set(user, 'accountDisabled', 'true');
    await set(user, 'accountDisabled', 'false');
    const subjects = (await told(user, 2)).map(({ subject }) => subject);
    expect(subjects[0]).to.contain('Ihr Konto wurde deaktiviert');
    expect(subjects[1]).to.contain('Ihr Konto wurde aktiviert');
  });

  it('are not sent of accounts that wait for something, nor to those without an address', async () => {
    const pending = await make();
    const claims = { [of('accountLocked')]: ['true'], [of('lockedReason')]: ['PENDING_ASK_PASSWORD'] };
    await users.writeClaims(pending.orgId, pending.id, claims);
    await users.setPassword(pending.orgId, pending.id, 'Another-pass-1', 'administrator');
    expect(await attempt(pending, 'Another-pass-1')).to.equal('authenticated');
    const mute = await createUser(server, `mute-${++count}`, { emailaddress: ['nowhere'] });
    await set(mute, 'accountLocked', 'true');
    await told(pending, 0);
    const outbox = server.server.container.get(OutboxToken);
    // A mail that has come may still be on its way out of the outbox.
    await eventually('nothing is left', async () => (await outbox.list(mute.orgId, 'pending', 10)).length === 0);
    expect(await outbox.list(mute.orgId, 'dead', 10)).to.deep.equal([]);
  });

  it('are left to others where the organization says so', async () => {
    await lockOn(server, { 'account.lock.handler.notification.manageInternally': 'false' });
    await govern(server, CONNECTORS.disable, { 'account.disable.handler.notification.manageInternally': 'false' });
    const user = await make();
    await wrong(user, 5);
    await set(user, 'accountLocked', 'false');
    await set(user, 'accountDisabled', 'true');
    await lockOn(server, { 'account.lock.handler.notification.manageInternally': 'true' });
    await told(user, 0);
  });
});
