import { expect } from 'chai';
import { Registry } from '#core/kernel';
import { Outbox, type OutboxDelivery, type OutboxHandler, UndeliverableError } from '#core/persistence';
import {
  type DatabaseNode,
  type DatabasePlace,
  databaseKinds,
  databasePlace,
  openNode,
} from '../../support/databases.js';
import { eventually } from '../../support/eventually.js';
import { failureOf } from '../../support/failures.js';
import { heldClock } from '../../support/held-clock.js';
import { keptLog } from '../../support/log-lines.js';
import { persistenceSchema } from '../../support/persistence-schema.js';
import { skipWithout } from '../../support/services.js';

const ORG = '00000000-0000-4000-8000-000000000001';
const LEASE = 60_000;

for (const kind of databaseKinds) {
  describe(`the outbox (${kind})`, () => {
    const clock = heldClock();
    let place: DatabasePlace;
    let nodes: DatabaseNode[] = [];
    let running: Outbox[] = [];
    before(async function () {
      skipWithout(this, kind);
      place = await databasePlace(kind);
      nodes = [await openNode(place, persistenceSchema)];
      if (kind !== 'sqlite') nodes.push(await openNode(place, persistenceSchema));
    });
    afterEach(async () => {
      await Promise.all(running.splice(0).map((outbox) => outbox.stop()));
      const [node] = nodes as [DatabaseNode];
      await node.database.run(async () => void (await node.database.sql.run('DELETE FROM outbox_message', [])));
    });
    after(async () => {
      for (const node of nodes) await node.close();
      await place?.drop();
    });

    /** An outbox of a node; `deliver` handles the topic `mail`. */
    function outboxOf(
      deliver: OutboxHandler['deliver'],
      node = nodes[0] as DatabaseNode,
      deliversAtAll = true,
      gaveUp?: OutboxHandler['gaveUp'],
    ): Outbox {
      const handlers = new Registry<OutboxHandler>('outbox-handlers');
      handlers.add('mail', { deliver, ...(gaveUp ? { gaveUp } : {}) }, 'test');
      const options = { enable_delivery: deliversAtAll, poll_interval: 5, lease: LEASE, max_attempts: 3 };
      const outbox = new Outbox(node.database, handlers, options, clock, keptLog().logger);
      running.push(outbox);
      return outbox;
    }

    const left = async (outbox: Outbox) =>
      (await outbox.list(ORG, 'pending', 100)).length + (await outbox.list(ORG, 'dead', 100)).length;

    it('delivers a duty once, with its idempotency key', async () => {
      const delivered: OutboxDelivery[] = [];
      const outbox = outboxOf(async (delivery) => void delivered.push(delivery));
      outbox.start();
      const id = await outbox.add(ORG, 'mail', { to: 'ä🦀', list: [1, null] });
      await eventually('it is delivered and gone', async () => (await left(outbox)) === 0);
      expect(delivered).to.deep.equal([{ id, orgId: ORG, payload: { to: 'ä🦀', list: [1, null] }, attempt: 1 }]);
    });

    it('refuses a topic that nobody handles', async () => {
      const outbox = outboxOf(async () => undefined);
      expect((await failureOf(() => outbox.add(ORG, 'pigeon', {}))).message).to.contain('no "pigeon"');
      expect(await left(outbox)).to.equal(0);
    });

    it('adds nothing when the unit of work rolls back, and delivers only after its commit', async () => {
      const [node] = nodes as [DatabaseNode];
      const delivered: unknown[] = [];
      const outbox = outboxOf(async ({ payload }) => void delivered.push(payload));
      outbox.start();
      await failureOf(() =>
        node.database.run(async () => {
          await outbox.add(ORG, 'mail', 'lost');
          throw new Error('rolled back');
        }),
      );
      await node.database.run(async () => {
        await outbox.add(ORG, 'mail', 'kept');
        expect(delivered).to.deep.equal([]);
      });
      await eventually('delivery', () => delivered.length > 0);
      expect(delivered).to.deep.equal(['kept']);
    });

    it('tries again later and later, is dead after the last attempt, and can be revived', async () => {
      const attempts: number[] = [];
      let works = false;
      const outbox = outboxOf(async ({ attempt }) => {
        attempts.push(attempt);
        if (!works) throw new Error('mail server away');
      });
      outbox.start();
      const id = await outbox.add(ORG, 'mail', {});
      const due = async () => (await outbox.list(ORG, 'pending', 1))[0]?.nextAt ?? 0;
      const failedFor = async (delay: number) => {
        await eventually(`the next attempt is ${delay} ms away`, async () => (await due()) === clock.now() + delay);
        clock.advance(delay);
      };
      await failedFor(1000);
      await failedFor(2000);
      const [dead] = await eventually('it is dead', async () => {
        const found = await outbox.list(ORG, 'dead', 10);
        return found.length > 0 && found;
      });
      expect(attempts).to.deep.equal([1, 2, 3]);
      expect(dead).to.include({ id, lastError: 'mail server away', attempts: 3 });
      clock.advance(10_000_000);
      expect(await outbox.retry('another-organization', id), 'of another organization').to.equal(false);
      works = true;
      expect(await outbox.retry(ORG, id)).to.equal(true);
      await eventually('it is delivered', async () => (await left(outbox)) === 0);
      expect(attempts).to.deep.equal([1, 2, 3, 1]);
      expect(await outbox.retry(ORG, id)).to.equal(false);
    });

    it('is dead at once when no further attempt can succeed, and says so within the same unit of work', async () => {
      const [node] = nodes as [DatabaseNode];
      const told: unknown[] = [];
      let refusals = 1;
      const deliver = () => Promise.reject(new UndeliverableError('nobody of that name'));
      const outbox = outboxOf(deliver, node, true, async ({ id, attempt }, reason) => {
        if (refusals-- > 0) throw new Error('cannot be told now');
        told.push({ id, attempt, reason, inUnit: node.database.inUnit });
      });
      outbox.start();
      const id = await outbox.add(ORG, 'mail', {});
      await eventually('the first telling fails, so the duty is not dead', () => refusals === 0);
      expect(await outbox.list(ORG, 'dead', 10)).to.deep.equal([]);
      clock.advance(LEASE);
      const [dead] = await eventually('the duty is dead', async () => {
        const found = await outbox.list(ORG, 'dead', 10, 'mail');
        return found.length > 0 && found;
      });
      expect(dead).to.include({ id, attempts: 2, lastError: 'nobody of that name' });
      expect(told).to.deep.equal([{ id, attempt: 2, reason: 'nobody of that name', inUnit: true }]);
      expect(await outbox.list(ORG, 'dead', 10, 'pigeon')).to.deep.equal([]);
      for (const [org, topic] of [
        [ORG, 'pigeon'],
        ['other', 'mail'],
      ] as const) {
        expect(await outbox.retry(org, id, topic)).to.equal(false);
        expect(await outbox.discard(org, id, topic)).to.equal(false);
      }
      expect(await outbox.discard(ORG, id, 'mail')).to.equal(true);
      expect(await left(outbox)).to.equal(0);
    });

    it('survives a crash between commit and delivery', async () => {
      const before = outboxOf(async () => undefined, nodes[0], false);
      before.start();
      await before.add(ORG, 'mail', 'from before');
      const delivered: unknown[] = [];
      const after = outboxOf(async ({ payload }) => void delivered.push(payload));
      after.start();
      await eventually('delivery by the next process', () => delivered.length === 1);
      expect(delivered).to.deep.equal(['from before']);
    });

    it('takes over what a crash left in the middle of a delivery when its lease ends, not before', async () => {
      const never = new Promise<void>(() => undefined);
      let begun = false;
      const crashed = outboxOf(() => {
        begun = true;
        return never;
      });
      running = running.filter((outbox) => outbox !== crashed);
      crashed.start();
      await crashed.add(ORG, 'mail', 'half done');
      await eventually('the delivery begins', () => begun);
      const delivered: OutboxDelivery[] = [];
      const successor = outboxOf(async (delivery) => void delivered.push(delivery));
      successor.start();
      await successor.add(ORG, 'mail', 'another');
      await eventually('the other one is delivered', () => delivered.length === 1);
      expect(delivered[0]?.payload).to.equal('another');
      clock.advance(LEASE);
      await eventually('the lease is over', () => delivered.length === 2);
      expect(delivered[1]).to.include({ payload: 'half done', attempt: 2 });
    });

    it('never gives one lease to two nodes', async () => {
      const count = 60;
      const seen = new Map<string, number>();
      const record: OutboxHandler['deliver'] = async ({ id }) => void seen.set(id, (seen.get(id) ?? 0) + 1);
      const workers = [0, 1, 2, 3].map((index) => outboxOf(record, nodes[index % nodes.length]));
      const [first] = workers as [Outbox];
      for (let index = 0; index < count; index++) await first.add(ORG, 'mail', index);
      for (const worker of workers) worker.start();
      await eventually('all are delivered', async () => (await left(first)) === 0, 8000);
      expect(seen.size).to.equal(count);
      expect([...seen.values()].filter((times) => times !== 1)).to.deep.equal([]);
    });
  });
}
