import { expect } from 'chai';
import { type ExpiredEntry, RedisLink, type StateEnd, type StateKey, type StateStore } from '#core/persistence';
import { Registry } from '../../../core/kernel/extension-point.js';
import { RedisStateStore } from '../../../core/persistence/state/redis-state-store.js';
import { SqlStateStore } from '../../../core/persistence/state/sql-state-store.js';
import { statementsFor } from '../../../core/persistence/state/state-statements.js';
import { KEPT_FOR_END_MS } from '../../../core/persistence/state/state-store.js';
import { StateSweeper } from '../../../core/persistence/state/state-sweeper.js';
import { createDatabase, dropDatabase } from '../../../tools/services/index.mjs';
import {
  type DatabaseNode,
  type DatabasePlace,
  databaseKinds,
  databasePlace,
  openNode,
} from '../../support/databases.js';
import { heldClock } from '../../support/held-clock.js';
import { keptLog } from '../../support/log-lines.js';
import { persistenceSchema } from '../../support/persistence-schema.js';
import { planOf } from '../../support/query-plans.js';
import { servicesOf } from '../../support/services.js';
import { redisPlace } from '../../support/test-server.js';

const [MINUTE, DAY] = [60_000, 86_400_000];
const KEPT = 'kept';

/** A node with a store and what it does at the end of entries. */
interface Node {
  readonly store: StateStore;
  readonly sweeper: StateSweeper;
  readonly ended: string[];
  readonly log: ReturnType<typeof keptLog>;
  /** Called at each end; replaced by tests. */
  onEnd: (entry: ExpiredEntry) => Promise<void>;
}

