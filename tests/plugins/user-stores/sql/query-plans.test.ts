import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { PasswordHashing } from '#core/crypto';
import { systemClock } from '#core/kernel';
import type { SqlExecutor } from '#core/persistence';
import { attributeIs, type CompareFilter, type StoreFilter } from '#core/users';
import { WorkQueue } from '../../../../core/crypto/work-queue.js';
import { sqlUserStoreSettings } from '../../../../plugins/user-stores/sql/config.js';
import { SqlGroupEntity } from '../../../../plugins/user-stores/sql/entities.js';
import { COUNT_BY_MARKS } from '../../../../plugins/user-stores/sql/search/name-marks.js';
import { ownSqlUserStore } from '../../../../plugins/user-stores/sql/sql-user-store.js';
import { fillUsers, mailOf, nameOf } from '../../../../tools/bench/users/fill.js';
import {
  type DatabaseNode,
  type DatabasePlace,
  databasePlace,
  onEachDatabase,
  openNode,
} from '../../../support/databases.js';
import { planOf } from '../../../support/query-plans.js';
import { sqlStoreSchema, writable } from '../../../support/sql-store.js';

const ORG = '00000000-0000-4000-8000-000000000001';
const USERS = 20_000;
const groups = { some: randomUUID(), none: randomUUID() };

