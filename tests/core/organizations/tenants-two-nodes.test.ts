import { expect } from 'chai';
import { availableServices } from '../../../tools/services/index.mjs';
import { eventually } from '../../support/eventually.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { BASE, create, look, owner } from './tenant-calls.js';

for (const database of ['mariadb', 'postgres'] as const) {
  describe(`tenants on two nodes with ${database}`, () => {
    let nodes: TestServer[] = [];
    before(async function () {
      if (!availableServices().includes(database)) return this.skip();
      this.timeout(30_000);
      const first = await startTestServer({ database });
      nodes = [first];
      nodes.push(await startTestServer({ database, beside: first }));
    });
    after(async () => {
      for (const node of [...nodes].reverse()) await node.stop();
    });

    it('are off at once on the one and within a second on the other', async () => {
      const [here, there] = nodes as [TestServer, TestServer];
      const id = await create(here, 'pair.example');
      for (const node of nodes) expect(await look(node, 'pair.example')).to.equal(200);
      await here.api('PUT', `${BASE}/${id}/lifecycle-status`, { activated: false });
      expect(await look(here, 'pair.example')).to.equal(404);
      await eventually('the other node knows', async () => (await look(there, 'pair.example')) === 404, 1000);
      await there.api('PUT', `${BASE}/${id}/lifecycle-status`, { activated: true });
      expect(await look(there, 'pair.example')).to.equal(200);
      await eventually('the first node knows', async () => (await look(here, 'pair.example')) === 200, 1000);
    });

    it('are made once, whoever asks', async () => {
      const answers = await Promise.all(
        [...nodes, ...nodes].map((node) => node.api('POST', BASE, { domain: 'race.example', owners: [owner()] })),
      );
      expect(answers.map(({ status }) => status).sort()).to.deep.equal([201, 409, 409, 409]);
    });
  });
}
