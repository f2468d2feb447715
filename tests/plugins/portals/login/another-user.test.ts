import { expect } from 'chai';
import { createUser, USER_PASSWORD } from '../../../support/oauth-client.js';
import { ADMIN_PASSWORD } from '../../../support/test-server.js';
import { local, PortalServer, password } from './support/portal-server.js';

describe('login portal: somebody has given the wrong name', function () {
  this.timeout(30_000);
  let portal: PortalServer;
  let signIn: string;
  before(async () => {
    portal = await PortalServer.start();
    signIn = await portal.signIn('Harbour', [[local('IdentifierExecutor')], [password], [local('stub-totp')]]);
    await createUser(portal.server, 'mia');
  });
  after(() => portal?.stop());

  /** Sends what a page asks for; returns the next page. */
  const answer = async (from: URL, cookie: string, fields: Readonly<Record<string, string>>) => {
    const sessionDataKey = from.searchParams.get('sessionDataKey') ?? '';
    const response = await portal.post('/commonauth', new URLSearchParams({ sessionDataKey, ...fields }), { cookie });
    const page = new URL(response.headers.get('location') ?? '');
    return { page, html: await (await portal.fetch(page.href, { cookie })).text() };
  };

  it('and can give another one, with which the sign-in goes on', async () => {
    const { page, cookie } = await portal.begin(signIn);
    const asked = await answer(page, cookie, { username: 'admin' });
    expect(asked.html)
      .to.match(/value="admin"[^>]* readonly/)
      .and.match(/name="restart" value="true"/);
    const again = await answer(asked.page, cookie, { restart: 'true' });
    expect(again.html).to.contain('name="username"').and.not.contain('name="password"').and.not.contain('readonly');
    const other = await answer(again.page, cookie, { username: 'mia' });
    expect(other.html).to.match(/value="mia"[^>]* readonly/);
    expect((await answer(other.page, cookie, { password: ADMIN_PASSWORD })).html).to.contain('role="alert"');
    const passed = await answer(other.page, cookie, { password: USER_PASSWORD });
    expect(passed.page.pathname).to.match(/\/totp\.do$/);
  });

  it('but not once a password was accepted for it', async () => {
    const { page, cookie } = await portal.begin(signIn);
    const asked = await answer(page, cookie, { username: 'admin' });
    const passed = await answer(asked.page, cookie, { password: ADMIN_PASSWORD });
    expect(passed.html).to.not.contain('name="restart"');
    const still = await answer(passed.page, cookie, { restart: 'true', username: 'mia', token: '000000' });
    expect(still.page.pathname).to.match(/\/totp\.do$/);
  });

  it('and nobody is offered that where the name was asked for with the password', async () => {
    const plain = await portal.signIn('Plain', [[password]]);
    const { page, cookie } = await portal.begin(plain);
    expect(await (await portal.fetch(page.href, { cookie })).text()).to.not.contain('name="restart"');
  });
});