onEachDatabase('the statements of the SQL user store', (kind) => {
  let place: DatabasePlace;
  let node: DatabaseNode;
  let store: ReturnType<typeof writable>;
  let asked: { text: string; values: readonly unknown[] }[] = [];

  before(async () => {
    place = await databasePlace(kind);
    node = await openNode(place, sqlStoreSchema);
    const { database, connections } = node;
    await fillUsers(database, { orgId: ORG, users: USERS, groups });
    await database.run(async () => database.sql.run(COUNT_BY_MARKS, []));
    // Of a table with two rows any way is as good.
    const further = Array.from({ length: 2000 }, (_, index) => ({
      id: randomUUID(),
      name: `group-${index}`,
      nameKey: `group-${index}`,
    }));
    const common = { orgId: ORG, domain: 'PRIMARY', createdAt: 0, modifiedAt: 0 };
    const rows = further.map((group) => ({ ...group, ...common }));
    await database.run(() => database.manager.insert(SqlGroupEntity, rows));
    if (kind === 'postgres') await connections.writer.query('ANALYZE');
    if (kind === 'mariadb')
      for (const table of [
        'um_user',
        'um_user_attribute',
        'um_group',
        'um_group_member',
        'um_user_mark',
        'identity_data',
      ])
        await connections.writer.query(`ANALYZE TABLE ${table}`);
    const recorded = (text: string, values: readonly unknown[]) => {
      asked.push({ text, values });
      return database.sql;
    };
    const recording = (): SqlExecutor => ({
      all: (text, values) => recorded(text, values).all(text, values),
      one: (text, values) => recorded(text, values).one(text, values),
      run: (text, values) => recorded(text, values).run(text, values),
    });
    const costs = { argon2_memory: 8192, argon2_iterations: 1, pbkdf2_iterations: 1000 };
    store = writable(
      ownSqlUserStore('PRIMARY', sqlUserStoreSettings.parse({}), {
        database: {
          dialect: database.dialect,
          get sql() {
            return recording();
          },
          run: (work) => database.run(work),
        },
        hashing: new PasswordHashing(costs, new WorkQueue(1, 10)),
        clock: systemClock,
      }),
    );
  });
  after(async () => {
    await node?.close();
    await place?.drop();
  });

  /** Each look of `work` at the database that reads a table from one end to the other. */
  async function longWays(work: () => unknown): Promise<string[]> {
    asked = [];
    await work();
    // What only adds rows looks for nothing.
    const statements = asked.filter(({ text }) => !/^INSERT [^(]*\([^)]*\)\s*VALUES/.test(text));
    expect(statements, 'it asks the database').not.to.have.length(0);
    const found: string[] = [];
    for (const { text, values } of statements) {
      // The marks are few: one for a thousand users. What a derived table holds is the page.
      const steps = await planOf(node.connections, text, values);
      const long = steps.filter(
        (one) => one.endsWith('from end to end') && !/^(um_user_mark|marks|m|\(subquery)/.test(one),
      );
      if (long.length > 0) found.push(`${long.join(', ')}: ${text.replace(/\s+/g, ' ')}`);
    }
    return found;
  }

  const users = (filter: StoreFilter | undefined, offset = 0) =>
    store.search.users(ORG, { filter, offset, limit: 50, attributes: ['mail', 'givenName'] });
  const compare = (
    subject: CompareFilter['subject'],
    comparison: CompareFilter['comparison'],
    value: string,
    type: CompareFilter['type'] = 'string',
  ): CompareFilter => ({ op: 'compare', subject, comparison, value, type });
  const person = (username: string) => ({
    id: randomUUID(),
    username,
    password: 'Correct-horse-1',
    attributes: { mail: [`${username}@plan.test`], country: ['de'] },
  });
  const mail = { of: 'attribute', name: 'mail' } as const;
  const country = attributeIs('country', 'de');

  const shapes: Record<string, () => unknown> = {
    'the first page': () => users(undefined),
    'a page in the middle': () => users(undefined, USERS / 2),
    'a beginning of the user name': () => users(compare({ of: 'name' }, 'sw', nameOf(1200).slice(0, -2)), 20),
    'an address': () => users(attributeIs('mail', mailOf(77))),
    'a beginning of the address': () => users(compare(mail, 'sw', mailOf(1200).slice(0, 10))),
    'what half of the users have': () => users(country, 100),
    'what half of the users do not have': () => users({ op: 'not', filter: country }, 100),
    'an address and a country': () => users({ op: 'and', filters: [country, attributeIs('mail', mailOf(77))] }),
    'one of two addresses': () =>
      users({ op: 'or', filters: [attributeIs('mail', mailOf(7)), attributeIs('mail', mailOf(9))] }),
    'identity data': () => users(compare({ of: 'identity', name: 'accountLocked' }, 'eq', 'true')),
    'a group': () => users(compare({ of: 'group', by: 'id' }, 'eq', groups.some)),
    'a group by name': () => users(compare({ of: 'group', by: 'name' }, 'eq', 'some')),
    'a time': () => users(compare({ of: 'attribute', name: 'createdDate' }, 'lt', '1970-01-01T00:01:00Z', 'dateTime')),
    'some ids': () => users({ op: 'ids', ids: [randomUUID(), randomUUID()] }),
    'a user by id': async () => store.lookup.byId(ORG, randomUUID()),
    'a user by name': async () => store.lookup.byUsername(ORG, nameOf(5)),
    attributes: async () => store.attributes.read(ORG, randomUUID(), ['mail', 'createdDate']),
    'the members of a group': () => store.groups.members(ORG, groups.some, { offset: 100, limit: 20 }),
    'the groups of users': () => store.groups.ofUsers(ORG, [randomUUID(), randomUUID()]),
    'groups by name': () => store.groups.byName(ORG, 'some'),
    'the last page': () => users(undefined, USERS - 50),
    'the place of a new user': () => store.writer.create(ORG, person('plan-new')),
    'what is written of a user': async () => {
      const { id } = await store.writer.create(ORG, person('plan-changed'));
      await store.attributes.write?.(ORG, id, { mail: ['changed@plan.test'], country: [] });
      await store.credentials.set?.(ORG, id, 'Correct-horse-2');
      expect(await store.writer.delete(ORG, id)).to.equal(true);
    },
    'what is written of a group': async () => {
      const { id } = await store.writer.create(ORG, person('plan-member'));
      await store.groups.writer.addMembers(ORG, groups.some, [id]);
      await store.groups.writer.removeMembers(ORG, groups.some, [id]);
      const group = await store.groups.writer.create(ORG, { id: randomUUID(), name: 'plan-group' });
      await store.groups.writer.rename(ORG, group.id, 'plan-renamed');
      expect(await store.groups.writer.delete(ORG, group.id)).to.equal(true);
    },
  };
  for (const [shape, work] of Object.entries(shapes))
    it(`finds ${shape} by an index`, async () => {
      expect(await longWays(work)).to.deep.equal([]);
    });

  it('reads a page, wherever it begins, without counting what is before it', async () => {
    await users(undefined, USERS - 10);
    const page = asked.find(({ text }) => text.includes('LIMIT ? OFFSET ?'));
    expect(page?.values.at(-1), 'so many users are skipped').to.be.below(1000);
  });
});
