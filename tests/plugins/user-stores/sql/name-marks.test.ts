import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { NameMarks } from '../../../../plugins/user-stores/sql/search/name-marks.js';
import {
  type DatabaseNode,
  type DatabasePlace,
  databasePlace,
  onEachDatabase,
  openNode,
} from '../../../support/databases.js';
import { sqlStoreSchema } from '../../../support/sql-store.js';

/** Users between two marks in these tests. */
const MOST = 20;
const ORG = '00000000-0000-4000-8000-000000000001';

onEachDatabase('the marks of the SQL user store', (kind) => {
  let place: DatabasePlace;
  let node: DatabaseNode;

  before(async () => {
    place = await databasePlace(kind);
    node = await openNode(place, sqlStoreSchema);
  });
  after(async () => {
    await node?.close();
    await place?.drop();
  });

  const run = (text: string, values: unknown[]) => node.database.sql.run(text, values);
  const marksOf = (domain: string) =>
    node.database.sql.all<{ from_key: string; users: number }>(
      'SELECT from_key, users FROM um_user_mark WHERE org_id = ? AND domain = ? ORDER BY from_key',
      [ORG, domain],
    );
  const insert = async (domain: string, key: string) => {
    await run(
      'INSERT INTO um_user (id, org_id, domain, username, username_key, created_at, modified_at) VALUES (?, ?, ?, ?, ?, 0, 0)',
      [randomUUID(), ORG, domain, key, key],
    );
    await new NameMarks(node.database, domain, MOST).added(ORG, key);
  };
  const remove = async (domain: string, key: string) => {
    await run('DELETE FROM um_user WHERE org_id = ? AND domain = ? AND username_key = ?', [ORG, domain, key]);
    await new NameMarks(node.database, domain, MOST).removed(ORG, key);
  };
  const name = (index: number) => `u${10_000 + index}`;
  /** What the marks say, counted in the table of users instead. */
  const counted = async (domain: string) => {
    const marks = await marksOf(domain);
    const found: { from_key: string; users: number }[] = [];
    for (const [index, { from_key }] of marks.entries()) {
      const to = marks[index + 1]?.from_key ?? '\u{10FFFF}';
      const [row] = await node.database.sql.all<{ users: string | number }>(
        'SELECT COUNT(*) AS users FROM um_user WHERE org_id = ? AND domain = ? AND username_key >= ? AND username_key < ?',
        [ORG, domain, from_key, to],
      );
      found.push({ from_key, users: Number(row?.users) });
    }
    return found;
  };

  it('split when there are many users between two, and stay exact', async () => {
    // Every second name first, from the end to the beginning, then those between.
    const indices = [
      ...Array.from({ length: 50 }, (_, index) => 100 - 2 * index),
      ...Array.from({ length: 50 }, (_, index) => 2 * index + 1),
    ];
    await node.database.run(async () => {
      for (const index of indices) await insert('SPLIT', name(index));
    });
    const marks = await marksOf('SPLIT');
    expect(marks).to.have.length.above(1);
    expect(marks.map(({ from_key, users }) => ({ from_key, users: Number(users) }))).to.deep.equal(
      await counted('SPLIT'),
    );
    const of = new NameMarks(node.database, 'SPLIT');
    expect(await of.total(ORG)).to.equal(100);
    const sorted = indices.map(name).sort();
    for (const offset of [0, 1, 33, 50, 99]) {
      const { from, skip } = await of.place(ORG, offset);
      expect(sorted[sorted.findIndex((one) => one >= from) + skip], `after ${offset}`).to.equal(sorted[offset]);
      expect(await of.before(ORG, sorted[offset] as string)).to.equal(offset);
    }
    await node.database.run(async () => {
      for (const index of indices.slice(0, 90)) await remove('SPLIT', name(index));
    });
    expect(await of.total(ORG)).to.equal(10);
    expect((await marksOf('SPLIT')).map(({ users }) => Number(users))).to.deep.equal(
      (await counted('SPLIT')).map(({ users }) => users),
    );
  });

  it('stay exact when many write at once', async () => {
    const domain = 'MANY';
    await node.database.run(async () => {
      for (let index = 0; index < 60; index++) await insert(domain, name(index * 3));
    });
    const work = Array.from({ length: 60 }, (_, index) =>
      node.database.run(() =>
        index % 3 === 0
          ? remove(domain, name(index * 3))
          : insert(domain, name(((index * 97) % 61) * 3 + 1 + (index % 2))),
      ),
    );
    await Promise.all(work);
    const marks = (await marksOf(domain)).map(({ from_key, users }) => ({ from_key, users: Number(users) }));
    expect(marks).to.have.length.above(1);
    expect(marks).to.deep.equal(await counted(domain));
    expect(await new NameMarks(node.database, domain, MOST).total(ORG)).to.equal(60 + 40 - 20);
  });
});
