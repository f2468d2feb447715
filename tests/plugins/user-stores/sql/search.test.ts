import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { PasswordHashing } from '#core/crypto';
import { type CompareFilter, type FilterSubject, type StoreFilter, UserFilterError } from '#core/users';
import { WorkQueue } from '../../../../core/crypto/work-queue.js';
import { IdentityDataRepository } from '../../../../core/users/identity-data.repository.js';
import { sqlUserStoreSettings } from '../../../../plugins/user-stores/sql/config.js';
import { ownSqlUserStore } from '../../../../plugins/user-stores/sql/sql-user-store.js';
import {
  type DatabaseNode,
  type DatabasePlace,
  databasePlace,
  onEachDatabase,
  openNode,
} from '../../../support/databases.js';
import { failureOf } from '../../../support/failures.js';
import { byCodePoints, fits, type KnownUser } from '../../../support/filter-oracle.js';
import { sqlStoreSchema, writable } from '../../../support/sql-store.js';
import { long, VALUES } from './kept-values.js';

const ORG = '00000000-0000-4000-8000-000000000001';
const OTHER = '00000000-0000-4000-8000-000000000002';
/** Values that are asked for: those, and what no database can keep. */
const ASKED = [
  ...VALUES,
  '\0',
  'a\0b',
  '\ud800',
  'a\udc00',
  'x',
  'nobody',
  '*',
  '?',
  '$1',
  '2',
  '2024',
  '2024-01',
  `${long}`.slice(0, 191),
];
const COMPARISONS = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le', 'pr'] as const;

/** Any comparison there is, and ids. */
function anyLeaf(user: (index: number) => KnownUser): fc.Arbitrary<StoreFilter> {
  const subject = fc.constantFrom<FilterSubject>(
    { of: 'id' },
    { of: 'name' },
    { of: 'attribute', name: 'one' },
    { of: 'attribute', name: 'two' },
    { of: 'attribute', name: 'createdDate' },
    { of: 'attribute', name: 'never' },
    { of: 'identity', name: 'accountLocked' },
    { of: 'identity', name: 'seen' },
    { of: 'group', by: 'id' },
    { of: 'group', by: 'name' },
  );
  const value = fc.oneof(
    fc.constantFrom(
      ...ASKED,
      'Staff',
      'staff',
      '100%',
      'name1',
      'Name2',
      '2024-01-01T00:00:20Z',
      '2024-01-01T01:00:30.000+01:00',
    ),
    fc.nat(1000).map((index) => user(index).id),
    fc.nat(1000).map((index) => user(index).username),
  );
  return fc.oneof(
    {
      weight: 9,
      arbitrary: fc.record({
        op: fc.constant('compare' as const),
        subject,
        comparison: fc.constantFrom(...COMPARISONS),
        value,
        type: fc.constantFrom('string', 'integer', 'decimal', 'dateTime', 'boolean'),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.array(fc.nat(1000), { maxLength: 20 }).map((indices) => ({
        op: 'ids' as const,
        ids: indices.map((index) => user(index).id),
      })),
    },
  ) as fc.Arbitrary<StoreFilter>;
}

/** Any filter. @param users those whose ids and names are asked for */
function anyFilter(users: () => readonly KnownUser[]): fc.Arbitrary<StoreFilter> {
  const leaf = anyLeaf((index) => users()[index % users().length] as KnownUser);
  const { filter } = fc.letrec<{ filter: StoreFilter }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 4, depthIdentifier: 'filter' },
      leaf,
      fc.record({
        op: fc.constantFrom('and' as const, 'or' as const),
        filters: fc.array(tie('filter'), { maxLength: 3, depthIdentifier: 'filter' }),
      }),
      fc.record({ op: fc.constant('not' as const), filter: tie('filter') }),
    ),
  }));
  return filter;
}

/** What the user of a value is like. */
function plannedUser(index: number, value: string) {
  const some = (factor: number) => VALUES[(index * factor) % VALUES.length] as string;
  const attributes: Record<string, string[]> = { one: index % 3 === 0 ? [value, some(7)] : [value] };
  if (index % 4 !== 0) attributes['two'] = [some(5)];
  const identity = index % 3 === 1 ? { accountLocked: [index % 2 ? 'true' : 'false'], seen: [value, '5'] } : {};
  return { username: index % 2 === 0 ? `Name${index}` : `${value.slice(0, 50)}~${index}`, attributes, identity };
}

