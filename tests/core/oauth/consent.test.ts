import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { ConsentServiceToken } from '#core/access';
import { OAuthPagesToken } from '#core/oauth';
import type { User } from '#core/users';
import { type HeldClock, heldClock } from '../../support/held-clock.js';
import {
  CALLBACK,
  createApp,
  createUser,
  expectErrorPage,
  expectRedirectError,
  type TestApp,
  tokensOf,
} from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { type Hop, Visitor } from '../../support/visitor.js';

const LOCAL = 'http://wso2.org/claims/';
const PAGE = '/authenticationendpoint/oauth2_consent.do';

describe('consent', () => {
  let server: TestServer;
  let clock: HeldClock;
  let alice: User;
  let app: TestApp;
  before(async () => {
    clock = heldClock();
    server = await startTestServer({ clock });
    alice = await createUser(server, 'alice', { givenname: ['Alice'], emailaddress: ['alice@example.com'] });
  });
  after(() => server?.stop());
  beforeEach(async () => {
    app = await createApp(server, { asksConsent: true, claims: ['givenname', 'emailaddress', 'nickname'] });
    await app.authorize('NO_POLICY', ['api:read', 'api:write']);
  });

  /** Signs in and stops at the question. */
  async function question(visitor: Visitor, parameters: Record<string, string> = {}): Promise<Hop> {
    let hop = await visitor.get(app.authorizePath(parameters));
    if (hop.location?.pathname.endsWith('/login.do')) {
      const sessionDataKey = hop.location.searchParams.get('sessionDataKey') ?? '';
      hop = await visitor.post('/commonauth', { sessionDataKey, username: 'alice', password: 'Correct-horse-1' });
      hop = await visitor.follow(hop);
    }
    return hop;
  }
  const keyOf = (hop: Hop) => hop.location?.searchParams.get('sessionDataKeyConsent') ?? '';
  const answer = (visitor: Visitor, hop: Hop, fields: Record<string, string>) =>
    visitor.post('/oauth2/authorize', { sessionDataKeyConsent: keyOf(hop), ...fields });
  const claimsOf = async (hop: Hop) => {
    const { id, access } = tokensOf(await app.redeem(hop.location?.searchParams.get('code') ?? ''));
    const { body } = await app.userinfo(access);
    expect(decodeJwt(id)['given_name']).to.equal(body['given_name']);
    return body;
  };

  it('asks once the user has signed in, for the scopes that still need it', async () => {
    const hop = await question(new Visitor(server), { scope: 'openid profile api:read unknown' });
    expect(hop.location?.pathname).to.equal(PAGE);
    const query = Object.fromEntries(hop.location?.searchParams ?? []);
    expect(query).to.have.keys('application', 'tenantDomain', 'scope', 'sessionDataKeyConsent');
    expect(query).to.include({ application: app.application.name, tenantDomain: 'carbon.super', scope: 'api:read' });
  });

  it('shows the page what is asked: scopes, and claims that the user has', async () => {
    const visitor = new Visitor(server);
    const hop = await question(visitor, { scope: 'openid profile api:read' });
    const pages = server.server.container.get(OAuthPagesToken);
    const cookies = { commonAuthId: visitor.cookie('commonAuthId') ?? '' };
    const organization = { id: alice.orgId, handle: 'carbon.super', name: 'Super', prefix: '' };
    const http = { organization, cookies } as unknown as Parameters<typeof pages.consent>[1];
    const view = await pages.consent(keyOf(hop), http);
    expect(view).to.include({
      applicationName: app.application.name,
      username: 'alice',
      redirectOrigin: 'https://app.example',
    });
    expect(view?.scopes.map(({ name }) => name)).to.deep.equal(['profile', 'api:read']);
    expect(view?.claims.map(({ name }) => name)).to.deep.equal([`${LOCAL}givenname`]);
    expect(await pages.consent(keyOf(hop), { ...http, cookies: {} })).to.equal(undefined);
  });

  it('approved, the application gets its code, and the claims that were ticked', async () => {
    const visitor = new Visitor(server);
    const scope = 'openid profile email';
    const hop = await question(visitor, { scope });
    const some = await claimsOf(await answer(visitor, hop, { consent: 'approve', consent_1: 'on' }));
    expect(some).to.have.keys('sub', 'email');
    const none = await claimsOf(await answer(visitor, await question(visitor, { scope }), { consent: 'approve' }));
    expect(none).to.have.keys('sub');
  });

  it('mandatory claims belong to the approval', async () => {
    app = await createApp(server, { asksConsent: true, claims: ['givenname!', 'emailaddress'] });
    const visitor = new Visitor(server);
    const hop = await question(visitor, { scope: 'openid profile email' });
    expect(await claimsOf(await answer(visitor, hop, { consent: 'approve' }))).to.have.keys('sub', 'given_name');
  });

  it('claims that were refused stay out after a refresh', async () => {
    const visitor = new Visitor(server);
    const hop = await question(visitor, { scope: 'openid profile email' });
    const given = await answer(visitor, hop, { consent: 'approve', consent_1: 'on' });
    const first = tokensOf(await app.redeem(given.location?.searchParams.get('code') ?? ''));
    const second = tokensOf(await app.refresh(first.refresh));
    expect((await app.userinfo(second.access)).body).to.have.keys('sub', 'email');
    expect(decodeJwt(second.id)).not.to.have.property('given_name');
  });

  it('[O35] denied: error=access_denied and "User denied the consent"', async () => {
    const visitor = new Visitor(server);
    const hop = await answer(visitor, await question(visitor, { scope: 'openid api:read' }), { consent: 'deny' });
    expectRedirectError(hop, 'access_denied', 'User denied the consent');
    expect(hop.location?.searchParams.get('state')).to.equal('s-1');
  });

  it('no answer, or one that is none: "Empty consent provided"', async () => {
    const visitor = new Visitor(server);
    const hop = await question(visitor, { scope: 'openid api:read' });
    for (const fields of [{}, { consent: '' }, { consent: 'APPROVE' }] as Record<string, string>[])
      expectRedirectError(await answer(visitor, hop, fields), 'invalid_request', 'Empty consent provided');
  });

  it('approve is for this time only', async () => {
    const visitor = new Visitor(server);
    const scope = 'openid api:read';
    await answer(visitor, await question(visitor, { scope }), { consent: 'approve' });
    expect((await question(visitor, { scope })).location?.pathname).to.equal(PAGE);
  });

  it('approveAlways is remembered: later only what is new is asked', async () => {
    const visitor = new Visitor(server);
    const scope = 'openid profile api:read';
    await answer(visitor, await question(visitor, { scope }), { consent: 'approveAlways', consent_0: 'on' });
    const again = await question(visitor, { scope });
    expect(again.location?.origin).to.equal(new URL(CALLBACK).origin);
    expect(await claimsOf(again)).to.have.keys('sub', 'given_name');
    const more = await question(visitor, { scope: 'openid api:read api:write' });
    expect(more.location?.searchParams.get('scope')).to.equal('api:write');
    await answer(visitor, more, { consent: 'approveAlways' });
    const { ...stored } = await server.server.container
      .get(ConsentServiceToken)
      .find(alice.orgId, alice.id, app.application.id);
    expect(stored.scopes).to.have.members(['openid', 'profile', 'api:read', 'api:write']);
    expect(stored.claims).to.deep.equal([`${LOCAL}givenname`]);
  });

  it('is of one user for one application', async () => {
    const scope = 'openid api:read';
    const visitor = new Visitor(server);
    await answer(visitor, await question(visitor, { scope }), { consent: 'approveAlways' });
    const other = await createApp(server, { asksConsent: true });
    await other.authorize('NO_POLICY', ['api:read']);
    expect((await visitor.get(other.authorizePath({ scope }))).location?.pathname).to.equal(PAGE);
    await createUser(server, `bob-${app.id}`);
    const bob = new Visitor(server);
    const hop = await bob.get(app.authorizePath({ scope }));
    const sessionDataKey = hop.location?.searchParams.get('sessionDataKey') ?? '';
    const fields = { sessionDataKey, username: `bob-${app.id}`, password: 'Correct-horse-1' };
    expect((await bob.follow(await bob.post('/commonauth', fields))).location?.pathname).to.equal(PAGE);
  });

  it('prompt=consent asks again, and replaces what was given', async () => {
    const visitor = new Visitor(server);
    const scope = 'openid profile email';
    const ticked = { consent: 'approveAlways', consent_0: 'on', consent_1: 'on' };
    await answer(visitor, await question(visitor, { scope }), ticked);
    const hop = await question(visitor, { scope, prompt: 'consent' });
    expect(hop.location?.pathname).to.equal(PAGE);
    expect(await claimsOf(await answer(visitor, hop, { consent: 'approveAlways' }))).to.have.keys('sub');
    expect(await claimsOf(await question(visitor, { scope }))).to.have.keys('sub');
  });

  it('[O7] prompt=none with a session but without consent is consent_required', async () => {
    const visitor = new Visitor(server);
    const scope = 'openid api:read';
    const hop = await question(visitor, { scope });
    expectRedirectError(await question(visitor, { scope, prompt: 'none' }), 'consent_required');
    await answer(visitor, hop, { consent: 'approveAlways' });
    const silent = await question(visitor, { scope, prompt: 'none' });
    expect(silent.location?.searchParams.has('code')).to.equal(true);
  });

  it('attributes that the user does not have are not asked', async () => {
    app = await createApp(server, { asksConsent: true, claims: ['nickname!', 'middleName'] });
    const hop = await question(new Visitor(server), { scope: 'openid profile' });
    expect(hop.location?.searchParams.has('code')).to.equal(true);
  });

  it('a question is answered once, and within ten minutes', async () => {
    const visitor = new Visitor(server);
    const scope = 'openid api:read';
    const hop = await question(visitor, { scope });
    const first = await answer(visitor, hop, { consent: 'approve' });
    expect(first.location?.searchParams.has('code')).to.equal(true);
    expectRedirectError(
      await answer(visitor, hop, { consent: 'approve' }),
      'invalid_request',
      'This question for consent has been answered before.',
    );
    const late = await question(visitor, { scope });
    clock.advance(10 * 60_000);
    expectErrorPage(await answer(visitor, late, { consent: 'approve' }), 'invalid_request');
  });

  it('an answer that is sent a second time does not change what was agreed to', async () => {
    const visitor = new Visitor(server);
    const scope = 'openid profile email api:read';
    const hop = await question(visitor, { scope });
    await answer(visitor, hop, { consent: 'approve' });
    expectRedirectError(
      await answer(visitor, hop, { consent: 'approveAlways', consent_0: 'on', consent_1: 'on' }),
      'invalid_request',
    );
    expect((await question(visitor, { scope })).location?.pathname, 'nothing was kept').to.equal(PAGE);
  });

  it('of 20 answers at once one gets a code', async () => {
    const visitor = new Visitor(server);
    const hop = await question(visitor, { scope: 'openid api:read' });
    const hops = await Promise.all(Array.from({ length: 20 }, () => answer(visitor, hop, { consent: 'approve' })));
    expect(hops.filter(({ location }) => location?.searchParams.has('code'))).to.have.length(1);
  });

  it('goes with the user', async () => {
    const leaving = await createUser(server, `leaving-${app.id}`);
    const consents = server.server.container.get(ConsentServiceToken);
    await consents.give(leaving.orgId, leaving.id, app.application.id, { scopes: ['openid'], claims: [] });
    const { UserServiceToken } = await import('#core/users');
    await server.server.container.get(UserServiceToken).delete(leaving.orgId, leaving.id);
    const left = await consents.find(leaving.orgId, leaving.id, app.application.id);
    expect(left).to.deep.equal({ scopes: [], claims: [] });
  });
});

for (const toml of ['[oauth]\nprompt_login_consent = false', '[oauth]\nprompt_consent = false']) {
  it(`is not asked for with ${toml.replace('\n', ' ')}`, async () => {
    const server = await startTestServer({ toml });
    try {
      const app = await createApp(server, { asksConsent: true });
      await app.authorize('NO_POLICY', ['api:read']);
      const visitor = new Visitor(server);
      const hop = await app.visit(visitor, { scope: 'openid api:read' }, { consent: { consent: 'deny' } });
      expect(hop.location?.searchParams.has('code')).to.equal(true);
    } finally {
      await server.stop();
    }
  });
}
