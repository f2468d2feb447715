import { expect } from 'chai';
import { tokenBindingContract } from '../../../contract/token-binding.js';
import { createApp, createTenant, type TestApp } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { Visitor } from '../../../support/visitor.js';

tokenBindingContract({
  type: 'cookie',
  binds: true,
  show: ({ browser }) => ({ headers: { cookie: `atbv=${browser.cookie('atbv')}` } }),
  showOther: () => ({ headers: { cookie: 'atbv=0b1ca1f2-9e2c-4f0b-8a39-1c8b6d3a5a11' } }),
});

describe('token-binding.cookie', () => {
  let server: TestServer;
  let app: TestApp;
  before(async () => {
    server = await startTestServer();
    app = await createApp(server, { client: { accessToken: { bindingType: 'cookie' } } });
  });
  after(() => server?.stop());

  const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
  const bindingCookies = (cookies: readonly string[]) => cookies.filter((line) => line.startsWith('atbv='));

  it('is set with the answer to the application, as the contract has it', async () => {
    const hop = await app.visit(new Visitor(server));
    expect(hop.location?.searchParams.get('code')).to.be.a('string');
    const [line = '', ...others] = bindingCookies(hop.cookies);
    expect(others).to.deep.equal([]);
    const [pair = '', ...attributes] = line.split('; ');
    expect(pair.slice('atbv='.length)).to.match(uuid);
    expect(attributes).to.deep.equal(['Path=/', 'Secure', 'HttpOnly', 'SameSite=None']);
  });

  it('is used again by the next application, so that earlier tokens stay bound to it', async () => {
    const visitor = new Visitor(server);
    const first = await app.tokens('admin', {}, visitor);
    const other = await createApp(server, { client: { accessToken: { bindingType: 'cookie' } } });
    const second = await other.tokens('admin', {}, visitor);
    const ref = async (of: TestApp, token: string) => (await of.introspect(token)).body['binding_ref'];
    expect(await ref(other, second.access)).to.equal(await ref(app, first.access));
  });

  it('is made anew when the browser brings something else under that name', async () => {
    const visitor = new Visitor(server);
    for (const value of ['x', '"; Path=/', 'A'.repeat(36)]) {
      visitor.setCookie('atbv', value);
      await app.code('admin', {}, visitor);
      expect(visitor.cookie('atbv')).to.match(uuid);
    }
  });

  it('is not set for applications that have another binding, or none', async () => {
    for (const bindingType of ['None', 'sso-session', 'client-request', 'DPoP']) {
      const other = await createApp(server, { client: { accessToken: { bindingType } } });
      const visitor = new Visitor(server);
      await other.code('admin', {}, visitor);
      expect(visitor.cookie('atbv'), bindingType).to.equal(undefined);
    }
  });

  it('is not set when there is no code', async () => {
    const visitor = new Visitor(server);
    await visitor.get(app.authorizePath({ prompt: 'none' }));
    expect(visitor.cookie('atbv')).to.equal(undefined);
  });

  it('is one of its tenant', async () => {
    const place = await createTenant(server, 'cookies.example');
    const far = await createApp(server, { place, client: { accessToken: { bindingType: 'cookie' } } });
    const hop = await far.visit(new Visitor(server), {}, { username: 'owner', password: 'Owner-pass-1' });
    expect(bindingCookies(hop.cookies)[0]).to.contain('Path=/t/cookies.example/;');
  });

  it('need not be there where the application does not want it validated', async () => {
    const { access, refresh } = await app.tokens('admin');
    expect((await app.userinfo(access)).status).to.equal(200);
    expect((await app.refresh(refresh)).status).to.equal(200);
    expect((await app.revoke(access)).status).to.equal(200);
  });
});
