import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { PasswordHashing } from '#core/crypto';
import { UnavailableError } from '#core/kernel';
import {
  ClaimDialects,
  claimUri,
  type StoreFilter,
  type UserFilter,
  UserFilterError,
  type UserStore,
  type UserStores,
  valueKeys,
} from '#core/users';
import { WorkQueue } from '../../../../core/crypto/work-queue.js';
import { ClaimValues } from '../../../../core/users/claims/claim-values.js';
import { DirectoryOfStores } from '../../../../core/users/directory/directory-of-stores.js';
import { IdentitySets } from '../../../../core/users/directory/identity-sets.js';
import { ListedClaims } from '../../../../core/users/directory/listed-claims.js';
import { IdentityDataEntity } from '../../../../core/users/identity-data.entity.js';
import { IdentityDataRepository } from '../../../../core/users/identity-data.repository.js';
import { UserLocator } from '../../../../core/users/user-locator.js';
import { sqlUserStoreSettings } from '../../../../plugins/user-stores/sql/config.js';
import { SqlUserAttributeEntity, SqlUserEntity } from '../../../../plugins/user-stores/sql/entities.js';
import { COUNT_BY_MARKS } from '../../../../plugins/user-stores/sql/search/name-marks.js';
import { sqlUserStore } from '../../../../plugins/user-stores/sql/sql-user-store.js';
import {
  type DatabaseNode,
  type DatabasePlace,
  databasePlace,
  onEachDatabase,
  openNode,
} from '../../../support/databases.js';
import { failureOf } from '../../../support/failures.js';
import { fits, type KnownUser } from '../../../support/filter-oracle.js';
import { sqlStoreSchema, writable } from '../../../support/sql-store.js';

const ORG = '00000000-0000-4000-8000-000000000001';
const GIVEN = claimUri('givenname');
const DEPARTMENT = claimUri('department');
const LOCKED = claimUri('identity/accountLocked');
const MAIL_VERIFIED = claimUri('identity/emailVerified');
const NAMES = ['Kim', 'kim', 'Lee', 'Zoë', '%', 'a\\b'];

/** Whether a claim is compared with true or false only. */
const isBoolean = (subject: { readonly of: string; readonly uri?: string }) =>
  subject.uri === LOCKED || subject.uri === MAIL_VERIFIED;

/** What a user is like. */
function plannedUser(index: number) {
  const attributes: Record<string, string[]> = index < 40 ? { givenName: [NAMES[index % NAMES.length] as string] } : {};
  if (index % 4 === 0) attributes['departmentNumber'] = [String(index % 12)];
  const identity: Record<string, string[]> = index % 3 === 0 ? { accountLocked: [index % 2 ? 'true' : 'false'] } : {};
  if (index % 160 === 5) identity['emailVerified'] = ['true'];
  return { username: `user${String((index * 7) % 520).padStart(4, '0')}`, attributes, identity };
}

/** Rows of values of a user, as tables keep them. */
const rowsOf = (userId: string, values: Readonly<Record<string, readonly string[]>>) =>
  Object.entries(values).flatMap(([name, list]) =>
    list.map((value, position) => ({ orgId: ORG, userId, name, position, value, ...valueKeys(value) })),
  );

