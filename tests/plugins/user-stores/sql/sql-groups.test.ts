import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { PasswordHashing } from '#core/crypto';
import type { CompareFilter, StoreFilter } from '#core/users';
import { WorkQueue } from '../../../../core/crypto/work-queue.js';
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
import { sqlStoreSchema, writable } from '../../../support/sql-store.js';

const ORG = '00000000-0000-4000-8000-000000000001';
const OTHER = '00000000-0000-4000-8000-000000000002';

onEachDatabase('groups of the SQL user store', (kind) => {
  let place: DatabasePlace;
  let node: DatabaseNode;
  let now = Date.parse('2024-05-01T00:00:00Z');

  before(async () => {
    place = await databasePlace(kind);
    node = await openNode(place, sqlStoreSchema);
  });
  after(async () => {
    await node?.close();
    await place?.drop();
  });

  const storeWith = (settings: object = {}, domain = 'PRIMARY') => {
    const costs = { argon2_memory: 8192, argon2_iterations: 1, pbkdf2_iterations: 1000 };
    const hashing = new PasswordHashing(costs, new WorkQueue(1, 10));
    const parts = { database: node.database, hashing, clock: { now: () => now } };
    return ownSqlUserStore(domain, sqlUserStoreSettings.parse(settings), parts);
  };
  const create = (username: string, org = ORG, domain = 'PRIMARY') =>
    writable(storeWith({}, domain)).writer.create(org, { id: randomUUID(), username, attributes: {} });
  const compare = (
    subject: CompareFilter['subject'],
    comparison: CompareFilter['comparison'],
    value: string,
    type: CompareFilter['type'] = 'string',
  ): CompareFilter => ({ op: 'compare', subject, comparison, value, type });

  it('say when they were made and changed, and are found by it', async () => {
    const { groups } = writable(storeWith());
    const group = await groups.writer.create(ORG, { id: randomUUID(), name: 'Timely' });
    const user = await create('timely');
    const made = new Date(now).toISOString();
    expect(await groups.byId(ORG, group.id)).to.deep.equal({ ...group, created: made, modified: made });
    now += 60_000;
    await groups.writer.addMembers(ORG, group.id, [user.id]);
    const changed = new Date(now).toISOString();
    expect(await groups.byId(ORG, group.id)).to.deep.equal({ ...group, created: made, modified: changed });
    now += 60_000;
    await groups.writer.addMembers(ORG, group.id, [user.id]);
    expect((await groups.byId(ORG, group.id))?.modified, 'nothing has changed').to.equal(changed);
    const time = (name: string, comparison: 'gt' | 'le', value: string): StoreFilter =>
      compare({ of: 'attribute', name }, comparison, value, 'dateTime');
    const found = async (filter: StoreFilter) =>
      (await groups.find(ORG, { filter, offset: 0, limit: 5 })).items.map(({ name }) => name);
    expect(await found(time('created', 'le', made))).to.deep.equal(['Timely']);
    expect(await found(time('modified', 'le', made))).to.deep.equal([]);
    expect(await found(time('modified', 'gt', '2024-05-01T02:00:00+02:00'))).to.deep.equal(['Timely']);
    expect(await found({ op: 'not', filter: compare({ of: 'name' }, 'sw', 'TIM') })).to.deep.equal([]);
  });

  it('take nobody of another organization or another store, and thousands at once', async () => {
    const { groups } = writable(storeWith());
    const group = await groups.writer.create(ORG, { id: randomUUID(), name: 'Ours' });
    const [ours, theirs, elsewhere] = [
      await create('ours'),
      await create('theirs', OTHER),
      await create('elsewhere', ORG, 'SECOND'),
    ];
    const nobody = Array.from({ length: 1200 }, () => randomUUID());
    await groups.writer.addMembers(ORG, group.id, [...nobody, theirs.id, elsewhere.id, 'x\0', ours.id, ours.id]);
    const members = async () => (await groups.members(ORG, group.id, { offset: 0, limit: 10 })).items;
    expect(await members()).to.deep.equal([ours]);
    await groups.writer.removeMembers(OTHER, group.id, [ours.id]);
    await groups.writer.addMembers(OTHER, group.id, [theirs.id]);
    await groups.writer.rename(OTHER, group.id, 'Theirs');
    expect(await groups.writer.delete(OTHER, group.id)).to.equal(false);
    expect(await members()).to.deep.equal([ours]);
    expect(await groups.members(OTHER, group.id, { offset: 0, limit: 10 })).to.deep.equal({ items: [], total: 0 });
    expect((await groups.byId(ORG, group.id))?.name).to.equal('Ours');
    await groups.writer.removeMembers(ORG, group.id, [...nobody, ours.id]);
    expect(await members()).to.deep.equal([]);
  });

  it('follow the settings of the operator', async () => {
    expect(storeWith({ read_groups: 'false' })).not.to.have.property('groups');
    expect(storeWith({ write_groups: false }).groups?.writer).to.equal(undefined);
    expect(storeWith({ read_only: true })).not.to.have.property('writer');
    const { groups } = writable(
      storeWith({
        rolename_java_regex: '^g-[a-z]+$',
        rolename_java_reg_ex_violation_error_msg: 'g- and letters',
        max_role_name_list_length: '2',
      }),
    );
    expect(await failureOf(() => groups.writer.create(ORG, { id: randomUUID(), name: 'Staff' }))).to.include({
      status: 400,
      description: 'g- and letters',
    });
    for (const name of ['g-a', 'g-b', 'g-c']) await groups.writer.create(ORG, { id: randomUUID(), name });
    const page = await groups.find(ORG, { filter: compare({ of: 'name' }, 'sw', 'g-'), offset: 0, limit: 10 });
    expect(page.items.map(({ name }) => name)).to.deep.equal(['g-a', 'g-b']);
    expect(page.total).to.equal(3);
  });
});
