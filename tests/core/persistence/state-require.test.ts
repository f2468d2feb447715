import { expect } from 'chai';
import { type StateChange, type StateKey, type StateStore, StateStoreToken } from '#core/persistence';
import { databaseKinds } from '../../support/databases.js';
import { type HeldClock, heldClock } from '../../support/held-clock.js';
import { servicesOf } from '../../support/services.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

for (const kind of [...databaseKinds, 'redis'] as const) {
  describe(`entries that a batch of living state requires (${kind})`, () => {
    let server: TestServer | undefined;
    let clock: HeldClock;
    let store: StateStore;
    before(async function (this: Mocha.Context) {
      servicesOf(kind).call(this);
      clock = heldClock();
      server = await startTestServer({ clock, ...(kind === 'redis' ? { stateStore: kind } : { database: kind }) });
      store = server.server.container.get(StateStoreToken);
    });
    after(() => server?.stop());

    const key = (id: string): StateKey => ({ orgId: 'org', kind: 'required', id });
    const put = (id: string, value = id): StateChange => ({
      put: { ...key(id), value, expiresAt: clock.now() + 60_000 },
    });

    it('let it pass while they are there, and stay', async () => {
      await store.apply([put('there')]);
      expect((await store.apply([{ require: key('there') }, put('one')])).applied).to.equal(true);
      expect((await store.apply([{ require: key('there') }, put('there', 'changed')])).applied).to.equal(true);
      expect(await store.get(key('there'))).to.equal('changed');
      expect(await store.get(key('one'))).to.equal('one');
    });

    it('stop the whole batch when they are absent or gone', async () => {
      await store.apply([put('gone'), put('kept')]);
      await store.apply([{ remove: key('gone') }]);
      for (const id of ['gone', 'never']) {
        const batch = [{ consume: key('kept') }, { require: key(id) }, put('two'), put(id)];
        expect((await store.apply(batch)).applied).to.equal(false);
      }
      expect(await store.get(key('kept'))).to.equal('kept');
      expect(await store.get(key('two'))).to.equal(undefined);
      expect(await store.get(key('gone'))).to.equal(undefined);
    });

    it('are as they were when a batch that replaces them is refused', async () => {
      await store.apply([put('replaced', 'before')]);
      const batch = [{ require: key('replaced') }, { consume: key('nowhere') }, put('replaced', 'after'), put('three')];
      expect((await store.apply(batch)).applied).to.equal(false);
      expect(await store.get(key('replaced'))).to.equal('before');
      expect(await store.get(key('three'))).to.equal(undefined);
    });

    it('are replaced with their references and, where the server keeps the time, for as long as they say', async () => {
      await store.apply([put('moved')]);
      const value = 'with a name';
      const replacing = { put: { ...key('moved'), value, expiresAt: clock.now() + 90_000, refs: ['name'] } };
      expect((await store.apply([{ require: key('moved') }, put('four'), replacing])).applied).to.equal(true);
      expect(await store.findByRef('org', 'required', 'name')).to.deep.equal([{ id: 'moved', value }]);
      if (kind === 'redis') return;
      clock.advance(80_000);
      expect(await store.get(key('moved')), 'was renewed').to.equal(value);
      expect(await store.get(key('four')), 'was not').to.equal(undefined);
      clock.advance(20_000);
      expect((await store.apply([{ require: key('moved') }, replacing])).applied, 'expired').to.equal(false);
    });

    it('are gone when the batch takes them out as well', async () => {
      await store.apply([put('taken')]);
      const batch = [{ require: key('taken') }, { consume: key('taken') }, put('five')];
      expect(await store.apply(batch)).to.deep.equal({ applied: true, consumed: ['taken'] });
      expect(await store.get(key('taken'))).to.equal(undefined);
      await store.apply([put('removed')]);
      await store.apply([{ require: key('removed') }, put('removed', 'again'), { remove: key('removed') }]);
      expect(await store.get(key('removed'))).to.equal(undefined);
    });

    it('are not brought back by a batch that runs beside their removal', async () => {
      for (let round = 0; round < 10; round++) {
        const id = `round-${round}`;
        await store.apply([put(id)]);
        const renewals = Array.from({ length: 5 }, () => store.apply([{ require: key(id) }, put(id, 'renewed')]));
        await Promise.all([...renewals, store.apply([{ remove: key(id) }])]);
        expect(await store.get(key(id))).to.equal(undefined);
      }
    });

    it('are not brought back by an update that runs beside their removal either', async () => {
      for (let round = 0; round < 20; round++) {
        const [id, expiresAt] = [`updated-${round}`, clock.now() + 60_000];
        await store.apply([put(id)]);
        const update = () =>
          store.update<string>(key(id), (value) => ({ value: `${value}+`, expiresAt, refs: ['up'] }));
        const remove = async () => {
          // At another moment of the update in each round.
          for (let wait = 0; wait < round % 5; wait++) await store.get(key(id));
          await store.apply([{ remove: key(id) }]);
        };
        await Promise.all([update(), update(), remove()]);
        expect(await store.get(key(id)), `round ${round}`).to.equal(undefined);
      }
    });

    it('of many batches at once stop none', async () => {
      await store.apply([put('shared')]);
      const batches = Array.from({ length: 10 }, (_, n) => store.apply([{ require: key('shared') }, put(`by-${n}`)]));
      for (const { applied } of await Promise.all(batches)) expect(applied).to.equal(true);
    });
  });
}
