import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { SessionServiceToken } from '#core/sessions';
import type { User } from '#core/users';
import { type HeldClock, heldClock } from '../../support/held-clock.js';
import { createApp, createUser, expectRedirectError, type TestApp, tokensOf } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { type Hop, Visitor } from '../../support/visitor.js';

const MINUTE = 60_000;
const DAY = 86_400_000;
const hasCode = ({ location }: Hop) => location?.searchParams.has('code') === true;
const asks = ({ location }: Hop) => location?.pathname.endsWith('/login.do') === true;

describe('single sign-on', () => {
  let server: TestServer;
  let clock: HeldClock;
  let one: TestApp;
  let two: TestApp;
  let alice: User;
  before(async () => {
    clock = heldClock();
    server = await startTestServer({ clock });
    alice = await createUser(server, 'alice');
    await createUser(server, 'bob');
    [one, two] = [await createApp(server), await createApp(server)];
  });
  after(() => server?.stop());

  /** A visitor who is signed in. */
  async function signedIn(username = 'alice', form: Record<string, string> = {}): Promise<Visitor> {
    const visitor = new Visitor(server);
    expect(hasCode(await one.visit(visitor, {}, { username, form }))).to.equal(true);
    return visitor;
  }
  const ask = (visitor: Visitor, parameters: Record<string, string> = {}) => visitor.get(two.authorizePath(parameters));

  it('a second application gets its code without a prompt, also with prompt=none', async () => {
    const visitor = await signedIn();
    expect(hasCode(await ask(visitor))).to.equal(true);
    expect(hasCode(await ask(visitor, { prompt: 'none' }))).to.equal(true);
    expect(asks(await ask(new Visitor(server)))).to.equal(true);
  });

  it('asks when the session ends while the request is under way', async () => {
    const visitor = await signedIn();
    const sessions = server.server.container.get(SessionServiceToken);
    const { use } = sessions;
    sessions.use = async (orgId, secret, applicationId) => {
      await sessions.terminate(orgId, secret);
      return use.call(sessions, orgId, secret, applicationId);
    };
    try {
      expect(asks(await ask(visitor))).to.equal(true);
      expect(hasCode(await ask(visitor, { prompt: 'none' }))).to.equal(false);
    } finally {
      sessions.use = use;
    }
  });

  it('prompt=login asks again, also together with consent, and so does select_account', async () => {
    const visitor = await signedIn();
    for (const prompt of ['login', 'login consent', 'consent login', 'select_account'])
      expect(asks(await ask(visitor, { prompt })), prompt).to.equal(true);
  });

  it('prompt=login gives a fresh auth_time, and the session stays the same one', async () => {
    const visitor = await signedIn();
    const before = decodeJwt((await two.tokens('alice', { max_age: '9999' }, visitor)).id);
    clock.advance(MINUTE);
    const after = decodeJwt((await two.tokens('alice', { max_age: '9999', prompt: 'login' }, visitor)).id);
    expect(Number(after['auth_time']) - Number(before['auth_time'])).to.equal(60);
    expect(after['sid']).to.equal(before['sid']);
  });

  it('max_age asks again once the sign-in is longer ago', async () => {
    const visitor = await signedIn();
    clock.advance(MINUTE);
    expect(hasCode(await ask(visitor, { max_age: '60' }))).to.equal(true);
    clock.advance(1);
    expect(asks(await ask(visitor, { max_age: '60' }))).to.equal(true);
    expectRedirectError(await ask(visitor, { max_age: '60', prompt: 'none' }), 'login_required');
    expect(hasCode(await ask(visitor, { max_age: '120' }))).to.equal(true);
  });

  it('max_age=0 always asks, and lets the sign-in pass then', async () => {
    const visitor = await signedIn();
    expect(asks(await ask(visitor, { max_age: '0' }))).to.equal(true);
    expect(hasCode(await two.visit(visitor, { max_age: '0' }, { username: 'alice' }))).to.equal(true);
  });

  it('another user who signs in replaces the session', async () => {
    const visitor = await signedIn();
    const thief = visitor.twin();
    const before = decodeJwt((await two.tokens('alice', {}, visitor)).id);
    const after = decodeJwt((await two.tokens('bob', { prompt: 'login' }, visitor)).id);
    expect(after.sub).not.to.equal(before.sub);
    expect(after['sid']).not.to.equal(before['sid']);
    expect(asks(await ask(thief))).to.equal(true);
    const silent = await ask(visitor, { prompt: 'none' });
    const { id } = tokensOf(await two.redeem(silent.location?.searchParams.get('code') ?? ''));
    expect(decodeJwt(id).sub).to.equal(after.sub);
  });

  it('every sign-in gives a fresh secret and makes the old one worthless', async () => {
    const visitor = await signedIn();
    const before = visitor.twin();
    await two.visit(visitor, { prompt: 'login' }, { username: 'alice' });
    expect(visitor.cookie('commonAuthId')).not.to.equal(before.cookie('commonAuthId'));
    expect(asks(await ask(before))).to.equal(true);
  });

  it('a session knows its applications', async () => {
    const visitor = await signedIn();
    await ask(visitor);
    const sid = decodeJwt((await two.tokens('alice', {}, visitor)).id)['sid'];
    const sessions = await server.server.container.get(SessionServiceToken).listOf(alice.orgId, alice.id);
    const session = sessions.find(({ id }) => id === sid);
    expect(session?.applications).to.have.members([one.application.id, two.application.id]);
  });

  it('login_hint reaches whoever asks, and is no more than a hint', async () => {
    const { AuthenticatorRegistryToken } = await import('#core/authentication');
    const basic = server.server.container.get(AuthenticatorRegistryToken).get('BasicAuthenticator');
    const prompts: unknown[] = [];
    const { begin } = basic;
    basic.begin = async (flow) => {
      prompts.push(await begin.call(basic, flow));
      return begin.call(basic, flow);
    };
    try {
      const visitor = new Visitor(server);
      const page = await ask(visitor, { login_hint: 'alice' });
      expect(asks(page)).to.equal(true);
      expect(prompts[0]).to.have.nested.property('data.loginHint', 'alice');
      expect(hasCode(await two.visit(visitor, { login_hint: 'alice' }, { username: 'bob' }))).to.equal(true);
    } finally {
      basic.begin = begin;
    }
  });

  describe('17. lifetimes', () => {
    it('idle: 15 minutes, and each use begins them anew', async () => {
      const visitor = await signedIn();
      for (let n = 0; n < 5; n++) {
        clock.advance(15 * MINUTE - 1);
        expect(hasCode(await ask(visitor))).to.equal(true);
      }
      clock.advance(15 * MINUTE);
      expect(asks(await ask(visitor))).to.equal(true);
    });

    it('remembered: 14 days instead', async () => {
      const visitor = await signedIn('alice', { chkRemember: 'on' });
      clock.advance(13 * DAY);
      expect(hasCode(await ask(visitor))).to.equal(true);
      clock.advance(13 * DAY);
      expect(hasCode(await ask(visitor))).to.equal(true);
      clock.advance(14 * DAY);
      expect(asks(await ask(visitor))).to.equal(true);
    });

    it('an application that only refreshes does not keep the session alive', async () => {
      const visitor = await signedIn();
      const { refresh } = await two.tokens('alice', {}, visitor);
      clock.advance(10 * MINUTE);
      tokensOf(await two.refresh(refresh));
      clock.advance(5 * MINUTE);
      expect(asks(await ask(visitor))).to.equal(true);
    });
  });
});

