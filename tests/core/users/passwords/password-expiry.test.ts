import { expect } from 'chai';
import { RoleServiceToken } from '#core/access';
import { claimUri, PasswordExpiryToken, type User, type UserService, UserServiceToken } from '#core/users';
import { expiryRule } from '../../../../core/users/passwords/expiry-rules.js';
import { CONNECTORS, govern } from '../../../support/governance.js';
import { heldClock } from '../../../support/held-clock.js';
import { createApp, createUser, expectError, type TestApp, USER_PASSWORD } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { Visitor } from '../../../support/visitor.js';

const DAY = 86_400_000;
const UPDATED = claimUri('identity/lastPasswordUpdateTime');
const of = (name: string) => `passwordExpiry.${name}`;

describe('password expiry', function () {
  this.timeout(20_000);
  const clock = heldClock();
  let server: TestServer;
  let users: UserService;
  let app: TestApp;
  let count = 0;
  before(async () => {
    server = await startTestServer({ clock });
    users = server.server.container.get(UserServiceToken);
    app = await createApp(server, { client: { grantTypes: ['password', 'authorization_code', 'refresh_token'] } });
    await govern(server, CONNECTORS.expiry, { [of('enablePasswordExpiry')]: 'true' });
  });
  after(() => server?.stop());
  const set = (values: Readonly<Record<string, string>>) =>
    govern(
      server,
      CONNECTORS.expiry,
      Object.fromEntries(Object.entries(values).map(([name, value]) => [of(name), value])),
    );

  /** A user whose password is so many days old. */
  const aged = async (days: number): Promise<User> => {
    const user = await createUser(server, `expiry-${++count}`);
    await users.writeClaims(user.orgId, user.id, { [UPDATED]: [String(clock.now() - days * DAY)] });
    return user;
  };
  const isExpired = (user: User) => server.server.container.get(PasswordExpiryToken).isExpired(user);
  const visit = (user: User, visitor = new Visitor(server)) => app.visit(visitor, {}, { username: user.username });
  const answer = (visitor: Visitor, page: URL | undefined, fields: readonly [string, string, string]) =>
    visitor.post('/commonauth', {
      sessionDataKey: page?.searchParams.get('sessionDataKey') ?? '',
      CURRENT_PWD: fields[0],
      NEW_PWD: fields[1],
      NEW_PWD_CONFIRMATION: fields[2],
    });

  it('is counted from the last change; a time that nobody knows is too long ago', async () => {
    const [young, old] = [await aged(29), await aged(30)];
    expect([await isExpired(young), await isExpired(old)]).to.deep.equal([false, true]);
    await users.writeClaims(young.orgId, young.id, { [UPDATED]: [] });
    expect(await isExpired(young)).to.equal(true);
    await users.writeClaims(young.orgId, young.id, { [UPDATED]: ['yesterday'] });
    expect(await isExpired(young), 'a time that cannot be read').to.equal(true);
    await users.setPassword(young.orgId, young.id, 'Another-pass-1', 'user');
    expect(await isExpired(young)).to.equal(false);
  });

  it('comes after as many days as the organization says', async () => {
    const user = await aged(40);
    await set({ passwordExpiryInDays: '41' });
    expect(await isExpired(user)).to.equal(false);
    await set({ passwordExpiryInDays: '40' });
    expect(await isExpired(user)).to.equal(true);
    await set({ passwordExpiryInDays: '30' });
  });

  it('has the user set a new password before anything is given, and then goes on', async () => {
    const user = await aged(31);
    const visitor = new Visitor(server);
    let hop = await visitor.get(app.authorizePath());
    const sessionDataKey = hop.location?.searchParams.get('sessionDataKey') ?? '';
    hop = await visitor.post('/commonauth', { sessionDataKey, username: user.username, password: USER_PASSWORD });
    expect(hop.location?.pathname).to.equal('/authenticationendpoint/password_reset_enforcer.do');
    expect(visitor.cookie('commonAuthId')).to.equal(undefined);
    const html = (await visitor.follow(hop)).text;
    expect(html).to.contain('Your password has expired').and.to.contain('8 to 64 characters');
    const page = hop.location;
    const tries = [
      [['wrong', 'Brand-new-pass-1', 'Brand-new-pass-1'], 'password.current.wrong'],
      [[USER_PASSWORD, 'Brand-new-pass-1', 'Brand-new-pass-2'], 'password.mismatch'],
      [[USER_PASSWORD, USER_PASSWORD, USER_PASSWORD], 'password.same'],
      [[USER_PASSWORD, 'weak', 'weak'], 'password.policy'],
      [['', '', ''], 'password.incomplete'],
    ] as const;
    for (const [fields, message] of tries) {
      const failed = await answer(visitor, page, fields);
      expect(failed.location?.searchParams.get('authFailureMsg'), message).to.equal(message);
      expect((await visitor.follow(failed)).text)
        .to.contain('role="alert"')
        .and.not.to.contain('That did not work');
    }
    expect(
      (await users.authenticate(user.orgId, user.username, USER_PASSWORD, { acceptsExpired: true })).outcome,
    ).to.equal('authenticated');
    let done = await answer(visitor, page, [USER_PASSWORD, 'Brand-new-pass-1', 'Brand-new-pass-1']);
    while (done.location?.origin === server.origin) done = await visitor.follow(done);
    expect(done.location?.searchParams.get('code')).to.be.a('string');
    expect((await users.authenticate(user.orgId, user.username, 'Brand-new-pass-1')).outcome).to.equal('authenticated');
    expect((await users.authenticate(user.orgId, user.username, USER_PASSWORD)).outcome).to.equal('rejected');
  });

  it('cannot be passed by by asking again, nor quietly, nor with a session from before', async () => {
    const user = await aged(1);
    const visitor = new Visitor(server);
    expect((await visit(user, visitor)).location?.searchParams.has('code')).to.equal(true);
    await users.writeClaims(user.orgId, user.id, { [UPDATED]: [String(clock.now() - 40 * DAY)] });
    const again = await visitor.get(app.authorizePath());
    expect(again.location?.pathname).to.contain('password_reset_enforcer');
    const quiet = await visitor.get(app.authorizePath({ prompt: 'none' }));
    expect(quiet.location?.searchParams.get('error')).to.equal('login_required');
  });

  it('counts wrong current passwords, and ends the sign-in after too many', async () => {
    const user = await aged(31);
    const visitor = new Visitor(server);
    const hop = await visitor.get(app.authorizePath());
    const sessionDataKey = hop.location?.searchParams.get('sessionDataKey') ?? '';
    const page = (
      await visitor.post('/commonauth', { sessionDataKey, username: user.username, password: USER_PASSWORD })
    ).location;
    let last: URL | undefined;
    for (let n = 0; n < 10; n++)
      last = (await answer(visitor, page, [`wrong-${n}`, 'New-pass-11', 'New-pass-11'])).location;
    expect(last?.searchParams.get('error')).to.equal('access_denied');
    expect((await answer(visitor, page, [USER_PASSWORD, 'New-pass-11', 'New-pass-11'])).location?.pathname).to.contain(
      'retry.do',
    );
  });

  it('refuses the password grant, and management by password', async () => {
    const user = await aged(31);
    const grant = { grant_type: 'password', username: user.username, password: USER_PASSWORD };
    expectError(await app.token(grant), 400, 'invalid_grant', `Authentication failed for ${user.username}`);
    const headers = { authorization: `Basic ${btoa(`${user.username}:${USER_PASSWORD}`)}` };
    expect((await server.fetch('/api/server/v1/validation-rules', { headers })).status).to.equal(401);
    expect((await app.token({ ...grant, username: (await aged(1)).username })).status).to.equal(200);
  });

  it('[A10] is left to applications with the step, when the organization says so', async () => {
    await set({ enforcementScope: 'APP_WITH_ENFORCER' });
    const user = await aged(31);
    expect((await visit(user)).location?.searchParams.has('code')).to.equal(true);
    const steps = ['BasicAuthenticator', 'password-reset-enforcer'].map((authenticator, at) => ({
      id: at + 1,
      options: [{ idp: 'LOCAL', authenticator }],
    }));
    const strict = await createApp(server, {
      application: { authenticationSequence: { type: 'USER_DEFINED', steps } },
    });
    const visitor = new Visitor(server);
    const hop = await visitor.get(strict.authorizePath());
    const sessionDataKey = hop.location?.searchParams.get('sessionDataKey') ?? '';
    const page = await visitor.post('/commonauth', {
      sessionDataKey,
      username: user.username,
      password: USER_PASSWORD,
    });
    expect(page.location?.pathname).to.contain('password_reset_enforcer');
    const fresh = await strict.visit(new Visitor(server), {}, { username: (await aged(1)).username });
    expect(fresh.location?.searchParams.has('code'), 'who is in time is not asked').to.equal(true);
    await set({ enforcementScope: 'ORG_WIDE' });
  });

  it('is not passed by where the step is only one of several options', async () => {
    const user = await aged(31);
    const options = ['BasicAuthenticator', 'password-reset-enforcer'].map((authenticator) => ({
      idp: 'LOCAL',
      authenticator,
    }));
    const steps = [options.slice(0, 1), options].map((some, at) => ({ id: at + 1, options: some }));
    const lax = await createApp(server, { application: { authenticationSequence: { type: 'USER_DEFINED', steps } } });
    const visitor = new Visitor(server);
    let hop = await visitor.get(lax.authorizePath());
    for (const _ of steps) {
      const sessionDataKey = hop.location?.searchParams.get('sessionDataKey') ?? '';
      const input = { username: user.username, password: USER_PASSWORD, authenticator: 'BasicAuthenticator' };
      hop = await visitor.post('/commonauth', { sessionDataKey, idp: 'LOCAL', ...input });
    }
    expect(hop.location?.pathname).to.contain('password_reset_enforcer');
    expect(visitor.cookie('commonAuthId')).to.equal(undefined);
  });

  it('[A24] follows the rules of groups and roles, the smallest priority first', async () => {
    const user = await aged(31);
    const { orgId, id } = user;
    const roles = server.server.container.get(RoleServiceToken);
    const role = await roles.ensureRole(orgId, `expiry role ${count}`, []);
    await set({ rule1: `2,0,roles,ne,${role.id}` });
    expect(await isExpired(user), 'the rule is for others').to.equal(true);
    await roles.assign(orgId, role.id, id, 'user');
    expect(await isExpired(user), 'never expires').to.equal(false);
    await set({ rule2: `1,40,roles,eq,"${role.id}"` });
    expect(await isExpired(user), '40 days').to.equal(false);
    clock.advance(9 * DAY);
    expect(await isExpired(user)).to.equal(true);
    await set({ rule2: `1,0,roles,eq,${role.id},no-such-role` });
    expect(await isExpired(user), 'all ids are needed, so the next rule counts').to.equal(false);
    const other = await aged(31);
    await set({ skipIfNoApplicableRules: 'true' });
    expect(await isExpired(other), 'no rule, no expiry').to.equal(false);
    await set({ skipIfNoApplicableRules: 'false' });
    expect(await isExpired(other)).to.equal(true);
  });

  it('reads rules as they are written, and no others', () => {
    expect(expiryRule('1,30,groups,eq,a,b')).to.deep.equal({
      priority: 1,
      days: 30,
      of: 'groups',
      operator: 'eq',
      ids: ['a', 'b'],
    });
    expect(expiryRule('5, 0, roles, ne, "a,b"')?.ids).to.deep.equal(['a', 'b']);
    for (const text of [
      '',
      '0,1,groups,eq,a',
      '1,-1,groups,eq,a',
      '1,1,users,eq,a',
      '1,1,groups,gt,a',
      '1,1,groups,eq',
      '1,1,groups,eq,a,b,c,d,e,f',
      'x',
    ])
      expect(expiryRule(text), text).to.equal(undefined);
  });

  describe('as a list', () => {
    const list = (query: string) =>
      server.api<{ userId: string; username: string; userStoreDomain: string }[]>(
        'GET',
        `/api/server/v1/password-expired-users${query}`,
      );
    const day = (time: number) => new Date(time).toISOString().slice(0, 10);

    it('has those whose passwords have expired since a day, and until another one', async () => {
      const user = await aged(35);
      const soon = await aged(20);
      const has = async (query: string, { id }: User) => (await list(query)).body.some(({ userId }) => userId === id);
      const since = `?expiredAfter=${day(clock.now() - 6 * DAY)}`;
      expect((await list(since)).body.find(({ userId }) => userId === user.id)).to.deep.equal({
        userId: user.id,
        username: user.username,
        userStoreDomain: 'PRIMARY',
      });
      expect(await has(`?expiredAfter=${day(clock.now() - DAY)}`, user)).to.equal(false);
      expect(await has(`${since}&excludeAfter=${day(clock.now() - 5 * DAY)}`, user)).to.equal(false);
      expect([
        await has(since, soon),
        await has(`${since}&excludeAfter=${day(clock.now() + 12 * DAY)}`, soon),
      ]).to.deep.equal([false, true]);
    });

    it('says what is wrong with a request', async () => {
      for (const [query, code] of [
        ['', '60001'],
        ['?expiredAfter=yesterday', '60002'],
        ['?expiredAfter=2024-02-30', '60003'],
        ['?expiredAfter=2024-02-03&excludeAfter=2024', '60002'],
      ] as const) {
        const { status, body } = await list(query);
        expect([status, (body as unknown as { code: string }).code], query).to.deep.equal([
          400,
          `PASS-EXP_ACC-${code}`,
        ]);
      }
      await set({ enablePasswordExpiry: 'false' });
      const off = await list('?expiredAfter=2024-02-03');
      expect((off.body as unknown as { code: string }).code).to.equal('PASS-EXP_ACC-60004');
      await set({ enablePasswordExpiry: 'true' });
    });
  });
});
