import { expect } from 'chai';
import { createApp, createTenant, createUser, type TestApp } from '../../../support/oauth-client.js';
import { startTestServer } from '../../../support/test-server.js';

const INACTIVE = '{"active":false}';

describe('introspection of tokens of other tenants', () => {
  for (const allowed of [false, true]) {
    it(`with allow_cross_tenant=${allowed}, of JWTs, as long as they are good where they come from`, async function () {
      this.timeout(60_000);
      const server = await startTestServer({ toml: `[oauth.introspect]\nallow_cross_tenant = ${allowed}` });
      try {
        const tenant = await createTenant(server, 'far.example');
        await createUser(server, 'carol', {}, tenant);
        const here = await createApp(server);
        const appOf = (type: string): Promise<TestApp> =>
          createApp(server, { place: tenant, client: { accessToken: { type } } });
        const there = await appOf('JWT');
        const { access, refresh, id } = await there.tokens('carol');
        const answer = await here.introspect(access);
        if (allowed) expect(answer.body).to.deep.equal((await there.introspect(access)).body);
        else expect(answer.text).to.equal(INACTIVE);
        const opaque = (await (await appOf('Default')).tokens('carol')).access;
        const forged = `${access.slice(0, -4)}AAAA`;
        for (const token of [opaque, refresh, id, forged])
          expect((await here.introspect(token)).text).to.equal(INACTIVE);
        await there.revoke(access);
        expect((await here.introspect(access)).text).to.equal(INACTIVE);
      } finally {
        await server.stop();
      }
    });
  }
});
