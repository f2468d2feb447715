import { expect } from 'chai';
import { StateStoreToken } from '#core/persistence';
import { SessionServiceToken } from '#core/sessions';
import { tokenBindingContract } from '../../../contract/token-binding.js';
import { type HeldClock, heldClock } from '../../../support/held-clock.js';
import { createApp, createUser, expectError, superPlace, type TestApp } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { Visitor } from '../../../support/visitor.js';

tokenBindingContract({ type: 'sso-session', binds: true, show: () => ({}) });

describe('token-binding.sso-session', () => {
  let server: TestServer;
  let clock: HeldClock;
  let app: TestApp;
  before(async () => {
    clock = heldClock();
    server = await startTestServer({ clock, toml: '[session.timeout]\nidle_session_timeout = "15m"' });
    await createUser(server, 'alice');
    app = await createApp(server, { client: { accessToken: { bindingType: 'sso-session' } } });
  });
  after(() => server?.stop());

  it('ends tokens when the session has timed out, and revokes them for good', async () => {
    const { access, refresh } = await app.tokens('admin');
    clock.advance(14 * 60_000);
    expect(await app.isActive(access)).to.equal(true);
    clock.advance(2 * 60_000);
    expect((await app.userinfo(access)).status).to.equal(401);
    expect((await app.introspect(access)).body).to.deep.equal({ active: false });
    expect((await app.introspect(refresh)).body).to.deep.equal({ active: false });
    expectError(await app.refresh(refresh), 400, 'invalid_grant');
  });

  it('refuses a refresh as the first use after the session has timed out', async () => {
    const { refresh } = await app.tokens('admin');
    clock.advance(16 * 60_000);
    expectError(await app.refresh(refresh), 400, 'invalid_grant');
  });

  it('ends them when somebody else signs in with the same browser', async () => {
    const visitor = new Visitor(server);
    const { access } = await app.tokens('admin', {}, visitor);
    await app.code('alice', { prompt: 'login' }, visitor);
    expect(await app.isActive(access)).to.equal(false);
  });

  it('keeps them when the same user signs in anew: the session goes on', async () => {
    const visitor = new Visitor(server);
    const { access } = await app.tokens('admin', {}, visitor);
    await app.code('admin', { prompt: 'login' }, visitor);
    expect(await app.isActive(access)).to.equal(true);
  });

  it('ends them when an administrator ends the sessions of the user, and those of nobody else', async () => {
    const user = await createUser(server, 'bob');
    const mine = await app.tokens('bob');
    const other = await app.tokens('alice');
    await server.server.container.get(SessionServiceToken).terminateAllOf(superPlace.orgId, user.id);
    // At once, and not when somebody looks at them next.
    const state = server.server.container.get(StateStoreToken);
    expect(await state.findByRef(superPlace.orgId, 'oauth-grant', `user:${user.id}`)).to.deep.equal([]);
    expect(await app.isActive(mine.access)).to.equal(false);
    expect(await app.isActive(other.access)).to.equal(true);
  });

  it('binds nothing where no browser is', async () => {
    const { body } = await app.token({ grant_type: 'client_credentials' });
    expect((await app.introspect(body.access_token ?? '')).body).not.to.have.property('binding_type');
  });
});