onEachDatabase('the user directory', (kind) => {
  let place: DatabasePlace;
  let node: DatabaseNode;
  let directory: DirectoryOfStores;
  let known: (KnownUser & { domain: string })[];
  let asked: { domain: string; filter: StoreFilter | undefined; limit: number }[] = [];
  const away = new Set<string>();
  const dialects = ClaimDialects.load('config');

  before(async () => {
    place = await databasePlace(kind);
    node = await openNode(place, sqlStoreSchema);
    const { database } = node;
    // The second one lies in the same database, but does not know the identity data: as if it were elsewhere.
    const stores = [storeOf('PRIMARY', true), storeOf('ACME', false), { ...storeOf('MUTE', true), search: undefined }];
    const all = { all: async () => stores, find: async () => undefined } as unknown as UserStores;
    const catalog = { of: async () => dialects };
    const identityData = new IdentityDataRepository(database);
    const values = new ClaimValues(catalog, identityData);
    const locator = new UserLocator(all);
    directory = new DirectoryOfStores(
      all,
      catalog,
      locator,
      values,
      new IdentitySets(database),
      new ListedClaims(identityData),
    );
    known = [];
    for (const store of stores.slice(0, 2))
      await database.run(async () => void known.push(...(await fill(writable(store as UserStore)))));
    await database.run(async () => database.sql.run(COUNT_BY_MARKS, []));
  });
  after(async () => {
    await node?.close();
    await place?.drop();
  });
  beforeEach(() => {
    asked = [];
    away.clear();
  });

  /** A store that tells what it is asked, and can be away. */
  function storeOf(domain: string, isOwn: boolean): UserStore {
    const costs = { argon2_memory: 8192, argon2_iterations: 1, pbkdf2_iterations: 1000 };
    const hashing = new PasswordHashing(costs, new WorkQueue(1, 10));
    const parts = { database: node.database, hashing, clock: { now: () => 0 } };
    const store = sqlUserStore({ domain, isOwn, close: async () => undefined }, sqlUserStoreSettings.parse({}), parts);
    const users: typeof store.search.users = (orgId, query) => {
      if (away.has(domain)) throw new UnavailableError(`${domain} is away`);
      asked.push({ domain, filter: query.filter, limit: query.limit });
      return store.search.users(orgId, query);
    };
    return { ...store, search: { ...store.search, users } };
  }

  /** 40 users, and as many of the kind that nobody asks for as make the store longer than one look. */
  async function fill(store: ReturnType<typeof writable>): Promise<(KnownUser & { domain: string })[]> {
    const { domain } = store;
    const group = { id: randomUUID(), name: 'Staff' };
    await store.groups.writer.create(ORG, group);
    const made = Array.from({ length: 520 }, (_, index) => ({
      ...plannedUser(index),
      id: randomUUID(),
      groups: index % 10 === 0 ? [group] : [],
      domain,
    }));
    // Straight into the tables: one by one it would take the other databases half a minute.
    const { manager } = node.database;
    const more = { orgId: ORG, domain, passwordHash: null, createdAt: 0, modifiedAt: 0 };
    await manager.insert(
      SqlUserEntity,
      made.map(({ id, username }) => ({ id, username, usernameKey: username, ...more })),
    );
    const rows = (kept: 'attributes' | 'identity') => made.flatMap((user) => rowsOf(user.id, user[kept]));
    await manager.insert(SqlUserAttributeEntity, rows('attributes'));
    await manager.insert(IdentityDataEntity, rows('identity'));
    await store.groups.writer.addMembers(
      ORG,
      group.id,
      made.filter(({ groups }) => groups.length > 0).map(({ id }) => id),
    );
    return made.sort((one, other) => (one.username < other.username ? -1 : 1));
  }

  const is = (uri: string, comparison: 'eq' | 'ne' | 'sw' | 'co' | 'pr' | 'gt', value = ''): UserFilter => ({
    op: 'compare',
    subject: { of: 'claim', uri },
    comparison,
    value,
  });
  const and = (...filters: UserFilter[]): UserFilter => ({ op: 'and', filters });
  const or = (...filters: UserFilter[]): UserFilter => ({ op: 'or', filters });
  const not = (filter: UserFilter): UserFilter => ({ op: 'not', filter });
  const search = (filter: UserFilter | undefined, offset = 0, limit = 50, more: { domain?: string } = {}) =>
    directory.search(ORG, { filter, offset, limit, claims: [], ...more });
  const found = async (filter: UserFilter | undefined) =>
    (await search(filter, 0, 2000)).users.map(({ user }) => `${user.domain}/${user.username}`);
  const expected = (filter: UserFilter) =>
    known.filter((user) => fits(user, plain(filter, user.domain))).map((user) => `${user.domain}/${user.username}`);

  /** The filter in terms of attributes, as simply as it can be said. */
  function plain(filter: UserFilter, domain: string): StoreFilter {
    if ('filters' in filter) return { op: filter.op, filters: filter.filters.map((part) => plain(part, domain)) };
    if (filter.op === 'not') return { op: 'not', filter: plain(filter.filter, domain) };
    if (filter.op === 'ids') return { op: 'ids', ids: filter.ids };
    if (filter.op !== 'compare') throw new Error('not a comparison');
    const { subject, comparison, value } = filter;
    if (subject.of === 'username') return { op: 'compare', subject: { of: 'name' }, comparison, value, type: 'string' };
    if (subject.of !== 'claim') return { op: 'compare', subject, comparison, value, type: 'string' };
    const where = dialects.placeOf(subject.uri, domain);
    if (!where) throw new Error(`no claim ${subject.uri}`);
    const of = where.in === 'store' ? 'attribute' : 'identity';
    return { op: 'compare', subject: { of, name: where.name }, comparison, value, type: 'string' };
  }

  it('lists the stores one after the other, whatever page is asked for', async () => {
    const all = known.map((user) => `${user.domain}/${user.username}`);
    expect((await search(undefined, 0, 0)).total).to.equal(1040);
    for (const [offset, limit] of [
      [0, 5],
      [517, 8],
      [520, 3],
      [1035, 50],
      [1040, 5],
      [5000, 1],
    ] as const) {
      const page = await search(undefined, offset, limit);
      expect(page.users.map(({ user }) => `${user.domain}/${user.username}`)).to.deep.equal(
        all.slice(offset, offset + limit),
      );
      expect(page.total).to.equal(1040);
    }
  });

  it('agrees with plain code on filters that mix what lies in stores with what lies here', async () => {
    const leaf = fc.oneof(
      fc
        .record({
          op: fc.constant('compare' as const),
          subject: fc.constantFrom(
            { of: 'claim' as const, uri: GIVEN },
            { of: 'claim' as const, uri: DEPARTMENT },
            { of: 'claim' as const, uri: LOCKED },
            { of: 'claim' as const, uri: MAIL_VERIFIED },
            { of: 'username' as const },
            { of: 'group' as const, by: 'name' as const },
          ),
          comparison: fc.constantFrom('eq', 'ne', 'co', 'sw', 'pr', 'gt'),
          value: fc.constantFrom('true', 'false', 'kim', 'zoë', '4', '0', 'user00', 'user0300', 'staff', '%', ''),
        })
        .map((one) => (isBoolean(one.subject) && !/^(true|false)$/.test(one.value) ? { ...one, value: 'true' } : one)),
      fc.array(fc.nat(1039), { maxLength: 30 }).map((indices) => ({
        op: 'ids' as const,
        ids: indices.map((index) => (known[index] as KnownUser).id),
      })),
    );
    const { filter } = fc.letrec<{ filter: UserFilter }>((tie) => ({
      filter: fc.oneof(
        { maxDepth: 3, depthIdentifier: 'filter' },
        leaf as fc.Arbitrary<UserFilter>,
        fc.record({
          op: fc.constantFrom('and' as const, 'or' as const),
          filters: fc.array(tie('filter'), { maxLength: 3, depthIdentifier: 'filter' }),
        }),
        fc.record({ op: fc.constant('not' as const), filter: tie('filter') }),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(filter, fc.nat(700), fc.integer({ min: 1, max: 40 }), async (wanted, offset, limit) => {
        const all = expected(wanted);
        const page = await search(wanted, offset, limit);
        const names = page.users.map(({ user }) => `${user.domain}/${user.username}`);
        expect(names).to.deep.equal(all.slice(offset, offset + limit));
        expect(page.total).to.be.at.most(all.length);
        expect(page.total, 'whoever reads on gets everybody').to.be.at.least(Math.min(all.length, offset + limit));
      }),
      { numRuns: 40, seed: 3 },
    );
  });

  it('asks a store elsewhere for the few users whom the identity data names, by their ids', async () => {
    const filter = and(is(MAIL_VERIFIED, 'eq', 'true'), is(LOCKED, 'ne', 'true'));
    expect(await found(filter)).to.deep.equal(expected(filter));
    const [first, ...more] = asked.filter(({ domain }) => domain === 'ACME');
    expect(first?.filter).to.have.property('op', 'ids');
    expect(more).to.deep.equal([]);
  });

  it('goes through a store elsewhere only as far as the page needs', async () => {
    const filter = and(is(LOCKED, 'ne', 'true'), is(claimUri('username'), 'sw', 'ACME/user'));
    const page = await search(filter, 0, 10);
    expect(page.users).to.have.length(10);
    expect(asked.map(({ domain, limit }) => `${domain} ${limit}`)).to.deep.equal(['ACME 500']);
    expect(asked[0]?.filter, 'without what the store does not know').to.deep.include({ subject: { of: 'name' } });
  });

  it('splits any number of ids, and keeps the order', async () => {
    const ids = [...known.map(({ id }) => id), ...Array.from({ length: 300 }, () => randomUUID())].reverse();
    const filter: UserFilter = { op: 'ids', ids };
    expect(await found(filter)).to.deep.equal(expected(filter));
    expect((await search(filter, 3, 2)).total).to.equal(1040);
    const within = and({ op: 'ids', ids }, is(GIVEN, 'eq', 'kim'), not(is(LOCKED, 'eq', 'true')));
    expect(await found(within)).to.deep.equal(expected(within));
    const most: UserFilter = or({ op: 'ids', ids: Array.from({ length: 6000 }, () => randomUUID()) }, is(GIVEN, 'pr'));
    expect(await failureOf(() => search(most))).to.be.instanceOf(UserFilterError);
  });

  it('takes a domain in front of a name, and asks nobody else', async () => {
    const named = (comparison: 'eq' | 'ne' | 'sw' | 'co', value: string): UserFilter => ({
      op: 'compare',
      subject: { of: 'username' },
      comparison,
      value,
    });
    away.add('PRIMARY');
    expect(await found(named('eq', 'acme/USER0001'))).to.deep.equal(['ACME/user0001']);
    expect(await found(named('sw', 'ACME/user000'))).to.have.length(10);
    expect((await search(undefined, 0, 5, { domain: 'acme' })).total).to.equal(520);
    away.clear();
    expect(await found(named('eq', 'user0001'))).to.deep.equal(['PRIMARY/user0001', 'ACME/user0001']);
    expect((await search(named('ne', 'ACME/user0001'))).total).to.equal(1039);
    expect(await found(named('eq', 'NOBODY/user0001'))).to.deep.equal([]);
    expect((await search(undefined, 0, 5, { domain: 'nowhere' })).total).to.equal(0);
  });

  it('says so when a store that is asked is away, or cannot be searched', async () => {
    away.add('ACME');
    expect(await failureOf(() => search(undefined, 0, 5))).to.be.instanceOf(UnavailableError);
    expect((await search(undefined, 0, 5, { domain: 'PRIMARY' })).total).to.equal(520);
    expect(await failureOf(() => search(undefined, 0, 5, { domain: 'MUTE' }))).to.be.instanceOf(UserFilterError);
  });

  it('refuses claims that there are not', async () => {
    expect(String(await failureOf(() => search(is('http://wso2.org/claims/nothing', 'eq', 'x'))))).to.match(/no claim/);
    expect(String(await failureOf(() => search(is(claimUri('created'), 'gt', 'soon'))))).to.match(/a time/);
  });

  it('reads the claims of a page at once', async () => {
    const claims = [GIVEN, LOCKED, claimUri('username'), claimUri('groups'), claimUri('created'), 'nothing'];
    const { users } = await directory.search(ORG, {
      filter: or(is(claimUri('groups'), 'eq', 'staff')),
      offset: 48,
      limit: 8,
      claims,
    });
    for (const { user, claims: read } of users) {
      const one = known.find(({ id }) => id === user.id);
      const name = user.domain === 'PRIMARY' ? user.username : `${user.domain}/${user.username}`;
      expect(read).to.deep.equal({
        ...(one?.attributes['givenName'] ? { [GIVEN]: one.attributes['givenName'] } : {}),
        ...(one?.identity['accountLocked'] ? { [LOCKED]: one.identity['accountLocked'] } : {}),
        [claimUri('username')]: [name],
        [claimUri('groups')]: ['Staff'],
        [claimUri('created')]: ['1970-01-01T00:00:00.000Z'],
      });
      expect(await directory.get(ORG, user.id, claims)).to.deep.equal({ user, claims: read });
    }
    expect(users.map(({ user }) => user.domain)).to.deep.equal([...Array(4).fill('PRIMARY'), ...Array(4).fill('ACME')]);
    expect(await directory.get(ORG, randomUUID(), claims)).to.equal(undefined);
  });
});
