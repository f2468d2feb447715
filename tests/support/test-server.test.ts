import { expect } from 'chai';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { UserServiceToken } from '#core/users';
import { availableServices } from '../../tools/services/index.mjs';
import { formsOf } from './browser.js';
import { startTestServer, type TestServerOptions } from './test-server.js';

const placements: readonly (TestServerOptions & { readonly needs: string[] })[] = [
  { database: 'sqlite', needs: [] },
  { database: 'mariadb', needs: ['mariadb'] },
  { database: 'postgres', stateStore: 'redis', needs: ['postgres', 'redis'] },
];

for (const { needs, ...options } of placements) {
  describe(`a test server on ${options.database} with its state in ${options.stateStore ?? 'sql'}`, () => {
    it('keeps its data and its address over a restart', async function () {
      if (needs.some((name) => !availableServices().some((known) => known === name))) this.skip();
      const server = await startTestServer(options);
      try {
        const { origin } = server;
        const users = server.server.container.get(UserServiceToken);
        await users.create(SUPER_ORGANIZATION.id, { username: 'alice', password: 'Correct-horse-1' });
        await server.restart();
        expect(server.origin).to.equal(origin);
        const again = server.server.container.get(UserServiceToken);
        const result = await again.authenticate(SUPER_ORGANIZATION.id, 'alice', 'Correct-horse-1');
        expect(result.outcome).to.equal('authenticated');
        expect((await server.api('GET', '/api/docs/openapi.json')).status).to.equal(200);
      } finally {
        await server.stop();
      }
    });
  });
}

it('reads the forms of a page with all that is to be sent back', () => {
  const html = `<form action="../commonauth" method="post"><input type="hidden" name="key" value="a&amp;b&#34;">
    <input name='username'><input type="checkbox" name="remember"><input type=submit name="go" value="x"></form>`;
  expect(formsOf(html, 'https://localhost/a/b')).to.deep.equal([
    { action: 'https://localhost/commonauth', method: 'POST', fields: { key: 'a&b"', username: '' } },
  ]);
});
