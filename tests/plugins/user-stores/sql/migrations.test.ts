import { expect } from 'chai';
import { PasswordHashing } from '#core/crypto';
import { systemClock } from '#core/kernel';
import { attributeIs, type StoreFilter } from '#core/users';
import { WorkQueue } from '../../../../core/crypto/work-queue.js';
import { sqlUserStoreSettings } from '../../../../plugins/user-stores/sql/config.js';
import { SqlUserStore2026112100041 } from '../../../../plugins/user-stores/sql/migrations/0001-sql-user-store.js';
import { ownSqlUserStore } from '../../../../plugins/user-stores/sql/sql-user-store.js';
import { databasePlace, onEachDatabase, openNode } from '../../../support/databases.js';
import { sqlStoreSchema, writable } from '../../../support/sql-store.js';

const ORG = '00000000-0000-4000-8000-000000000001';

onEachDatabase('users who were there before the search', (kind) => {
  it('are counted, listed, and found by long values, numbers and times', async () => {
    const place = await databasePlace(kind);
    const long = 'L'.repeat(250);
    const old = await openNode(place, { entities: [], migrations: [SqlUserStore2026112100041] });
    await old.database.run(async () => {
      const { sql } = old.database;
      for (const [index, values] of [[long], ['7', '2024-01-01T01:00:00+01:00'], ['-12.50']].entries()) {
        await sql.run(
          'INSERT INTO um_user (id, org_id, domain, username, username_key, created_at, modified_at) VALUES (?, ?, ?, ?, ?, 0, 0)',
          [`id-${index}`, ORG, 'PRIMARY', `User${index}`, `user${index}`],
        );
        for (const [position, value] of values.entries())
          await sql.run(
            'INSERT INTO um_user_attribute (user_id, name, position, org_id, attribute_value, value_key) VALUES (?, ?, ?, ?, ?, ?)',
            [`id-${index}`, 'code', position, ORG, value, value.toLowerCase().slice(0, 191)],
          );
      }
      await sql.run('INSERT INTO um_group (id, org_id, domain, name, name_key) VALUES (?, ?, ?, ?, ?)', [
        'g',
        ORG,
        'PRIMARY',
        'Old',
        'old',
      ]);
      for (const id of ['id-2', 'id-0'])
        await sql.run('INSERT INTO um_group_member (group_id, user_id, org_id) VALUES (?, ?, ?)', ['g', id, ORG]);
    });
    await old.close();
    const node = await openNode(place, sqlStoreSchema);
    try {
      const costs = { argon2_memory: 8192, argon2_iterations: 1, pbkdf2_iterations: 1000 };
      const hashing = new PasswordHashing(costs, new WorkQueue(1, 10));
      const parts = { database: node.database, hashing, clock: systemClock };
      const store = writable(ownSqlUserStore('PRIMARY', sqlUserStoreSettings.parse({}), parts));
      const found = async (filter?: StoreFilter) => {
        const { items, total } = await store.search.users(ORG, { filter, offset: 0, limit: 9, attributes: [] });
        expect(total).to.equal(items.length);
        return items.map(({ id }) => id).join(' ');
      };
      const code = { op: 'compare', subject: { of: 'attribute', name: 'code' } } as const;
      expect(await found()).to.equal('id-0 id-1 id-2');
      expect(await found(attributeIs('code', long.toLowerCase()))).to.equal('id-0');
      expect(await found(attributeIs('code', long.slice(0, 191)))).to.equal('');
      expect(await found({ ...code, comparison: 'lt', value: '7.5', type: 'decimal' })).to.equal('id-1 id-2');
      expect(await found({ ...code, comparison: 'eq', value: '2024-01-01', type: 'dateTime' })).to.equal('id-1');
      const members = await store.groups.members(ORG, 'g', { offset: 0, limit: 9 });
      expect(members.items.map(({ id }) => id)).to.deep.equal(['id-0', 'id-2']);
      expect(await store.groups.byId(ORG, 'g')).to.deep.equal({ id: 'g', name: 'Old' });
    } finally {
      await node.close();
      await place.drop();
    }
  });
});

onEachDatabase('users beyond ASCII who were there before names were folded', (kind) => {
  it('are found whichever way their accents are written', async () => {
    const place = await databasePlace(kind);
    const migrations = sqlStoreSchema.migrations.slice(0, 2);
    const old = await openNode(place, { entities: [], migrations });
    const names = ['Rene\u0301', 'Zo\u00eb', 'ΟΔΟΣ', 'Plain', 'Ame\u0301lie', 'Am\u00e9lie'];
    await old.database.run(async () => {
      const { sql } = old.database;
      for (const [index, name] of names.entries()) {
        await sql.run(
          'INSERT INTO um_user (id, org_id, domain, username, username_key, created_at, modified_at) VALUES (?, ?, ?, ?, ?, 0, 0)',
          [`id-${index}`, ORG, 'PRIMARY', name, name.toLowerCase()],
        );
        await sql.run(
          'INSERT INTO um_user_attribute (user_id, name, position, org_id, attribute_value, value_key) VALUES (?, ?, 0, ?, ?, ?)',
          [`id-${index}`, 'called', ORG, name, name.toLowerCase()],
        );
      }
      const group = ['g', ORG, 'PRIMARY', 'Cafe\u0301', 'cafe\u0301'];
      await sql.run('INSERT INTO um_group (id, org_id, domain, name, name_key) VALUES (?, ?, ?, ?, ?)', group);
    });
    await old.close();
    const node = await openNode(place, sqlStoreSchema);
    try {
      const hashing = new PasswordHashing(
        { argon2_memory: 8192, argon2_iterations: 1, pbkdf2_iterations: 1000 },
        new WorkQueue(1, 10),
      );
      const parts = { database: node.database, hashing, clock: systemClock };
      const store = writable(ownSqlUserStore('PRIMARY', sqlUserStoreSettings.parse({}), parts));
      const named = async (name: string) => (await store.lookup.byUsername(ORG, name))?.id;
      const called = async (value: string) => {
        const query = { filter: attributeIs('called', value), offset: 0, limit: 9, attributes: [] };
        return (await store.search.users(ORG, query)).items.map(({ id }) => id).join(' ');
      };
      expect([await named('REN\u00c9'), await named('zoe\u0308'), await named('οδος')]).to.deep.equal([
        'id-0',
        'id-1',
        'id-2',
      ]);
      expect([await called('REN\u00c9'), await called('zoe\u0308'), await called('οδος')]).to.deep.equal([
        'id-0',
        'id-1',
        'id-2',
      ]);
      expect(await named('AME\u0301LIE'), 'who had the composed name has it').to.equal('id-5');
      expect((await store.lookup.byId(ORG, 'id-4'))?.username).to.equal('Ame\u0301lie');
      expect((await store.groups.byName(ORG, 'CAF\u00c9'))?.id).to.equal('g');
      const all = await store.search.users(ORG, { filter: undefined, offset: 0, limit: 9, attributes: [] });
      expect([all.total, all.items.length]).to.deep.equal([6, 6]);
    } finally {
      await node.close();
    }
  });
});
