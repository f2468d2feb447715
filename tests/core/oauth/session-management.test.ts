import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { CALLBACK, createApp, createTenant, createUser, type TestApp } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { Visitor, withQuery } from '../../support/visitor.js';

describe('session management', () => {
  let server: TestServer;
  let app: TestApp;
  let second: TestApp;

  before(async () => {
    server = await startTestServer();
    await createUser(server, 'alice');
    app = await createApp(server);
    second = await createApp(server);
  });
  after(() => server.stop());

  const stateOf = async (of: TestApp, visitor: Visitor, parameters = {}) => {
    const { location } = await of.visit(visitor, { scope: 'openid', ...parameters }, { username: 'alice' });
    return location?.searchParams.get('session_state') ?? '';
  };
  /** What the page for frames would compute. */
  const expected = (of: TestApp, visitor: Visitor, salt: string) => {
    const text = `${of.id} ${new URL(CALLBACK).origin} ${visitor.cookie('opbs')} ${salt}`;
    return `${createHash('sha256').update(text).digest('hex')}.${salt}`;
  };

  it('session_state is made of client, origin, browser state and a salt', async () => {
    const visitor = new Visitor(server);
    const state = await stateOf(app, visitor);
    expect(state).to.equal(expected(app, visitor, state.split('.')[1] ?? ''));
    const again = await stateOf(app, visitor);
    expect(again).not.to.equal(state);
    expect(again).to.equal(expected(app, visitor, again.split('.')[1] ?? ''));
  });

  it('the browser state changes when another application joins the session, and not otherwise', async () => {
    const visitor = new Visitor(server);
    await stateOf(app, visitor);
    const alone = visitor.cookie('opbs');
    await stateOf(app, visitor);
    expect(visitor.cookie('opbs')).to.equal(alone);
    await stateOf(second, visitor);
    expect(visitor.cookie('opbs')).not.to.equal(alone);
  });

  it('is for OpenID Connect only', async () => {
    const visitor = new Visitor(server);
    expect(await stateOf(app, visitor, { scope: 'other' })).to.equal('');
    expect(visitor.cookie('opbs')).to.equal(undefined);
  });

  it('scripts can read the browser state; it ends with the session, and belongs to the organization', async () => {
    const place = await createTenant(server, 'state.example');
    await createUser(server, 'alice', {}, place);
    const tenantApp = await createApp(server, { place });
    const visitor = new Visitor(server);
    const hop = await tenantApp.visit(visitor, {}, { username: 'alice' });
    const line = hop.cookies.find((cookie) => cookie.startsWith('opbs=')) ?? '';
    expect(line).to.match(/; Path=\/t\/state\.example\/; Secure; SameSite=None$/);
    const out = await visitor.get(withQuery('/t/state.example/oidc/logout', {}));
    await visitor.post('/t/state.example/oidc/logout', {
      sessionDataKey: out.location?.searchParams.get('sessionDataKey') ?? '',
      consent: 'approve',
    });
    expect(visitor.cookie('opbs')).to.equal(undefined);
  });

  it('a refusal of consent has it too', async () => {
    const asking = await createApp(server, { asksConsent: true, claims: ['givenname'] });
    const visitor = new Visitor(server);
    const { location } = await asking.visit(
      visitor,
      { prompt: 'consent' },
      { username: 'alice', consent: { consent: 'deny' } },
    );
    expect(location?.searchParams.get('error')).to.equal('access_denied');
    expect(location?.searchParams.get('session_state')).to.match(/^[0-9a-f]{64}\./);
  });

  it('the page for frames lets only the origin of the application in', async () => {
    const { status, headers, text } = await new Visitor(server).get(
      withQuery('/oidc/checksession', { client_id: app.id, redirect_uri: CALLBACK }),
    );
    expect(status).to.equal(200);
    expect(headers.get('content-security-policy')).to.contain('frame-ancestors https://app.example;');
    expect(headers.get('x-frame-options')).to.equal(null);
    expect(text).to.contain(app.id);
  });

  it('the page for frames is for known applications and their callback URLs only', async () => {
    for (const query of [
      {},
      { client_id: app.id },
      { client_id: 'unknown_client_id', redirect_uri: CALLBACK },
      { client_id: app.id, redirect_uri: 'https://evil.example/' },
      { client_id: app.id, redirect_uri: '"></script><script>alert(1)</script>' },
    ]) {
      const { status, text } = await new Visitor(server).get(withQuery('/oidc/checksession', query));
      expect([status, text]).to.deep.equal([400, '<html><body>Invalid OP IFrame Request</body></html>']);
    }
  });
});
