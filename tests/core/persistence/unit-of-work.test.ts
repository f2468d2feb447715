import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { expect } from 'chai';
import { DataSource } from 'typeorm';
import { eventType } from '#core/kernel';
import { ConfigVersionEntity, LivingStateEntity } from '../../../core/persistence/tables.entity.js';
import {
  type DatabaseNode,
  type DatabasePlace,
  databaseKinds,
  databasePlace,
  openNode,
} from '../../support/databases.js';
import { failureOf } from '../../support/failures.js';
import { gate } from '../../support/gate.js';
import { temporaryFolder } from '../../support/kernels.js';
import { persistenceSchema } from '../../support/persistence-schema.js';
import { skipWithout } from '../../support/services.js';

const Happened = eventType<string>('fixture.happened');

for (const kind of databaseKinds) {
  describe(`a unit of work (${kind})`, () => {
    let place: DatabasePlace;
    let node: DatabaseNode;
    before(async function () {
      skipWithout(this, kind);
      place = await databasePlace(kind);
      node = await openNode(place, persistenceSchema);
    });
    after(async () => {
      await node?.close();
      await place?.drop();
    });
    beforeEach(() =>
      node.database.run(async () => void (await node.database.sql.run('DELETE FROM config_version', []))),
    );

    const put = (name: string, version = 1) =>
      node.database.manager.insert(ConfigVersionEntity, { kind: name, version });
    const kinds = async () =>
      (await node.database.manager.find(ConfigVersionEntity, { order: { kind: 'ASC' } })).map((row) => row.kind);

    it('commits everything together', async () => {
      const { database } = node;
      const result = await database.run(async () => {
        await put('a');
        await put('b');
        expect(await kinds(), 'its own writes are visible inside').to.deep.equal(['a', 'b']);
        return 'done';
      });
      expect(result).to.equal('done');
      expect(await kinds()).to.deep.equal(['a', 'b']);
    });

    it('takes everything back when it throws', async () => {
      const error = await failureOf(() =>
        node.database.run(async () => {
          await put('a');
          await node.database.sql.run('INSERT INTO config_version (kind, version) VALUES (?, ?)', ['b', 1]);
          throw new Error('no');
        }),
      );
      expect(error.message).to.equal('no');
      expect(await kinds()).to.deep.equal([]);
    });

    it('joins the unit in progress', async () => {
      const { database } = node;
      await failureOf(() =>
        database.run(async () => {
          await database.run(() => put('inner'));
          expect(await kinds()).to.deep.equal(['inner']);
          throw new Error('outer');
        }),
      );
      expect(await kinds()).to.deep.equal([]);
    });

    it('lets participants of an event write within the unit, and fail it', async () => {
      const { database, events } = node;
      const Ended = eventType<string>(`fixture.ended.${kind}`);
      events.participate(Ended, async (name) => {
        await put(name);
        if (name === 'bad') throw new Error('the participant failed');
      });
      await database.run(() => events.publish(Ended, 'good'));
      expect(await kinds()).to.deep.equal(['good']);
      const error = await failureOf(() =>
        database.run(async () => {
          await put('own');
          await events.publish(Ended, 'bad');
        }),
      );
      expect(error.message).to.equal('the participant failed');
      expect(await kinds()).to.deep.equal(['good']);
    });

    it('shows nothing to others before the commit', async () => {
      const { database } = node;
      let seen: string[] | undefined;
      const outside = { look: (): void => undefined };
      const looking = new Promise<void>((resolve) => {
        outside.look = resolve;
      }).then(async () => {
        seen = await kinds();
      });
      await database.run(async () => {
        await put('a');
        outside.look();
        await looking;
      });
      expect(seen).to.deep.equal([]);
    });

    it('delivers events and later work after the commit, in order, and only then', async () => {
      const { database, events } = node;
      const heard: string[] = [];
      events.subscribe(Happened, async (text) => void heard.push(`${text} ${(await kinds()).join()}`));
      await database.run(async () => {
        await put('a');
        await events.publish(Happened, 'first');
        await database.afterCommit(() => void heard.push('work'));
        await database.run(() => events.publish(Happened, 'second'));
        expect(heard).to.deep.equal([]);
      });
      expect(heard).to.deep.equal(['first a', 'work', 'second a']);
      await failureOf(() =>
        database.run(async () => {
          await events.publish(Happened, 'lost');
          throw new Error('no');
        }),
      );
      expect(heard.length, 'a rollback drops the event').to.equal(3);
      await events.publish(Happened, 'outside');
      expect(heard.at(-1)).to.equal('outside a');
    });

    it('is not failed by what comes after its commit', async () => {
      const result = await node.database.run(async () => {
        await put('a');
        await node.database.afterCommit(() => Promise.reject(new Error('late')));
        return 'kept';
      });
      expect(result).to.equal('kept');
      expect(await kinds()).to.deep.equal(['a']);
    });

    it('loses no acknowledged write while others roll back', async () => {
      const { database } = node;
      const acknowledged: string[] = [];
      const work = Array.from({ length: 60 }, async (_, index) => {
        const name = `n${String(index).padStart(3, '0')}`;
        await database
          .run(async () => {
            await put(name);
            await turn();
            if (index % 2 === 0) throw new Error('rolled back');
          })
          .then(
            () => acknowledged.push(name),
            () => undefined,
          );
      });
      await Promise.all(work);
      expect(acknowledged).to.have.length(30);
      expect(await kinds()).to.deep.equal(acknowledged.sort());
    });

    it('keeps JSON, times, Unicode and the case of ids as they are', async () => {
      const { database } = node;
      const content = JSON.stringify({ text: 'Grüße 🦀 ẞ \u0000 \\ \' " ; --', κλειδί: [1, null, true] });
      const at = 4_102_444_800_123;
      const row = (id: string) => ({ orgId: 'o', kind: 'k', id, content, expiresAt: at, version: 1 });
      await database.run(() =>
        database.manager.insert(LivingStateEntity, [row('AbC'), row('abc'), row('ab🦀'), row('äbc')]),
      );
      const found = await database.manager.findOneByOrFail(LivingStateEntity, { orgId: 'o', kind: 'k', id: 'abc' });
      expect(found).to.deep.equal(row('abc'));
      expect(await database.manager.countBy(LivingStateEntity, { orgId: 'o', id: 'ABC' })).to.equal(0);
      expect(await database.manager.countBy(LivingStateEntity, { orgId: 'o', id: 'ab🦀' })).to.equal(1);
      expect(await database.manager.countBy(LivingStateEntity, { orgId: 'o', id: 'abc ' })).to.equal(0);
    });

    if (kind !== 'sqlite')
      it('runs again when it lost a deadlock', async () => {
        const { database } = node;
        await database.run(async () => {
          await put('x');
          await put('y');
        });
        let attempts = 0;
        const meet = gate(2);
        const cross = (first: string, second: string) =>
          database.run(async () => {
            attempts++;
            const bump = 'UPDATE config_version SET version = version + 1 WHERE kind = ?';
            await database.sql.run(bump, [first]);
            await meet();
            await database.sql.run(bump, [second]);
          });
        await Promise.all([cross('x', 'y'), cross('y', 'x')]);
        expect(attempts, 'one of them had to run twice').to.be.greaterThan(2);
        const rows = await database.manager.find(ConfigVersionEntity);
        expect(rows.map((row) => row.version)).to.deep.equal([3, 3]);
      });

    if (kind === 'sqlite')
      it('does not write outside of one', async () => {
        const error = await failureOf(() => put('outside'));
        expect(error.message).to.match(/readonly|read.?only|attempt to write/i);
      });
  });
}

it('plain TypeORM on one SQLite connection loses acknowledged writes, which is why units of work exist', async () => {
  const source = await new DataSource({
    type: 'better-sqlite3',
    database: join(temporaryFolder(), 'plain.db'),
    driver: createRequire(import.meta.url)('libsql'),
    entities: [ConfigVersionEntity],
    synchronize: true,
  }).initialize();
  try {
    const [begun, written] = [gate(2), gate(2)];
    const rollback = source
      .transaction(async (manager) => {
        await manager.insert(ConfigVersionEntity, { kind: 'theirs', version: 1 });
        await begun();
        await written();
        throw new Error('rolled back');
      })
      .catch(() => undefined);
    await begun();
    await source.manager.insert(ConfigVersionEntity, { kind: 'acknowledged', version: 1 });
    void written();
    await rollback;
    expect(await source.manager.count(ConfigVersionEntity)).to.equal(0);
  } finally {
    await source.destroy();
  }
});
