import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { createApp, createUser, expectRedirectError, type TestApp, tokensOf } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { Visitor } from '../../support/visitor.js';

describe('the claims parameter', () => {
  let server: TestServer;
  let app: TestApp;
  before(async () => {
    server = await startTestServer();
    await createUser(server, 'alice', { givenname: ['Alice'], emailaddress: ['alice@example.com'] });
    await createUser(server, 'bob');
    app = await createApp(server, { claims: ['givenname', 'emailaddress'] });
  });
  after(() => server?.stop());

  const asked = (claims: unknown) => ({ claims: typeof claims === 'string' ? claims : JSON.stringify(claims) });

  it('essential claims go where they were asked for, without their scope', async () => {
    const claims = asked({ userinfo: { email: { essential: true } }, id_token: { given_name: { essential: true } } });
    const { id, access } = await app.tokens('alice', claims);
    expect(decodeJwt(id)).to.include({ given_name: 'Alice' }).and.not.have.property('email');
    const { body } = await app.userinfo(access);
    expect(body).to.include({ email: 'alice@example.com' }).and.not.have.property('given_name');
  });

  it('a refresh keeps them', async () => {
    const claims = asked({ userinfo: { email: { essential: true } }, id_token: { given_name: { essential: true } } });
    const first = await app.tokens('alice', claims);
    const { id, access } = tokensOf(await app.refresh(first.refresh));
    expect(decodeJwt(id)).to.include({ given_name: 'Alice' });
    expect((await app.userinfo(access)).body).to.include({ email: 'alice@example.com' });
  });

  it('what is not essential, or the application never asks for, is not released without a scope', async () => {
    const { access } = await app.tokens('alice', asked({ userinfo: { email: null, nickname: { essential: true } } }));
    expect((await app.userinfo(access)).body).to.have.keys('sub');
  });

  it('an essential auth_time is told', async () => {
    const { id } = await app.tokens('alice', asked({ id_token: { auth_time: { essential: true } } }));
    expect(decodeJwt(id)['auth_time']).to.be.a('number');
    expect(decodeJwt((await app.tokens('alice')).id)).not.to.have.property('auth_time');
  });

  it('the user is asked for consent to essential claims', async () => {
    const asking = await createApp(server, { claims: ['emailaddress'], asksConsent: true });
    const claims = asked({ userinfo: { email: { essential: true } } });
    const agreed = await asking.visit(new Visitor(server), claims, { username: 'alice', consent: { consent_0: 'on' } });
    const { access } = tokensOf(await asking.redeem(agreed.location?.searchParams.get('code') ?? ''));
    expect((await asking.userinfo(access)).body).to.have.keys('sub', 'email');
    const refused = await asking.visit(new Visitor(server), claims, { username: 'alice' });
    const none = tokensOf(await asking.redeem(refused.location?.searchParams.get('code') ?? ''));
    expect((await asking.userinfo(none.access)).body).to.have.keys('sub');
  });

  describe('is refused when', () => {
    const deep = `{"userinfo":{"email":${'{"essential":'.repeat(100)}true${'}'.repeat(100)}}}`;
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`c${at}`, null]));
    const cases: readonly [string, unknown][] = [
      ['it is no JSON', '{'],
      ['it is no object', '[]'],
      ['a member is no object', { userinfo: 'email' }],
      ['a claim is no object', { userinfo: { email: true } }],
      ['essential is no flag', { id_token: { email: { essential: 'yes' } } }],
      ['it is nested deeply', deep],
      ['it is long', { userinfo: { email: { value: 'x'.repeat(5000) } } }],
      ['it asks for very many claims', { userinfo: many }],
    ];
    for (const [what, claims] of cases)
      it(what, async () => {
        expectRedirectError(await new Visitor(server).get(app.authorizePath(asked(claims))), 'invalid_request');
      });
  });

  it('members that nobody knows are passed over, and names of the language do no harm', async () => {
    const claims =
      '{"other":{"x":1},"userinfo":{"__proto__":{"essential":true},"constructor":null,"email":{"more":[]}}}';
    expect((await app.tokens('alice', { claims })).id).not.to.equal('');
  });

  describe('naming the subject', () => {
    it('another subject than that of the session has to sign in, and nobody else may', async () => {
      const visitor = new Visitor(server);
      const bob = decodeJwt((await app.tokens('bob', {}, visitor)).id).sub;
      const alice = decodeJwt((await app.tokens('alice')).id).sub;
      const claims = asked({ id_token: { sub: { value: alice } } });
      expectRedirectError(await visitor.get(app.authorizePath({ ...claims, prompt: 'none' })), 'login_required');
      expectRedirectError(await app.visit(visitor, claims, { username: 'bob' }), 'login_required');
      expect(await app.code('alice', claims, visitor)).not.to.equal('');
      const either = asked({ id_token: { sub: { values: [bob, alice] } } });
      const hop = await visitor.get(app.authorizePath({ ...either, prompt: 'none' }));
      expect(hop.location?.searchParams.get('code')).to.be.a('string');
    });
  });

  describe('and acr_values: the class of the sign-in', () => {
    const acrOf = async (parameters: Record<string, string>) =>
      decodeJwt((await app.tokens('alice', parameters)).id)['acr'];

    it('is told when it was asked for and is satisfied', async () => {
      expect(await acrOf({ acr_values: 'acr2 acr1' })).to.equal('acr1');
      expect(await acrOf(asked({ id_token: { acr: null } }))).to.equal('acr1');
      expect(await acrOf(asked({ id_token: { acr: { essential: true, values: ['acr1', 'acr2'] } } }))).to.equal('acr1');
    });

    it('is not told when it was not asked for, or is not satisfied', async () => {
      expect(await acrOf({})).to.equal(undefined);
      expect(await acrOf({ acr_values: 'acr2 urn:mace:incommon:iap:silver' })).to.equal(undefined);
      expect(await acrOf(asked({ id_token: { acr: { values: ['acr3'] } } }))).to.equal(undefined);
    });

    it('ends the request when it is essential and not satisfied', async () => {
      const claims = asked({ id_token: { acr: { essential: true, values: ['acr2'] } } });
      expectRedirectError(await app.visit(new Visitor(server), claims, { username: 'alice' }), 'login_required');
    });
  });
});
