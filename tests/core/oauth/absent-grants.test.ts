import { expect } from 'chai';
import { startTestServer } from '../../support/test-server.js';

const tables = ['iwa_ntlm', 'kerberos', 'account_switch', 'saml_bearer'];

describe('grants that this server does not have', () => {
  it('can be switched off', async function () {
    this.timeout(30_000);
    const toml = tables.map((name) => `[oauth.grant_type.${name}]\nenable = false`).join('\n');
    const server = await startTestServer({ toml });
    await server.stop();
  });

  for (const name of tables)
    it(`${name} cannot be switched on: the reason is told`, async () => {
      let told = '';
      try {
        await (await startTestServer({ toml: `[oauth.grant_type.${name}]\nenable = true` })).stop();
      } catch (error) {
        told = String(error);
      }
      expect(told)
        .to.contain(`oauth.grant_type.${name}`)
        .and.match(/this server|accounts of users/);
    });
});
