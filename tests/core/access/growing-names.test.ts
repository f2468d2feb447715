import { expect } from 'chai';
import { onEachDatabase } from '../../support/databases.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

/** A letter that is two in small letters, so that a name of these is twice as long where case does not count. */
const NAME = 'İ'.repeat(190);

onEachDatabase('names that are longer in small letters', (kind) => {
  let server: TestServer;
  before(async function () {
    this.timeout(60_000);
    server = await startTestServer({ database: kind });
  });
  after(() => server?.stop());

  for (const [what, path, json] of [
    ['identity providers', '/api/server/v1/identity-providers', { name: NAME }],
    ['roles', '/scim2/v2/Roles', { displayName: NAME }],
    ['groups', '/scim2/Groups', { displayName: NAME }],
    ['users', '/scim2/Users', { userName: NAME, password: 'Correct-horse-1' }],
    ['elements of consents', '/api/identity/consent-mgt/v2.0/elements', { name: NAME }],
    ['types of templates', '/api/server/v1/notification/email/template-types', { displayName: NAME }],
  ] as const)
    it(`are no failure of the server: ${what}`, async () => {
      const { status, body } = await server.api('POST', path, json);
      expect(status, JSON.stringify(body)).to.be.oneOf([201, 400]);
      const again = await server.api('POST', path, json);
      expect(again.status, JSON.stringify(again.body)).to.equal(status === 201 ? 409 : 400);
    });
});
