import { expect } from 'chai';
import { AuditLogToken } from '#core/audit';
import { AuthenticatorRegistryToken } from '#core/authentication';
import { availableServices } from '../../../../tools/services/index.mjs';
import type { TestServerOptions } from '../../../support/test-server.js';
import { failureIn, flowOf, keyIn, otherThan, TotpBench } from './totp-bench.js';

const FAILURE = 'authentication.fail.message';

const kinds: readonly [kind: string, options: TestServerOptions][] = [
  ['sqlite', {}],
  ['mariadb', { database: 'mariadb' }],
  ['postgres with redis', { database: 'postgres', stateStore: 'redis' }],
];

for (const [kind, options] of kinds) {
  describe(`limits of TOTP on ${kind}`, () => {
    let bench: TotpBench;
    before(async function () {
      const needed = [options.database, options.stateStore].filter((name) => name && !['sqlite', 'sql'].includes(name));
      if (needed.some((name) => !(availableServices() as string[]).includes(String(name)))) return this.skip();
      this.timeout(30_000);
      bench = await TotpBench.start(options);
    });
    after(() => bench?.stop());

    /** Tries codes one after the other in one sign-in. Returns what the last one came to. */
    async function tries(username: string, codes: readonly string[]) {
      const browser = bench.server.browser();
      let { page, key } = await bench.firstStep(browser, username);
      for (const code of codes) {
        page = await bench.answer(browser, key, code);
        key = keyIn(page);
      }
      return page;
    }

    it('takes a code once only', async () => {
      await bench.user('alice');
      const secret = await bench.enrol('alice');
      const code = bench.code(secret);
      expect((await tries('alice', [code])).text).to.contain('"passed"');
      expect(failureIn(await tries('alice', [code]))).to.equal(FAILURE);
      bench.clock.advance(30_000);
      expect(failureIn(await tries('alice', [code]))).to.equal(FAILURE);
      expect((await tries('alice', [bench.code(secret)])).text).to.contain('"passed"');
    });

    it('takes a code once only when it comes many times at once, to two nodes', async function () {
      this.timeout(30_000);
      const user = await bench.user('bob');
      const secret = await bench.enrol('bob');
      const nodes = kind === 'sqlite' ? [bench.server] : [bench.server, await bench.beside(options)];
      try {
        const input = { token: bench.code(secret) };
        const totps = nodes.map((node) => node.server.container.get(AuthenticatorRegistryToken).get('totp'));
        const flow = flowOf(user, bench.clock.now());
        const outcomes = await Promise.all(
          [...totps, ...totps, ...totps].slice(0, 4).map((totp) => totp.verify(flow, input)),
        );
        expect(outcomes.filter((outcome) => outcome.outcome === 'authenticated')).to.have.length(1);
      } finally {
        await nodes[1]?.stop();
      }
    });

    it('refuses everything for five minutes after five wrong codes, with the same words', async () => {
      const user = await bench.user('carol');
      const secret = await bench.enrol('carol');
      const wrong = Array.from({ length: 5 }, () => otherThan(bench.code(secret)));
      expect(failureIn(await tries('carol', wrong))).to.equal(FAILURE);
      expect(failureIn(await tries('carol', [bench.code(secret)]))).to.equal(FAILURE);
      const log = bench.server.server.container.get(AuditLogToken);
      const blocks = (await log.list(user.orgId, 1000)).filter(
        (record) => record['action'] === 'block-totp' && record['targetId'] === user.id,
      );
      expect(blocks).to.have.length(1);
      if (options.stateStore === 'redis') return;
      bench.clock.advance(4 * 60_000);
      expect(failureIn(await tries('carol', [bench.code(secret)]))).to.equal(FAILURE);
      bench.clock.advance(70_000);
      expect((await tries('carol', [bench.code(secret)])).text).to.contain('"passed"');
    });

    it('looks at no more than five of many codes that come at once', async () => {
      const user = await bench.user('dave');
      const secret = await bench.enrol('dave');
      const totp = bench.server.server.container.get(AuthenticatorRegistryToken).get('totp');
      const flow = flowOf(user, bench.clock.now());
      const token = otherThan(bench.code(secret));
      const outcomes = await Promise.all(Array.from({ length: 30 }, () => totp.verify(flow, { token })));
      const reasons = outcomes.map((outcome) => (outcome.outcome === 'rejected' ? outcome.reason : ''));
      expect(reasons.filter((reason) => reason === 'wrong')).to.have.length.at.most(5);
      expect(reasons.filter((reason) => reason === 'blocked')).to.have.length.at.least(25);
    });

    it('forgets wrong codes after a right one, and never counts what is no code', async () => {
      await bench.user('erin');
      const secret = await bench.enrol('erin');
      const wrong = () => otherThan(bench.code(secret));
      for (let round = 0; round < 2; round++) {
        const codes = [wrong(), '', 'abcdef', wrong(), '1234567', wrong(), wrong(), bench.code(secret)];
        expect((await tries('erin', codes)).text).to.contain('"passed"');
        bench.clock.advance(90_000);
      }
    });

    it('does not count one user against another', async () => {
      await bench.user('frank');
      await bench.user('grace');
      const secret = await bench.enrol('frank');
      const other = await bench.enrol('grace');
      const wrong = Array.from({ length: 5 }, () => otherThan(bench.code(secret)));
      await tries('frank', wrong);
      expect((await tries('grace', [bench.code(other)])).text).to.contain('"passed"');
    });
  });
}