onEachDatabase('the search of the SQL user store', (kind) => {
  let place: DatabasePlace;
  let node: DatabaseNode;
  let store: ReturnType<typeof writable>;
  let users: KnownUser[];
  let now = Date.parse('2024-01-01T00:00:00Z');

  before(async function () {
    this.timeout(120_000);
    place = await databasePlace(kind);
    node = await openNode(place, sqlStoreSchema);
    const parts = {
      database: node.database,
      hashing: new PasswordHashing(
        { argon2_memory: 8192, argon2_iterations: 1, pbkdf2_iterations: 1000 },
        new WorkQueue(1, 10),
      ),
      clock: { now: () => now },
    };
    const settings = { username_java_regex: '^[\\s\\S]{1,100}$' };
    store = writable(ownSqlUserStore('PRIMARY', sqlUserStoreSettings.parse(settings), parts));
    users = await fill();
    const elsewhere = writable(ownSqlUserStore('SECOND', sqlUserStoreSettings.parse(settings), parts));
    for (const [index, value] of VALUES.entries()) {
      const attributes = { one: [value], two: ['a'] };
      await store.writer.create(OTHER, { id: randomUUID(), username: `name${index}`, attributes });
      await elsewhere.writer.create(ORG, { id: randomUUID(), username: `name${index}`, attributes });
    }
  });
  after(async () => {
    await node?.close();
    await place?.drop();
  });

  /** A user for each value, some with several, some with none. */
  async function fill(): Promise<KnownUser[]> {
    const groups = ['Staff', 'staff-2', '100%', 'a_b'].map((name) => ({ id: randomUUID(), name }));
    for (const group of groups) await store.groups.writer.create(ORG, group);
    const identityData = new IdentityDataRepository(node.database);
    const made: KnownUser[] = [];
    for (const [index, value] of VALUES.entries()) {
      now += 1000;
      const planned = plannedUser(index, value);
      const { id } = await store.writer.create(ORG, { id: randomUUID(), ...planned });
      await identityData.write(ORG, id, planned.identity);
      await identityData.write(OTHER, id, { accountLocked: 'true' });
      const mine = groups.filter((_, at) => (index >> at) % 2 === 1);
      for (const group of mine) await store.groups.writer.addMembers(ORG, group.id, [id]);
      const times = { createdDate: [new Date(now).toISOString()], lastModifiedDate: [new Date(now).toISOString()] };
      made.push({ ...planned, id, attributes: { ...planned.attributes, ...times }, groups: mine });
    }
    return made.sort((a, b) => byCodePoints(a.username.toLowerCase(), b.username.toLowerCase()));
  }

  const search = (filter: StoreFilter | undefined, offset = 0, limit = 1000, attributes: string[] = []) =>
    store.search.users(ORG, { filter, offset, limit, attributes });
  const names = async (filter: StoreFilter) => (await search(filter)).items.map(({ username }) => username);
  const expected = (filter: StoreFilter) => users.filter((user) => fits(user, filter)).map(({ username }) => username);
  const compare = (
    subject: FilterSubject,
    comparison: CompareFilter['comparison'],
    value: string,
    type: CompareFilter['type'] = 'string',
  ): CompareFilter => ({ op: 'compare', subject, comparison, value, type });

  it('knows every operator for every value, as whatever type it is read', async () => {
    const subject = { of: 'attribute', name: 'one' } as const;
    const typed = COMPARISONS.flatMap((comparison) => [
      { comparison, type: 'string' as const },
      ...(['eq', 'gt', 'le'].includes(comparison)
        ? [
            { comparison, type: 'decimal' as const },
            { comparison, type: 'dateTime' as const },
          ]
        : []),
    ]);
    for (const { comparison, type } of typed)
      for (const value of ASKED) {
        const filter = compare(subject, comparison, value, type);
        expect(await names(filter), JSON.stringify(filter)).to.deep.equal(expected(filter));
      }
  });

  it('agrees with plain code on any filter, whatever page is asked for', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyFilter(() => users),
        fc.nat(8),
        fc.integer({ min: 1, max: 9 }),
        async (wanted, offset, limit) => {
          const all = expected(wanted);
          const page = await search(wanted, offset, limit);
          expect(page.items.map(({ username }) => username)).to.deep.equal(all.slice(offset, offset + limit));
          expect(page.total).to.equal(all.length);
        },
      ),
      { numRuns: 150, seed: 7 },
    );
  });

  it('lists everybody by name, a page at a time, with the attributes that are asked for', async () => {
    const found: string[] = [];
    for (let offset = 0; offset < users.length; offset += 7) {
      const page = await search(undefined, offset, 7, ['one', 'two', 'createdDate']);
      expect(page.total).to.equal(users.length);
      for (const user of page.items) {
        const known = users.find(({ id }) => id === user.id)?.attributes ?? {};
        const { lastModifiedDate: _, ...asked } = known;
        expect(user.attributes).to.deep.equal(asked);
        found.push(user.username);
      }
    }
    expect(found).to.deep.equal(users.map(({ username }) => username));
    expect(await search(undefined, users.length, 5)).to.deep.equal({ items: [], total: users.length });
  });

  it('takes three hundred filters within each other for what they say, or says that they are too many', async () => {
    const base = compare({ of: 'attribute', name: 'one' }, 'eq', 'a');
    let nots: StoreFilter = base;
    let ands: StoreFilter = base;
    let both: StoreFilter = base;
    for (let depth = 0; depth < 300; depth++) {
      nots = { op: 'not', filter: nots };
      ands = { op: 'and', filters: [ands, { op: 'not', filter: { op: 'ids', ids: [] } }] };
      both = { op: depth % 2 ? 'and' : 'or', filters: [both, compare({ of: 'name' }, 'co', String(depth))] };
    }
    expect(await names(nots)).to.deep.equal(expected(base));
    expect(await names(ands)).to.deep.equal(expected(base));
    expect(await failureOf(() => search(both))).to.be.instanceOf(UserFilterError);
    const wide: StoreFilter = {
      op: 'or',
      filters: Array.from({ length: 400 }, (_, index) => compare({ of: 'attribute', name: 'two' }, 'eq', `${index}`)),
    };
    expect(await names(wide)).to.deep.equal(expected(wide));
    const ids = {
      op: 'ids',
      ids: [...users.map(({ id }) => id), ...Array.from({ length: 400 }, () => randomUUID())],
    } as const;
    expect((await search(ids)).total).to.equal(users.length);
  });

  it('refuses what users do not have', async () => {
    expect(await failureOf(() => search(compare({ of: 'member' }, 'eq', 'x')))).to.be.instanceOf(UserFilterError);
  });
});
