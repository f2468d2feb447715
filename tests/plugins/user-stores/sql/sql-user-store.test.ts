import { expect } from 'chai';
import { legacyDigest, legacyHash, PasswordHashing } from '#core/crypto';
import { systemClock } from '#core/kernel';
import { WorkQueue } from '../../../../core/crypto/work-queue.js';
import { sqlUserStoreSettings } from '../../../../plugins/user-stores/sql/config.js';
import { SqlUserEntity } from '../../../../plugins/user-stores/sql/entities.js';
import { ownSqlUserStore } from '../../../../plugins/user-stores/sql/sql-user-store.js';
import { userStoreContract } from '../../../contract/user-store.js';
import { userStoreGroupsContract } from '../../../contract/user-store-groups.js';
import { userStoreSearchContract } from '../../../contract/user-store-search.js';
import {
  type DatabaseNode,
  type DatabasePlace,
  databaseKinds,
  databasePlace,
  openNode,
} from '../../../support/databases.js';
import { failureOf } from '../../../support/failures.js';
import { skipWithout } from '../../../support/services.js';
import { sqlStoreSchema as schema, searchUnderTest, writable } from '../../../support/sql-store.js';

const ORGS = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'] as const;
const costs = { argon2_memory: 8192, argon2_iterations: 1, pbkdf2_iterations: 10_000 };
/** A queue that counts what goes through it. */
class CountingQueue extends WorkQueue {
  count = 0;

  override run<T>(work: () => Promise<T>): Promise<T> {
    this.count++;
    return super.run(work);
  }
}

const queue = new CountingQueue(2, 500);
const hashing = new PasswordHashing(costs, queue);