const TIMEOUTS = `[session.timeout]
idle_session_timeout = "1m"
remember_me_session_timeout = "10m"
extend_remember_me_session_timeout_on_auth = false
enable_maximum_session_timeout = true
maximum_session_timeout = "20m"`;

describe('single sign-on with timeouts of the operator', () => {
  let server: TestServer;
  let clock: HeldClock;
  let app: TestApp;
  before(async () => {
    clock = heldClock();
    server = await startTestServer({ clock, toml: TIMEOUTS.replace('20m', '2m') });
    app = await createApp(server);
  });
  after(() => server?.stop());

  it('17. idle 1 min and regular use: the session lives, and ends at 2 min', async () => {
    const visitor = new Visitor(server);
    await app.visit(visitor);
    for (const _ of [1, 2, 3]) {
      clock.advance(39_000);
      expect(hasCode(await visitor.get(app.authorizePath()))).to.equal(true);
    }
    clock.advance(3_000);
    expect(asks(await visitor.get(app.authorizePath()))).to.equal(true);
  });

  it('17. the maximum beats remember me', async () => {
    const visitor = new Visitor(server);
    const hop = await app.visit(visitor, {}, { form: { chkRemember: 'on' } });
    expect(hasCode(hop)).to.equal(true);
    clock.advance(2 * MINUTE - 1);
    expect(hasCode(await visitor.get(app.authorizePath()))).to.equal(true);
    clock.advance(1);
    expect(asks(await visitor.get(app.authorizePath()))).to.equal(true);
  });

  it('the maximum counts from the first sign-in, not from the last', async () => {
    const visitor = new Visitor(server);
    await app.visit(visitor);
    clock.advance(50_000);
    await app.visit(visitor, { prompt: 'login' });
    clock.advance(50_000);
    await app.visit(visitor, { prompt: 'login' });
    clock.advance(20_000);
    expect(asks(await visitor.get(app.authorizePath()))).to.equal(true);
  });
});

it('remember me is not extended by use when the operator says so', async () => {
  const clock = heldClock();
  const server = await startTestServer({ clock, toml: TIMEOUTS });
  try {
    const app = await createApp(server);
    const visitor = new Visitor(server);
    await app.visit(visitor, {}, { form: { chkRemember: 'on' } });
    clock.advance(6 * MINUTE);
    expect(hasCode(await visitor.get(app.authorizePath()))).to.equal(true);
    clock.advance(4 * MINUTE);
    expect(asks(await visitor.get(app.authorizePath()))).to.equal(true);
  } finally {
    await server.stop();
  }
});
