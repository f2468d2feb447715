import { createHash, pbkdf2Sync, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { PasswordHashing } from '#core/crypto';
import { systemClock } from '#core/kernel';
import { attributeIs, type CompareFilter, type StoreFilter, UserFilterError } from '#core/users';
import { WorkQueue } from '../../../../core/crypto/work-queue.js';
import { sqlUserStoreSettings } from '../../../../plugins/user-stores/sql/config.js';
import { STATEMENTS } from '../../../../plugins/user-stores/sql/existing/statements.js';
import { sqlStoreProperties } from '../../../../plugins/user-stores/sql/properties.js';
import { openSqlStore } from '../../../../plugins/user-stores/sql/store-opening.js';
import { userStoreContract } from '../../../contract/user-store.js';
import { userStoreSearchContract } from '../../../contract/user-store-search.js';
import {
  type DatabaseNode,
  type DatabasePlace,
  databasePlace,
  onEachDatabase,
  openNode,
} from '../../../support/databases.js';
import { failureOf } from '../../../support/failures.js';
import { keptLog } from '../../../support/log-lines.js';
import { searchUnderTest, writable } from '../../../support/sql-store.js';
import { storeUrl, umTables } from '../../../support/um-tables.js';

const ORG = '00000000-0000-4000-8000-000000000001';
const PASSWORD = 'Correct-horse-1';

/** A queue that counts what goes through it. */
class CountingQueue extends WorkQueue {
  count = 0;

  override run<T>(work: () => Promise<T>): Promise<T> {
    this.count++;
    return super.run(work);
  }
}

onEachDatabase('a user store in tables of another product', (kind) => {
  let place: DatabasePlace;
  let node: DatabaseNode;
  const queue = new CountingQueue(2, 100);
  const opened: { close(): Promise<void> }[] = [];

  before(async () => {
    place = await databasePlace(kind);
    node = await openNode(place, { entities: [], migrations: [] });
    for (const statement of umTables(kind)) await node.database.run(() => node.database.manager.query(statement));
  });
  after(async () => {
    for (const store of opened) await store.close();
    await node?.close();
    await place?.drop();
  });

  const storeWith = (settings: object = {}, orgId = ORG) => {
    const parts = {
      database: node.database,
      hashing: new PasswordHashing({ argon2_memory: 8192, argon2_iterations: 1, pbkdf2_iterations: 1000 }, queue),
      clock: systemClock,
    };
    const given = sqlUserStoreSettings.parse({ url: storeUrl(place), ...settings });
    const { logger } = keptLog();
    const store = openSqlStore(given, { domain: 'PRIMARY', orgId, logger }, parts);
    opened.push(store);
    return store;
  };
  const run = (text: string, values: unknown[]) => node.database.run(async () => node.database.sql.run(text, values));
  /** A user as the other product has made it. */
  const put = async (username: string, stored: string, salt: string | null) => {
    const id = randomUUID();
    await run(
      'INSERT INTO UM_USER (UM_USER_ID, UM_USER_NAME, UM_USER_PASSWORD, UM_SALT_VALUE, UM_CHANGED_TIME, UM_TENANT_ID) VALUES (?, ?, ?, ?, ?, -1234)',
      [id, username, stored, salt, '2020-01-01 00:00:00'],
    );
    return id;
  };
  const rowOf = (username: string) =>
    node.database.sql.one<{ stored: string; salt: string | null }>(
      'SELECT UM_USER_PASSWORD AS stored, UM_SALT_VALUE AS salt FROM UM_USER WHERE UM_USER_NAME = ?',
      [username],
    );

  describe('the contract', () =>
    userStoreContract(() => ({
      store: storeWith({ multi_attribute_separator: '\u001f' }),
      orgs: [ORG],
      password: PASSWORD,
      attributes: ['mail', 'title'],
      caseInsensitive: true,
      hashesChecked: () => queue.count,
    })));
  describe('searches', () => userStoreSearchContract(() => searchUnderTest(storeWith(), ORG)));

  it('checks what the other product has stored, in every digest, with salt and without', async () => {
    const digest = (name: string, salt: string) =>
      createHash(name)
        .update(PASSWORD + salt)
        .digest('base64');
    const derived = pbkdf2Sync(PASSWORD, 'c2FsdA==', 2000, 64, 'sha512').toString('base64');
    const properties = '{pbkdf2.iteration.count:2000, pbkdf2.dkLength:512, pbkdf2.prf:PBKDF2WithHmacSHA512}';
    const kinds: [string, string, string | null, object][] = [
      ['sha', digest('sha1', 'c2FsdA=='), 'c2FsdA==', { password_digest: 'SHA' }],
      ['sha256', digest('sha256', 'c2FsdA=='), 'c2FsdA==', {}],
      ['sha512', digest('sha512', ''), null, { password_hash_method: 'SHA-512', store_salted_password: 'false' }],
      ['md5', digest('md5', 'c2FsdA=='), 'c2FsdA==', { password_hash_method: 'MD5' }],
      ['plain', PASSWORD, null, { password_hash_method: 'PLAIN_TEXT' }],
      ['pbkdf2', derived, 'c2FsdA==', { password_hash_method: 'PBKDF2', hash_algorithm_properties: properties }],
    ];
    for (const [name, stored, salt, settings] of kinds) {
      const id = await put(`old-${name}`, stored, salt);
      const store = storeWith(settings);
      const verify = (password: string) => store.credentials?.verify(ORG, `OLD-${name}`, password);
      expect(await verify(PASSWORD), name).to.deep.equal({
        outcome: 'accepted',
        user: { id, username: `old-${name}` },
      });
      expect((await verify(`${PASSWORD}x`))?.outcome, name).to.equal('rejected');
      expect((await verify(''))?.outcome, name).to.equal('rejected');
      await store.credentials?.set?.(ORG, id, 'Another-horse-2');
      expect((await verify('Another-horse-2'))?.outcome, name).to.equal('accepted');
      expect((await verify(PASSWORD))?.outcome, name).to.equal('rejected');
      const row = await rowOf(`old-${name}`);
      expect(row?.stored === 'Another-horse-2', 'only PLAIN_TEXT keeps it as it is').to.equal(name === 'plain');
    }
  });

  it('changes a weaker digest to the configured one at the next sign-in, not at a failed one', async () => {
    const stored = createHash('sha1').update(`${PASSWORD}salt`).digest('base64');
    await put('weak', stored, 'salt');
    const verify = (settings: object, password = PASSWORD) =>
      storeWith({ password_hash_method: 'PBKDF2', ...settings }).credentials?.verify(ORG, 'weak', password);
    expect((await verify({}, 'wrong password'))?.outcome).to.equal('rejected');
    expect((await verify({ read_only: true }))?.outcome).to.equal('accepted');
    expect((await rowOf('weak'))?.stored).to.equal(stored);
    expect((await verify({}))?.outcome).to.equal('accepted');
    expect((await rowOf('weak'))?.stored)
      .to.have.length(44)
      .and.not.equal(stored);
    expect((await verify({}))?.outcome).to.equal('accepted');
  });

  it('searches by the database, several values in one row included', async () => {
    const store = writable(storeWith());
    const make = (username: string, attributes: Record<string, string[]>) =>
      store.writer.create(ORG, { id: randomUUID(), username, password: PASSWORD, attributes });
    await make('find-a', { code: ['1', '10'], created: ['2024-01-01T00:00:00.000Z'], '%': ['x'] });
    await make('find-b', { code: ['9'], created: ['2024-06-01T00:00:00.000Z'] });
    await make('find-c', { code: ['100%', 'A_b'] });
    const group = await store.groups.writer.create(ORG, { id: randomUUID(), name: 'Finders' });
    const b = await store.lookup.byUsername(ORG, 'find-b');
    await store.groups.writer.addMembers(ORG, group.id, [b?.id ?? '', randomUUID()]);
    const compare = (
      subject: CompareFilter['subject'],
      comparison: CompareFilter['comparison'],
      value: string,
      type: CompareFilter['type'] = 'string',
    ): CompareFilter => ({ op: 'compare', subject, comparison, value, type });
    const code = { of: 'attribute', name: 'code' } as const;
    const prefix = compare({ of: 'name' }, 'sw', 'FIND-');
    const found = async (filter: StoreFilter) => {
      const all: StoreFilter = { op: 'and', filters: [prefix, filter] };
      const page = await store.search.users(ORG, { filter: all, offset: 0, limit: 10, attributes: ['code'] });
      expect(page.total).to.equal(page.items.length);
      return page.items.map(({ username }) => username.slice(5)).join('');
    };
    expect(await found(prefix)).to.equal('abc');
    expect(await found(attributeIs('code', '10'))).to.equal('a');
    expect(await found(attributeIs('code', 'a_B'))).to.equal('c');
    expect(await found(attributeIs('code', '0'))).to.equal('');
    expect(await found(compare(code, 'ne', '1'))).to.equal('bc');
    expect(await found(compare(code, 'sw', '10'))).to.equal('ac');
    expect(await found(compare(code, 'ew', '%'))).to.equal('c');
    expect(await found(compare(code, 'co', '_'))).to.equal('c');
    expect(await found(compare(code, 'gt', '8', 'integer'))).to.equal('b');
    expect(await found(compare(code, 'pr', ''))).to.equal('abc');
    expect(await found(compare(code, 'eq', 'x\0'))).to.equal('');
    expect(
      await found(compare({ of: 'attribute', name: 'created' }, 'ge', '2024-06-01T02:00:00+02:00', 'dateTime')),
    ).to.equal('b');
    expect(await found(compare({ of: 'group', by: 'name' }, 'eq', 'finders'))).to.equal('b');
    expect(await found({ op: 'not', filter: compare({ of: 'group', by: 'name' }, 'eq', 'finders') })).to.equal('ac');
    const page = await store.search.users(ORG, { filter: prefix, offset: 1, limit: 1, attributes: ['code'] });
    expect(page).to.deep.equal({ items: [{ id: b?.id, username: 'find-b', attributes: { code: ['9'] } }], total: 3 });
    const identity = compare({ of: 'identity', name: 'accountLocked' }, 'eq', 'true');
    expect(await failureOf(() => found(identity))).to.be.instanceOf(UserFilterError);
  });

  it('knows the groups of many users, by one statement or by that of the operator for each', async () => {
    const store = writable(storeWith());
    const make = (username: string) =>
      store.writer.create(ORG, { id: randomUUID(), username, password: PASSWORD, attributes: {} });
    const [ann, ben, none] = [await make('many-ann'), await make('many-ben'), await make('many-none')];
    const group = (name: string) => store.groups.writer.create(ORG, { id: randomUUID(), name });
    const [one, two] = [await group('Many-one'), await group('Many-two')];
    await store.groups.writer.addMembers(ORG, one.id, [ann.id, ben.id]);
    await store.groups.writer.addMembers(ORG, two.id, [ben.id]);
    const ids = [ann.id, ben.id, none.id, randomUUID(), 'x\0'];
    const expected = new Map([
      [ann.id, [one]],
      [ben.id, [one, two]],
    ]);
    expect(await store.groups.ofUsers(ORG, ids)).to.deep.equal(expected);
    const own = storeWith({ user_role_sql: `${STATEMENTS.user_roles.sql} ` });
    expect(await own.groups?.ofUsers(ORG, ids)).to.deep.equal(expected);
    expect((await store.groups.ofUsers(randomUUID(), ids)).size).to.equal(0);
  });

  it('does with statements of the operator what they can do, and says what they cannot', async () => {
    await run('CREATE TABLE PEOPLE (LOGIN VARCHAR(50), SECRET VARCHAR(100), MAIL VARCHAR(100), T INTEGER)', []);
    const secret = createHash('sha256').update(PASSWORD).digest('base64');
    for (const login of ['zed', 'zoe', "z'o"])
      await run('INSERT INTO PEOPLE VALUES (?, ?, ?, -1234)', [login, secret, `${login}@x`]);
    const one = 'SELECT LOGIN, LOGIN AS NAME, SECRET, NULL AS SALT FROM PEOPLE WHERE';
    const store = storeWith({
      read_only: true,
      read_groups: 'false',
      select_user_sql_case_insensitive: `${one} LOWER(LOGIN) = LOWER(?) AND T = ?`,
      select_user_with_id_sql: `${one} LOGIN = ? AND T = ?`,
      user_filter_sql: 'SELECT LOGIN, LOGIN AS NAME FROM PEOPLE WHERE LOGIN LIKE ? AND T = ? ORDER BY LOGIN',
      get_user_properties_for_profile_sql:
        "SELECT 'mail' AS N, MAIL FROM PEOPLE WHERE LOGIN = ? AND T = ? AND T = ? AND 'default' = ?",
    });
    expect(store).not.to.have.any.keys('writer', 'groups');
    expect(store.attributes).not.to.have.property('write');
    expect((await store.credentials?.verify(ORG, 'ZOE', PASSWORD))?.outcome).to.equal('accepted');
    expect(await store.attributes.read(ORG, 'zoe', ['mail'])).to.deep.equal({ mail: ['zoe@x'] });
    const page = (filter?: StoreFilter) =>
      store.search?.users(ORG, { filter, offset: 0, limit: 10, attributes: ['mail'] });
    expect((await page())?.total).to.equal(3);
    const zo: StoreFilter = { op: 'compare', subject: { of: 'name' }, comparison: 'sw', value: 'zo', type: 'string' };
    expect((await page(zo))?.items).to.deep.equal([{ id: 'zoe', username: 'zoe', attributes: { mail: ['zoe@x'] } }]);
    expect((await page({ ...zo, comparison: 'eq', value: "z'o" }))?.total).to.equal(1);
    expect((await page({ op: 'ids', ids: ['zed', 'nobody'] }))?.total).to.equal(1);
    for (const filter of [attributeIs('mail', 'zoe@x'), { ...zo, value: 'z%' }, { op: 'not', filter: zo } as const])
      expect(String(await failureOf(() => page(filter)))).to.match(/only find users by a user name/);
  });

  it('refuses to store passwords in tables of ours as anybody could read them, and says why', () => {
    for (const method of ['MD5', 'PLAIN_TEXT', 'SHA', 'SHA-512'])
      expect(() => sqlUserStoreSettings.parse({ password_hash_method: method })).to.throw(/argon2id or PBKDF2/);
    expect(() => sqlUserStoreSettings.parse({ url: 'jdbc:oracle:thin:@x' })).to.throw(/jdbc:mysql/);
    expect(() => sqlUserStoreSettings.parse({ hash_algorithm_properties: '{pbkdf2.prf:MD5}' })).to.throw(/expected/);
  });
});

describe('the page about users in a database', () => {
  it('names every statement that an operator can replace', () => {
    const page = readFileSync('docs/user-stores-sql.md', 'utf8');
    for (const { name, key, description } of Object.values(STATEMENTS))
      expect(page).to.include(`| \`${name}\` | \`${key}\` | ${description} |`);
  });

  it('is right about the properties: each is a setting, and there is one for each statement', () => {
    const keys = new Set(Object.keys(sqlUserStoreSettings.parse({})));
    const parsed = sqlUserStoreSettings.parse(
      Object.fromEntries(Object.values(STATEMENTS).map(({ key }) => [key, 'SELECT 1'])),
    );
    for (const key of Object.keys(parsed)) keys.add(key);
    const further = ['url', 'user_name', 'password', 'driver_name', 'password_digest'];
    for (const { key } of sqlStoreProperties) expect([...keys, ...further]).to.include(key);
    for (const { key } of Object.values(STATEMENTS))
      expect(sqlStoreProperties.find((property) => property.key === key)?.type).to.equal('sql');
  });
});
