import { expect } from 'chai';
import { createApp, createUser } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { Visitor } from '../../../support/visitor.js';

describe('the question for consent without OpenID Connect', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
    await createUser(server, 'alice');
    await createUser(server, 'berta', { givenname: ['Berta'], lastname: ['Berg'] });
  });
  after(() => server?.stop());

  it('has a page of its own, which shows the same question', async () => {
    const app = await createApp(server, { name: 'Plain App', asksConsent: true });
    await app.authorize('NO_POLICY', ['api:read']);
    const visitor = new Visitor(server);
    const begun = await visitor.get(app.authorizePath({ scope: 'api:read' }));
    const sessionDataKey = begun.location?.searchParams.get('sessionDataKey') ?? '';
    const fields = { sessionDataKey, username: 'alice', password: 'Correct-horse-1' };
    const asked = await visitor.follow(await visitor.post('/commonauth', fields));
    expect(asked.location?.pathname).to.equal('/authenticationendpoint/oauth2_authz.do');
    const page = await visitor.follow(asked);
    expect(page.status).to.equal(200);
    for (const part of ['Plain App', 'api:read', 'name="sessionDataKeyConsent"']) expect(page.text).to.contain(part);
  });

  it('names scopes and claims that ship in the language of the page, and others as they were named', async () => {
    const app = await createApp(server, { name: 'Words', asksConsent: true, claims: ['givenname!', 'lastname'] });
    await app.authorize('NO_POLICY', ['api:read']);
    const visitor = new Visitor(server);
    const begun = await visitor.get(app.authorizePath({ scope: 'openid profile api:read', ui_locales: 'de' }));
    const sessionDataKey = begun.location?.searchParams.get('sessionDataKey') ?? '';
    const fields = { sessionDataKey, username: 'berta', password: 'Correct-horse-1' };
    let page = await visitor.post('/commonauth', fields);
    while (page.location) page = await visitor.follow(page);
    expect(page.status).to.equal(200);
    for (const part of ['lang="de"', '<strong>Profil<', 'Ihr Profil lesen', '<strong>api:read<', 'Vorname', 'Nachname'])
      expect(page.text).to.contain(part);
    expect(page.text).to.not.contain('First Name').and.not.contain('Read your profile');
  });
});