for (const kind of [...databaseKinds, 'redis'] as const) {
  describe(`living state whose end somebody waits for (${kind})`, () => {
    const clock = heldClock();
    const closing: (() => Promise<unknown>)[] = [];
    let databases: DatabaseNode[] = [];
    let nodes: Node[] = [];
    before(async function (this: Mocha.Context) {
      servicesOf(kind).call(this);
      // Redis has a time of its own, and this file may have been loaded long ago.
      clock.set(Date.now());
      const place: DatabasePlace = await databasePlace(kind === 'redis' ? 'sqlite' : kind);
      const first = await openNode(place, persistenceSchema);
      // SQLite is embedded: there is no second node, only a second user of the store.
      databases = [first, place.kind === 'sqlite' ? first : await openNode(place, persistenceSchema)];
      const links = kind === 'redis' ? await openLinks() : [];
      nodes = databases.map((node, index) => nodeOf(node, links[index]));
      closing.push(...[...new Set(databases)].map((node) => () => node.close()), () => place.drop());
    });
    after(async () => {
      for (const close of closing) await close();
    });
    beforeEach(() => {
      for (const node of nodes) {
        node.ended.length = 0;
        node.onEnd = async () => undefined;
        node.log.lines.length = 0;
      }
    });

    async function openLinks(): Promise<RedisLink[]> {
      const address = await createDatabase('redis');
      const { url, prefix } = redisPlace(address);
      const links = [1, 2].map(() => new RedisLink(url, prefix, keptLog().logger));
      for (const link of links) await link.open();
      closing.push(...links.map((link) => () => link.close()), () => dropDatabase(address));
      return links;
    }

    function nodeOf({ database }: DatabaseNode, link: RedisLink | undefined): Node {
      const kept = () => [KEPT];
      const store = link ? new RedisStateStore(link, clock, kept) : new SqlStateStore(database, clock, kept);
      const ends = new Registry<StateEnd>('state-ends');
      const log = keptLog();
      const node: Node = {
        ...{ store, ended: [], log, onEnd: async () => undefined },
        sweeper: new StateSweeper({ store, database, ends, clock, logger: log.logger, interval: DAY }),
      };
      const ended = async (entry: ExpiredEntry) => {
        await node.onEnd(entry);
        node.ended.push(entry.key.id);
      };
      ends.add(KEPT, { ended }, 'test');
      return node;
    }

    let count = 0;
    const fresh = (of = KEPT): StateKey => ({ orgId: 'org', kind: of, id: `id-${++count}` });
    const put = (key: StateKey, life = MINUTE, refs: readonly string[] = []) =>
      one().store.apply([{ put: { ...key, value: key.id, expiresAt: clock.now() + life, refs } }]);
    const one = () => nodes[0] as Node;
    const other = () => nodes[1] as Node;

    it('ends once, when its time is over and not before', async () => {
      const [key, later] = [fresh(), fresh()];
      await put(key);
      await put(later, 2 * MINUTE);
      clock.advance(MINUTE - 1);
      await one().sweeper.sweep();
      expect(one().ended).to.deep.equal([]);
      clock.advance(1);
      await one().sweeper.sweep();
      await other().sweeper.sweep();
      expect(one().ended).to.deep.equal([key.id]);
      expect(other().ended).to.deep.equal([]);
      clock.advance(MINUTE);
      await other().sweeper.sweep();
      expect(other().ended).to.deep.equal([later.id]);
    });

    it('is not seen any more between its time and its end', async () => {
      const key = fresh();
      await put(key, MINUTE, ['name']);
      clock.advance(MINUTE);
      const { store } = one();
      expect(await store.get(key)).to.equal(undefined);
      expect(await store.findByRef('org', KEPT, 'name')).to.deep.equal([]);
      expect(await store.update(key, () => ({ value: 'x', expiresAt: clock.now() + DAY }))).to.equal(undefined);
      expect((await store.apply([{ consume: key }])).applied).to.equal(false);
      expect((await store.apply([{ require: key }])).applied).to.equal(false);
      for await (const found of store.scan('org', KEPT)) expect(found.id).not.to.equal(key.id);
      expect(await store.expired(KEPT, 0, 10)).to.deep.equal([{ key, value: key.id }]);
      await one().sweeper.sweep();
      expect(one().ended).to.deep.equal([key.id]);
      expect(await store.expired(KEPT, 0, 10)).to.deep.equal([]);
    });

    it('does not end when it was given more time, and not at all when it was taken out before', async () => {
      const [used, replaced, consumed, removed] = [fresh(), fresh(), fresh(), fresh()];
      for (const key of [used, replaced, consumed, removed]) await put(key);
      const { store } = one();
      const more = { value: 'more', expiresAt: clock.now() + 5 * MINUTE };
      await store.update(used, () => more);
      await store.apply([{ put: { ...replaced, ...more } }, { consume: consumed }, { remove: removed }]);
      clock.advance(2 * MINUTE);
      await one().sweeper.sweep();
      expect(one().ended).to.deep.equal([]);
      clock.advance(3 * MINUTE);
      await one().sweeper.sweep();
      expect(one().ended.sort()).to.deep.equal([used.id, replaced.id].sort());
    });

    it('can be taken by hand only when it is over, once, and all or nothing', async () => {
      const [key, beside] = [fresh(), fresh('other')];
      await put(key);
      const { store } = one();
      const batch = [{ expire: key }, { put: { ...beside, value: 1, expiresAt: clock.now() + DAY } }];
      expect((await store.apply(batch)).applied, 'alive').to.equal(false);
      clock.advance(MINUTE);
      const outcomes = await Promise.all([store, other().store, store].map((by) => by.apply([{ expire: key }])));
      expect(outcomes.filter(({ applied }) => applied)).to.have.length(1);
      expect((await store.apply(batch)).applied, 'gone').to.equal(false);
      expect(await store.get(beside)).to.equal(undefined);
    });

    it('ends in a unit of work that goes back when something fails, and comes again', async () => {
      const [bad, good] = [fresh(), fresh()];
      await put(bad);
      await put(good, MINUTE + 1);
      clock.advance(2 * MINUTE);
      one().onEnd = async ({ key, value }) => {
        expect(value).to.equal(key.id);
        await databases[0]?.database.sql.run('UPDATE config_version SET version = version + 1 WHERE kind = ?', ['x']);
        if (key.id === bad.id) throw new Error('cannot end');
      };
      await databases[0]?.database.run(async () => {
        await databases[0]?.database.sql.run('DELETE FROM config_version', []);
        await databases[0]?.database.sql.run('INSERT INTO config_version (kind, version) VALUES (?, 0)', ['x']);
      });
      await one().sweeper.sweep();
      expect(one().ended, 'the other one does not wait').to.deep.equal([good.id]);
      const versions = await databases[0]?.database.sql.all<{ version: number }>(
        'SELECT version FROM config_version',
        [],
      );
      expect(Number(versions?.[0]?.version), 'the unit of the bad one went back').to.equal(1);
      expect(one().log.lines.map(({ msg }) => msg)).to.deep.equal(['what has expired could not be ended yet']);
      one().onEnd = async () => undefined;
      await one().sweeper.sweep();
      expect(one().ended).to.deep.equal([good.id, bad.id]);
    });

    it('is not looked after by two nodes at a time', async () => {
      const key = fresh();
      await put(key);
      clock.advance(MINUTE);
      one().onEnd = () => (kind === 'sqlite' || kind === 'redis' ? Promise.resolve() : other().sweeper.sweep());
      await Promise.all([one().sweeper.sweep(), other().sweeper.sweep(), one().sweeper.sweep()]);
      expect([...one().ended, ...other().ended]).to.deep.equal([key.id]);
    });

    it('ends by hundreds, in parts', async () => {
      const keys = Array.from({ length: 230 }, () => fresh());
      for (const key of keys) await put(key);
      clock.advance(MINUTE);
      await one().sweeper.sweep();
      expect(new Set(one().ended)).to.deep.equal(new Set(keys.map(({ id }) => id)));
      expect(one().ended).to.have.length(230);
    }).timeout(20_000);

    it('of other kinds just goes', async () => {
      const key = fresh('other');
      await put(key, 40);
      if (kind === 'redis') return;
      clock.advance(40);
      await one().sweeper.sweep();
      const rows = await databases[0]?.database.sql.all('SELECT id FROM living_state WHERE id = ?', [key.id]);
      expect(rows).to.deep.equal([]);
      expect(one().ended).to.deep.equal([]);
    });

    if (kind !== 'redis') {
      it('is not kept for ever when nobody can end it', async () => {
        const key = fresh();
        await put(key);
        one().onEnd = () => Promise.reject(new Error('never'));
        clock.advance(MINUTE + KEPT_FOR_END_MS - 1);
        await one().sweeper.sweep();
        expect(await one().store.expired(KEPT, 0, 10)).to.have.length(1);
        clock.advance(1);
        await one().sweeper.sweep();
        expect(await one().store.expired(KEPT, 0, 10)).to.deep.equal([]);
      });

      it('is found by an index', async () => {
        const { connections } = databases[0] as DatabaseNode;
        const others = Array.from({ length: 1000 }, () => ({
          put: { ...fresh('other'), value: 0, expiresAt: clock.now() + DAY },
        }));
        await one().store.apply(others);
        if (kind === 'postgres') await connections.writer.query('ANALYZE living_state');
        const plan = await planOf(connections, statementsFor(connections.dialect).expired, [KEPT, clock.now(), 100, 0]);
        expect(plan).to.deep.equal(['living_state by ix_living_state_expires_at']);
      });
    }

    if (kind !== 'redis' && kind !== 'sqlite') {
      it('ends once even when a node believes too long that it is its turn', async () => {
        const key = fresh();
        await put(key);
        clock.advance(MINUTE);
        let meanwhile: readonly string[] = [];
        one().onEnd = async () => {
          // Its lease is over before it is done.
          clock.advance(2 * MINUTE);
          await other().sweeper.sweep();
          meanwhile = [...other().ended];
          await databases[0]?.database.sql.run('DELETE FROM config_version', []);
        };
        await databases[0]?.database.run(async () => {
          await databases[0]?.database.sql.run('DELETE FROM config_version', []);
          await databases[0]?.database.sql.run('INSERT INTO config_version (kind, version) VALUES (?, 0)', ['y']);
        });
        await one().sweeper.sweep();
        expect(meanwhile).to.deep.equal([key.id]);
        const left = await databases[0]?.database.sql.all('SELECT kind FROM config_version', []);
        expect(left, 'what the slow one did went back').to.have.length(1);
        expect(one().log.lines).to.deep.equal([]);
      });
    }
  });
}
