import { expect } from 'chai';
import { onEachDatabase } from '../../../support/databases.js';
import { createApp, type TestApp } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { Visitor } from '../../../support/visitor.js';

/** Names that nobody has, and that a database may choke on. */
const NAMES = ['\0', 'ad\0min', 'PRIMARY/\0', '\0/admin', "' OR 1=1 --", '%', 'x'.repeat(250)];

onEachDatabase('names that nobody can have', (kind) => {
  let server: TestServer;
  let app: TestApp;
  before(async function () {
    this.timeout(60_000);
    server = await startTestServer({ database: kind });
    app = await createApp(server, { client: { grantTypes: ['password', 'authorization_code'] } });
  });
  after(() => server?.stop());

  const b64u = (text: string) => Buffer.from(text).toString('base64url');
  const basic = (name: string) => `Basic ${Buffer.from(`${name}:wrong`).toString('base64')}`;

  it('sign nobody in, and are no fault of the server', async function () {
    this.timeout(30_000);
    for (const name of NAMES) {
      const shown = JSON.stringify(name.slice(0, 20));
      const page = await app.visit(new Visitor(server), {}, { username: name, password: 'wrong' });
      expect(page.location?.searchParams.get('authFailureMsg'), shown).to.equal('login.fail.message');
      const grant = await app.token({ grant_type: 'password', username: name, password: 'wrong' });
      expect(grant.status, shown).to.equal(400);
      const api = await server.fetch('/scim2/Me', { headers: { authorization: basic(name) } });
      expect(api.status, shown).to.equal(401);
    }
  });

  it('are not found', async () => {
    for (const name of NAMES) {
      const shown = JSON.stringify(name.slice(0, 20));
      const paths = [
        `/api/identity/user/v1.0/pi-info?username=${encodeURIComponent(name)}`,
        `/api/identity/user/v1.0/pi-info/${b64u(name)}`,
        `/api/users/v1/${encodeURIComponent(name)}/sessions`,
        `/api/users/v2/${encodeURIComponent(name)}/credentials`,
      ];
      for (const path of paths) expect((await server.api('GET', path)).status, `${shown} ${path}`).to.equal(404);
    }
  });
});
