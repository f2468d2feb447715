import { expect } from 'chai';
import { availableServices } from '../../../../tools/services/index.mjs';
import { type DpopKey, dpopKey, proofOf } from '../../../support/dpop-client.js';
import { createApp, type TestApp } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

for (const database of ['mariadb', 'postgres'] as const) {
  describe(`token-binding.dpop on two nodes with ${database}`, () => {
    let nodes: TestServer[] = [];
    let key: DpopKey;
    let app: TestApp;
    before(async function () {
      if (!availableServices().includes(database)) return this.skip();
      this.timeout(60_000);
      const first = await startTestServer({ database });
      nodes = [first];
      // Both have one public address, as behind a load balancer.
      const toml = `[server]\nbase_path = "${first.origin}"`;
      nodes.push(await startTestServer({ database, toml, beside: first }));
      key = await dpopKey();
      app = await createApp(first, { client: { accessToken: { bindingType: 'DPoP' } } });
    });
    after(async () => {
      for (const node of [...nodes].reverse()) await node.stop();
    });

    const proof = () => proofOf(key, 'POST', `${app.server.origin}/oauth2/token`);

    /** Sends a token request to this very node. */
    async function ask(node: TestServer, dpop: string): Promise<string> {
      const answer = await node.fetch(`https://localhost:${node.server.ports[0]}/oauth2/token`, {
        method: 'POST',
        headers: { authorization: app.basic, dpop },
        body: new URLSearchParams({ grant_type: 'client_credentials' }),
      });
      const { token_type = '', error_description = '' } = (await answer.json()) as Record<string, string>;
      return `${answer.status} ${token_type}${error_description}`;
    }

    it('a proof counts once, wherever it is sent', async () => {
      const [here, there] = nodes as [TestServer, TestServer];
      expect(await ask(there, await proof()), 'the other node takes proofs').to.equal('200 DPoP');
      const once = await proof();
      expect(await ask(here, once)).to.equal('200 DPoP');
      expect(await ask(there, once)).to.equal('400 Invalid DPoP Proof');
    });

    it('a proof that is sent to both at once counts once', async () => {
      const once = await proof();
      const answers = await Promise.all([...nodes, ...nodes].map((node) => ask(node, once)));
      expect(answers.sort()).to.deep.equal(['200 DPoP', ...Array.from({ length: 3 }, () => '400 Invalid DPoP Proof')]);
    });
  });
}
