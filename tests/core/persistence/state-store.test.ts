import { expect } from 'chai';
import { consume, RedisLink } from '#core/persistence';
import { RedisStateStore } from '../../../core/persistence/state/redis-state-store.js';
import { SqlStateStore } from '../../../core/persistence/state/sql-state-store.js';
import { LivingStateEntity, LivingStateRefEntity } from '../../../core/persistence/tables.entity.js';
import { createDatabase, dropDatabase } from '../../../tools/services/index.mjs';
import { stateStoreContract } from '../../contract/state-store.js';
import {
  type DatabaseNode,
  type DatabasePlace,
  databaseKinds,
  databasePlace,
  openNode,
} from '../../support/databases.js';
import { failureOf } from '../../support/failures.js';
import { gate } from '../../support/gate.js';
import { heldClock } from '../../support/held-clock.js';
import { keptLog } from '../../support/log-lines.js';
import { persistenceSchema } from '../../support/persistence-schema.js';
import { skipWithout } from '../../support/services.js';
import { redisPlace } from '../../support/test-server.js';

for (const kind of databaseKinds) {
  describe(`the SQL state store (${kind})`, () => {
    let place: DatabasePlace;
    let nodes: [DatabaseNode, DatabaseNode];
    const clock = heldClock();
    let store: SqlStateStore;
    before(async function () {
      skipWithout(this, kind);
      place = await databasePlace(kind);
      const first = await openNode(place, persistenceSchema);
      // SQLite is embedded: there is no second node, only a second user of the store.
      nodes = [first, kind === 'sqlite' ? first : await openNode(place, persistenceSchema)];
      store = new SqlStateStore(first.database, clock);
    });
    after(async () => {
      for (const node of new Set(nodes)) await node.close();
      await place?.drop();
    });

    stateStoreContract(() => ({
      store,
      other: new SqlStateStore(nodes[1].database, clock),
      now: clock.now,
      advance: clock.advance,
    }));

    const key = { orgId: 'o', kind: 'unit', id: 'x' };
    const entry = (value: unknown) => ({ ...key, value, expiresAt: clock.now() + 1000, refs: ['r'] });

    it('goes back with the unit of work in progress', async () => {
      const { database } = nodes[0];
      await store.apply([{ put: entry('before') }]);
      await failureOf(() =>
        database.run(async () => {
          expect(await consume(store, key)).to.equal('before');
          await store.apply([{ put: { ...entry('new'), id: 'y' } }]);
          expect(await store.increment({ ...key, id: 'n' }, 1000)).to.equal(1);
          throw new Error('rolled back');
        }),
      );
      expect(await store.get(key)).to.equal('before');
      expect(await store.get({ ...key, id: 'y' })).to.equal(undefined);
      expect(await store.get({ ...key, id: 'n' })).to.equal(undefined);
    });

    it('takes back only itself when a batch is refused inside a unit of work', async () => {
      const { database } = nodes[0];
      await database.run(async () => {
        await store.apply([{ put: entry('kept') }]);
        const refused = await store.apply([{ put: entry('lost') }, { consume: { ...key, id: 'missing' } }]);
        expect(refused.applied).to.equal(false);
      });
      expect(await store.get(key)).to.equal('kept');
    });

    if (kind !== 'sqlite') {
      it('runs a unit of work again that lost a deadlock in it', async () => {
        const { database } = nodes[0];
        await store.apply(['one', 'two'].map((id) => ({ put: { ...entry(0), id } })));
        const meet = gate(2);
        let attempts = 0;
        const cross = (first: string, second: string) =>
          database.run(async () => {
            attempts++;
            await store.apply([{ put: { ...entry(first), id: first } }]);
            await meet();
            await store.apply([{ put: { ...entry(first), id: second } }]);
          });
        await Promise.all([cross('one', 'two'), cross('two', 'one')]);
        expect(attempts, 'one of them had to run twice').to.be.greaterThan(2);
        const left = await Promise.all(['one', 'two'].map((id) => store.get({ ...key, id })));
        expect(left[0], 'the last one wrote both').to.equal(left[1]);
      });

      it('updates in a unit of work what another node has changed since the unit began to read', async () => {
        const other = new SqlStateStore(nodes[1].database, clock);
        const add = (value: number) => ({ value: value + 1, expiresAt: clock.now() + 1000 });
        await store.apply([{ put: entry(0) }]);
        await nodes[0].database.run(async () => {
          expect(await store.get(key)).to.equal(0);
          await other.update<number>(key, add);
          let calls = 0;
          const result = await store.update<number>(key, (value) => {
            calls++;
            if (calls > 5) throw new Error('it sees the old value for ever');
            return add(value);
          });
          expect(result).to.equal(2);
        });
        expect(await store.get(key)).to.equal(2);
      });
    }

    it('counts what many nodes count at once', async () => {
      const other = new SqlStateStore(nodes[1].database, clock);
      const counter = { ...key, kind: 'counter' };
      const counting = Array.from({ length: 200 }, (_, index) => (index % 2 ? store : other).increment(counter, 1000));
      const counts = await Promise.all(counting);
      expect(new Set(counts).size).to.equal(200);
      expect(await store.increment(counter, 1000)).to.equal(201);
    });

    it('keeps texts of any length, and whole', async () => {
      const long = 'ä🦀"\\'.repeat(100_000);
      await store.apply([{ put: { ...entry(long), id: 'long' } }]);
      expect(await store.get({ ...key, id: 'long' })).to.equal(long);
    });

    it('deletes what has expired, and no more than it is told to', async () => {
      const { database } = nodes[0];
      await store.apply([1, 2, 3].map((id) => ({ put: { ...entry(id), kind: 'old', id: String(id) } })));
      clock.advance(1001);
      await store.apply([{ put: { ...entry('young'), kind: 'old', id: 'young' } }]);
      const left = () => database.manager.countBy(LivingStateEntity, { kind: 'old' });
      for (let round = 0; round < 100 && (await store.removeExpired(2)) > 0; round++) {
        expect(await left()).to.be.greaterThan(0);
      }
      expect(await left()).to.equal(1);
      expect(await database.manager.countBy(LivingStateRefEntity, { kind: 'old' })).to.equal(1);
    });

    it('tells every caller of a group whose own write failed, and only those', async () => {
      const tooLong = 'x'.repeat(5000);
      const outcomes = await Promise.allSettled(
        Array.from({ length: 20 }, (_, index) => {
          const bad = index % 5 === 0;
          const value = bad ? (undefined as unknown) : index;
          return store.apply([{ put: { ...entry(value), kind: 'group', id: `g${index}${bad ? tooLong : ''}` } }]);
        }),
      );
      const failed = outcomes.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []));
      expect(failed).to.deep.equal([0, 5, 10, 15]);
      for (let index = 1; index < 5; index++) {
        expect(await store.get({ orgId: 'o', kind: 'group', id: `g${index}` })).to.equal(index);
      }
    });
  });
}

describe('the Redis state store', () => {
  let links: RedisLink[] = [];
  let address: string | undefined;
  const clock = { now: () => Date.now() };
  before(async function () {
    skipWithout(this, 'redis');
    address = await createDatabase('redis');
    const { url, prefix } = redisPlace(address);
    links = [1, 2].map(() => new RedisLink(url, prefix, keptLog().logger));
    for (const link of links) await link.open();
  });
  after(async () => {
    for (const link of links) await link.close();
    if (address) await dropDatabase(address);
  });

  stateStoreContract(() => ({
    store: new RedisStateStore(links[0] as RedisLink, clock),
    other: new RedisStateStore(links[1] as RedisLink, clock),
    now: clock.now,
  }));
});
