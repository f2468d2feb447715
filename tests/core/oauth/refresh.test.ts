import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { UserServiceToken } from '#core/users';
import { type HeldClock, heldClock } from '../../support/held-clock.js';
import { createApp, createUser, expectError, type TestApp, tokensOf } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const DAY = 86_400_000;

describe('refresh tokens', () => {
  let server: TestServer;
  let clock: HeldClock;
  let app: TestApp;
  let keeping: TestApp;
  before(async () => {
    clock = heldClock();
    server = await startTestServer({ clock });
    await createUser(server, 'alice');
    app = await createApp(server);
    keeping = await createApp(server, {
      client: { grantTypes: ['authorization_code', 'refresh_token'], refreshToken: { renewRefreshToken: false } },
    });
  });
  after(() => server?.stop());

  describe('with renewRefreshToken=true', () => {
    it('give a new refresh token, and the old gives invalid_grant', async () => {
      const first = await app.tokens('alice');
      const second = tokensOf(await app.refresh(first.refresh));
      expect(second.refresh)
        .to.match(/^[\w-]{43}$/)
        .and.not.equal(first.refresh);
      expectError(await app.refresh(first.refresh), 400, 'invalid_grant');
    });

    it('a rotated token that comes back ends the whole grant', async () => {
      const first = await app.tokens('alice');
      const second = tokensOf(await app.refresh(first.refresh));
      const third = tokensOf(await app.refresh(second.refresh));
      expect(await app.isActive(third.access)).to.equal(true);
      expectError(await app.refresh(first.refresh), 400, 'invalid_grant');
      expect(await app.isActive(third.access)).to.equal(false);
      expect(await app.isActive(third.refresh)).to.equal(false);
      expectError(await app.refresh(third.refresh), 400, 'invalid_grant');
    });

    it('a rotated token ends no other grant of the same user and application', async () => {
      const [one, other] = [await app.tokens('alice'), await app.tokens('alice')];
      tokensOf(await app.refresh(one.refresh));
      expectError(await app.refresh(one.refresh), 400, 'invalid_grant');
      tokensOf(await app.refresh(other.refresh));
    });

    it('of 20 uses at once exactly one succeeds', async () => {
      const { refresh } = await app.tokens('alice');
      const answers = await Promise.all(Array.from({ length: 20 }, () => app.refresh(refresh)));
      expect(answers.filter(({ status }) => status === 200)).to.have.length(1);
      for (const answer of answers) if (answer.status !== 200) expectError(answer, 400, 'invalid_grant');
    });

    it('the new one has a full lifetime', async () => {
      const first = await app.tokens('alice');
      clock.advance(0.75 * DAY);
      const second = tokensOf(await app.refresh(first.refresh));
      clock.advance(0.75 * DAY);
      tokensOf(await app.refresh(second.refresh));
    });

    it('the new one inherits what is left when extendRenewedRefreshTokenExpiryTime=false', async () => {
      const strict = await createApp(server, {
        client: {
          grantTypes: ['authorization_code', 'refresh_token'],
          refreshToken: { extendRenewedRefreshTokenExpiryTime: false },
        },
      });
      const first = await strict.tokens('alice');
      clock.advance(0.75 * DAY);
      const second = tokensOf(await strict.refresh(first.refresh));
      clock.advance(0.25 * DAY - 2000);
      const third = tokensOf(await strict.refresh(second.refresh));
      clock.advance(2000);
      expectError(await strict.refresh(third.refresh), 400, 'invalid_grant');
    });
  });

  describe('with renewRefreshToken=false', () => {
    it('stay the same, with unchanged expiry', async () => {
      const first = await keeping.tokens('alice');
      clock.advance(0.75 * DAY);
      const second = tokensOf(await keeping.refresh(first.refresh));
      expect(second.refresh).to.equal(first.refresh);
      clock.advance(0.25 * DAY);
      expectError(await keeping.refresh(first.refresh), 400, 'invalid_grant');
    });

    it('of 10 uses at once all succeed, and one access token is left', async () => {
      const { refresh } = await keeping.tokens('alice');
      const answers = await Promise.all(Array.from({ length: 10 }, () => keeping.refresh(refresh)));
      for (const answer of answers) tokensOf(answer);
      tokensOf(await keeping.refresh(refresh));
    });

    it('of public clients are rotated all the same', async () => {
      const spa = await createApp(server, {
        client: {
          grantTypes: ['authorization_code', 'refresh_token'],
          publicClient: true,
          refreshToken: { renewRefreshToken: false },
        },
      });
      const first = await spa.tokens('alice');
      expect(tokensOf(await spa.refresh(first.refresh)).refresh).not.to.equal(first.refresh);
      expectError(await spa.refresh(first.refresh), 400, 'invalid_grant');
    });
  });

  it('the old access token becomes inactive', async () => {
    for (const one of [app, keeping]) {
      const first = await one.tokens('alice');
      const second = tokensOf(await one.refresh(first.refresh));
      expect(await one.isActive(first.access)).to.equal(false);
      expect(await one.isActive(second.access)).to.equal(true);
    }
  });

  it('may be widened again after narrowing, within the grant', async () => {
    const first = await app.tokens('alice', { scope: 'openid profile email' });
    const narrow = tokensOf(await app.refresh(first.refresh, { scope: 'openid' }));
    const wide = tokensOf(await app.refresh(narrow.refresh, { scope: 'openid profile email' }));
    expect(wide.body.scope).to.equal('openid profile email');
    const usual = tokensOf(await app.refresh(wide.refresh));
    expect(usual.body.scope).to.equal('openid profile email');
    expectError(await app.refresh(usual.refresh, { scope: 'openid phone' }), 400, 'invalid_scope');
  });

  it('an invalid scope does not use the token up', async () => {
    const first = await app.tokens('alice');
    expectError(await app.refresh(first.refresh, { scope: 'phone' }), 400, 'invalid_scope');
    tokensOf(await app.refresh(first.refresh));
  });

  it('keep auth_time and sid in the ID token', async () => {
    const first = await app.tokens('alice', { max_age: '1000' });
    clock.advance(60_000);
    const before = decodeJwt(first.id);
    const after = decodeJwt(tokensOf(await app.refresh(first.refresh)).id);
    expect(after['auth_time']).to.equal(before['auth_time']);
    expect(after['sid']).to.equal(before['sid']);
    expect(after.sub).to.equal(before.sub);
    expect(after.iat).to.equal((before.iat as number) + 60);
  });

  it('of another client are invalid_grant and stay good', async () => {
    const first = await app.tokens('alice');
    expectError(await keeping.refresh(first.refresh), 400, 'invalid_grant');
    tokensOf(await app.refresh(first.refresh));
  });

  it('expire, and say so in the last second', async () => {
    const { refresh } = await app.tokens('alice');
    clock.advance(DAY - 999);
    expectError(await app.refresh(refresh), 400, 'invalid_grant', 'Refresh token is expired.');
    clock.advance(1000);
    expectError(await app.refresh(refresh), 400, 'invalid_grant');
  });

  it('are still good when their access token has expired', async () => {
    const first = await app.tokens('alice');
    clock.advance(2 * 3_600_000);
    expect(await app.isActive(first.access)).to.equal(false);
    tokensOf(await app.refresh(first.refresh));
  });

  it('unknown, empty and other tokens are no refresh tokens', async () => {
    const { access } = await app.tokens('alice');
    for (const token of ['unknown', access, 'x'.repeat(500)])
      expectError(await app.refresh(token), 400, 'invalid_grant');
    expectError(await app.refresh(''), 400, 'invalid_request', 'Missing parameters: refresh_token');
  });

  it('the end of the user wins against a refresh that is under way', async () => {
    await createUser(server, 'leaving');
    const { refresh } = await app.tokens('leaving');
    const { StateStoreToken } = await import('#core/persistence');
    const users = server.server.container.get(UserServiceToken);
    const leaving = await users.findByUsername(app.place.orgId, 'leaving');
    const state = server.server.container.get(StateStoreToken);
    const { apply } = state;
    // Between the checks of the refresh and its writing, the password is changed.
    state.apply = async (changes) => {
      state.apply = apply;
      await users.setPassword(app.place.orgId, leaving?.id ?? '', 'Another-pass-2', 'administrator');
      return apply.call(state, changes);
    };
    try {
      const answer = await app.refresh(refresh);
      const { access_token = '', refresh_token = '' } = answer.body;
      expect(await app.isActive(access_token || 'none')).to.equal(false);
      expect(await app.isActive(refresh_token || 'none')).to.equal(false);
      expectError(await app.refresh(refresh_token || refresh), 400, 'invalid_grant');
    } finally {
      state.apply = apply;
    }
  });
});