for (const kind of databaseKinds) {
  describe(`the SQL user store (${kind})`, () => {
    let place: DatabasePlace;
    let node: DatabaseNode;
    before(async function () {
      skipWithout(this, kind);
      place = await databasePlace(kind);
      node = await openNode(place, schema);
    });
    after(async () => {
      await node?.close();
      await place?.drop();
    });
    const storeWith = (settings: object = {}, domain = 'PRIMARY') =>
      writable(
        ownSqlUserStore(domain, sqlUserStoreSettings.parse({ password_hash_method: 'SHA-256', ...settings }), {
          database: node.database,
          hashing,
          clock: systemClock,
        }),
      );
    const password = 'Correct-horse-1';

    userStoreContract(() => ({
      store: storeWith(),
      orgs: ORGS,
      password,
      attributes: ['mail', 'title'],
      caseInsensitive: true,
      hashesChecked: () => queue.count,
    }));

    describe('groups', () => userStoreGroupsContract(() => ({ store: storeWith(), orgs: ORGS, password })));
    describe('searches', () => userStoreSearchContract(() => searchUnderTest(storeWith(), ORGS[0])));

    const [org] = ORGS;
    const user = (username: string, given: string | undefined = password) => ({
      id: crypto.randomUUID(),
      username,
      password: given,
      attributes: {},
    });

    it('keeps Alice and alice apart when told so', async () => {
      const store = storeWith({ case_insensitive_username: false }, 'EXACT');
      const [upper, lower] = [
        await store.writer.create(org, user('Alice')),
        await store.writer.create(org, user('alice')),
      ];
      expect((await store.lookup.byUsername(org, 'Alice'))?.id).to.equal(upper.id);
      expect((await store.lookup.byUsername(org, 'alice'))?.id).to.equal(lower.id);
    });

    it('tells organizations of the names of others in the primary store only, and only when told so', async () => {
      const name = `across-${crypto.randomUUID().slice(0, 8)}`;
      await storeWith().writer.create(ORGS[1], user(name));
      await storeWith({}, 'SAME').writer.create(ORGS[1], user(name));
      const across = { user_name_unique_across_tenants: true };
      expect(await failureOf(() => storeWith(across).writer.create(org, user(name)))).to.include({ status: 409 });
      expect((await storeWith(across, 'SAME').writer.create(org, user(name))).username).to.equal(name);
      expect((await storeWith().writer.create(org, user(name))).username).to.equal(name);
    });

    it('does not see the users of another store', async () => {
      const stored = await storeWith({}, 'ONE').writer.create(org, user('shared'));
      const two = storeWith({}, 'TWO');
      expect(await two.lookup.byId(org, stored.id)).to.equal(undefined);
      expect(await two.lookup.byUsername(org, 'shared')).to.equal(undefined);
      expect(await two.writer.delete(org, stored.id)).to.equal(false);
      expect((await two.writer.create(org, user('shared'))).id).not.to.equal(stored.id);
    });

    it('changes the hash to the method of today at the next sign-in, not at a failed one', async () => {
      const before = storeWith({ password_hash_method: 'PBKDF2' }, 'HASH');
      const stored = await before.writer.create(org, user('carol'));
      const after = storeWith({ password_hash_method: 'argon2id' }, 'HASH');
      const hash = async () =>
        (await node.database.manager.findOneByOrFail(SqlUserEntity, { id: stored.id })).passwordHash;
      await after.credentials.verify(org, 'carol', 'wrong password');
      expect(await hash()).to.match(/^\$pbkdf2/);
      expect((await after.credentials.verify(org, 'carol', password)).outcome).to.equal('accepted');
      expect(await hash()).to.match(/^\$argon2id/);
      expect((await after.credentials.verify(org, 'carol', password)).outcome).to.equal('accepted');
    });

    it('signs in without a change where nothing may be changed', async () => {
      const stored = await storeWith({ password_hash_method: 'PBKDF2' }, 'READ').writer.create(org, user('rita'));
      const settings = sqlUserStoreSettings.parse({ read_only: true });
      const reading = ownSqlUserStore('READ', settings, { database: node.database, hashing, clock: systemClock });
      expect((await reading.credentials.verify(org, 'rita', password)).outcome).to.equal('accepted');
      const { passwordHash } = await node.database.manager.findOneByOrFail(SqlUserEntity, { id: stored.id });
      expect(passwordHash).to.match(/^\$pbkdf2/);
    });

    it('does not bring back a password that was changed while it was hashed anew', async () => {
      const store = storeWith({}, 'RACED');
      const stored = await store.writer.create(org, user('rosa'));
      class Slow extends PasswordHashing {
        override async hash(...given: Parameters<PasswordHashing['hash']>): Promise<string> {
          const hash = await super.hash(...given);
          await store.credentials.set?.(org, stored.id, 'Another-horse-2');
          return hash;
        }
      }
      const later = ownSqlUserStore('RACED', sqlUserStoreSettings.parse({}), {
        database: node.database,
        hashing: new Slow(costs, queue),
        clock: systemClock,
      });
      expect((await later.credentials.verify(org, 'rosa', password)).outcome).to.equal('accepted');
      expect((await store.credentials.verify(org, 'rosa', password)).outcome).to.equal('rejected');
      expect((await store.credentials.verify(org, 'rosa', 'Another-horse-2')).outcome).to.equal('accepted');
    });

    it('does the work of today for a wrong password that is stored as of old', async () => {
      await storeWith({}, 'OLD').writer.create(org, user('olga'));
      const store = storeWith({ password_hash_method: 'argon2id' }, 'OLD');
      await store.credentials.verify(org, 'nobody', 'wrong password');
      const before = queue.count;
      await store.credentials.verify(org, 'olga', 'wrong password');
      expect(queue.count - before).to.equal(2);
    });

    it('checks digests that were brought along, and changes them at the next sign-in', async () => {
      const store = storeWith({ password_hash_method: 'PBKDF2' }, 'BROUGHT');
      for (const digest of ['SHA', 'SHA-256', 'SHA-512', 'MD5', 'PLAIN_TEXT'] as const) {
        const made = await store.writer.create(org, user(`old-${digest}`.replace('_', '-')));
        const passwordHash = legacyHash(digest, legacyDigest(digest, password, 'salt$'), 'salt$');
        await node.database.run(() => node.database.manager.update(SqlUserEntity, { id: made.id }, { passwordHash }));
        const hash = async () =>
          (await node.database.manager.findOneByOrFail(SqlUserEntity, { id: made.id })).passwordHash;
        expect((await store.credentials.verify(org, made.username, `${password}x`)).outcome, digest).to.equal(
          'rejected',
        );
        expect(await hash()).to.equal(passwordHash);
        expect((await store.credentials.verify(org, made.username, password)).outcome, digest).to.equal('accepted');
        expect(await hash()).to.match(/^\$pbkdf2/);
      }
    });

    it('keeps attributes whatever they are called', async () => {
      const store = storeWith({}, 'NAMES');
      const { id } = await store.writer.create(org, { ...user('nora'), attributes: { constructor: ['a', 'b'] } });
      expect(await store.attributes.read(org, id, ['constructor'])).to.deep.equal({ constructor: ['a', 'b'] });
    });

    it('lets nobody in without a password', async () => {
      const store = storeWith({}, 'NOPASS');
      await store.writer.create(org, { ...user('dave'), password: undefined });
      for (const tried of ['', 'null', 'undefined', password]) {
        expect((await store.credentials.verify(org, 'dave', tried)).outcome).to.equal('rejected');
      }
    });

    it('follows the patterns of the operator, with the message of the operator', async () => {
      const store = storeWith(
        { password_java_regex: '^\\d{4}$', password_java_reg_ex_violation_error_msg: 'Four digits' },
        'PINS',
      );
      expect(await failureOf(() => store.writer.create(org, user('erin', 'abcd')))).to.include({
        status: 400,
        description: 'Four digits',
      });
      expect(await store.lookup.byUsername(org, 'erin'), 'nothing of it stays').to.equal(undefined);
      const stored = await store.writer.create(org, user('erin', '1234'));
      await failureOf(() => store.credentials.set?.(org, stored.id, '12345'));
      const part = storeWith({ username_java_regex: '[a-z]{3}' }, 'PARTS');
      expect(await failureOf(() => part.writer.create(org, user('x-erin'))), 'as Java matches').to.include({
        status: 400,
      });
      const endless = storeWith({ username_java_regex: '^(a+)+$', rolename_java_regex: '^(a+)+$' }, 'ENDLESS');
      const name = `${'a'.repeat(200)}!`;
      expect(await failureOf(() => endless.writer.create(org, user(name)))).to.include({ status: 400 });
      expect(await failureOf(() => endless.groups.writer.create(org, { id: crypto.randomUUID(), name }))).to.include({
        status: 400,
      });
      for (const url of [
        'jdbc:mysql:users',
        'jdbc:postgresql:///users',
        'jdbc:mysql://a b/x',
        'jdbc:mysql://h/%zz',
        'x',
      ])
        expect(() => sqlUserStoreSettings.parse({ url }), url).to.throw(/expected jdbc:/);
      const costs = (text: string) => sqlUserStoreSettings.safeParse({ hash_algorithm_properties: text }).success;
      expect(costs('{pbkdf2.iteration.count:8000000, pbkdf2.dkLength:256}')).to.equal(true);
      expect(costs('{pbkdf2.iteration.count:8000000, pbkdf2.dkLength:512}'), 'twice as much').to.equal(false);
      expect(() => sqlUserStoreSettings.parse({ username_java_regex: '(' })).to.throw(/regular expression/);
    });
  });
}
