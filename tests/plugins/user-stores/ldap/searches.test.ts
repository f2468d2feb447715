import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { UnavailableError } from '#core/kernel';
import { type StoreFilter, UserFilterError } from '#core/users';
import { failureOf } from '../../../support/failures.js';
import { skipWithout } from '../../../support/services.js';
import { ORG } from './open-store.js';
import { SlapdPlace } from './slapd-place.js';

describe('what the read-write LDAP user store finds', () => {
  let place: SlapdPlace;
  before(async function () {
    skipWithout(this, 'slapd');
    place = await SlapdPlace.make('searches');
  });
  after(() => place?.close());

  it('keeps the display name where the settings say', async () => {
    const named = place.another({ display_name_attribute: 'cn' });
    const user = await place.create('gina', { displayName: ['Gina G.'] }, named);
    expect(await place.entryOf('uid=gina')).to.include({ cn: 'Gina G.' });
    expect(await named.store.attributes.read(ORG, user.id, ['displayName'])).to.deep.equal({
      displayName: ['Gina G.'],
    });
    const filter: StoreFilter = {
      op: 'compare',
      subject: { of: 'attribute', name: 'displayName' },
      comparison: 'eq',
      value: 'gina g.',
      type: 'string',
    };
    const page = await named.store.search.users(ORG, { filter, attributes: ['displayName'], offset: 0, limit: 5 });
    expect(page.items).to.deep.equal([{ ...user, attributes: { displayName: ['Gina G.'] } }]);
  });

  it('reads and writes times as ISO 8601, and compares them as instants', async () => {
    const timed = place.another({ timestamp_attributes: 'createdDate', date_and_time_pattern: 'uuuuMMddHHmmss.SX' });
    const user = await place.create('irene', { createdDate: ['2026-01-31T22:00:00.000+01:00'] }, timed);
    expect(await place.entryOf('uid=irene')).to.include({ createdDate: '20260131210000.0Z' });
    const read = await timed.store.attributes.read(ORG, user.id, ['createdDate']);
    expect(read).to.deep.equal({ createdDate: ['2026-01-31T21:00:00.000Z'] });
    expect(await failureOf(() => place.create('irina', { createdDate: ['soon'] }, timed))).to.have.property(
      'status',
      400,
    );
    const found = async (comparison: 'gt' | 'le' | 'eq', value: string, name = 'createdDate') => {
      const filter: StoreFilter = {
        op: 'and',
        filters: [
          { op: 'compare', subject: { of: 'name' }, comparison: 'eq', value: 'irene', type: 'string' },
          { op: 'compare', subject: { of: 'attribute', name }, comparison, value, type: 'dateTime' },
        ],
      };
      return (await timed.store.search.users(ORG, { filter, attributes: [], offset: 0, limit: 5 })).items.length;
    };
    expect(await found('eq', '2026-01-31T21:00:00Z')).to.equal(1);
    expect(await found('gt', '2026-01-31T22:30:00+02:00')).to.equal(1);
    expect(await found('gt', '2026-01-31T21:00:00Z')).to.equal(0);
    expect(await found('le', '2026-01-31T21:00:00Z')).to.equal(1);
    expect(await found('gt', '2020-01-01T00:00:00Z', 'createTimestamp')).to.equal(1);
    expect(await found('le', '2020-01-01T00:00:00Z', 'createTimestamp')).to.equal(0);
    expect(await found('eq', 'soon')).to.equal(0);
  });

  it('shows bytes as base64', async () => {
    const photos = place.another({ ldap_binary_attributes: 'jpegPhoto audio' });
    const bytes = Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0x00, 0x01]).toString('base64');
    const user = await place.create('julia', { jpegPhoto: [bytes] }, photos);
    expect(await photos.store.attributes.read(ORG, user.id, ['jpegPhoto'])).to.deep.equal({ jpegPhoto: [bytes] });
  });

  it('says what the directory cannot compare', async () => {
    const compare = (name: string, comparison: 'gt' | 'co', type: 'string' | 'integer' = 'string') => {
      const subject = { of: 'attribute', name } as const;
      const filter: StoreFilter = { op: 'compare', subject, comparison, value: '5', type };
      return failureOf(() => place.open.store.search.users(ORG, { filter, attributes: [], offset: 0, limit: 5 }));
    };
    expect(await compare('title', 'gt', 'integer')).to.be.instanceOf(UserFilterError);
    expect(await compare('jpegPhoto', 'co')).to.be.instanceOf(UserFilterError);
    expect(await compare('objectClass', 'gt')).to.be.instanceOf(UserFilterError);
    const identity: StoreFilter = {
      op: 'compare',
      subject: { of: 'identity', name: 'accountLocked' },
      comparison: 'eq',
      value: 'true',
      type: 'boolean',
    };
    const asked = place.open.store.search.users(ORG, { filter: identity, attributes: [], offset: 0, limit: 5 });
    expect(await failureOf(() => asked)).to.be.instanceOf(UserFilterError);
  });

  it('lists no more than the settings allow', async () => {
    const short = place.another({ max_user_name_list_length: 2, max_role_name_list_length: 1 });
    const users = await short.store.search.users(ORG, { attributes: [], offset: 0, limit: 100 });
    expect(users.items).to.have.length(2);
    expect(users.total).to.equal(undefined);
    const { groups, writer } = place.groupsOf(short);
    for (const name of ['One', 'Two']) await writer.create(ORG, { id: randomUUID(), name });
    expect((await groups.find(ORG, { offset: 0, limit: 100 })).items).to.have.length(1);
  });

  it('has no users below a base that is not there', async () => {
    const lost = place.another({ user_search_base: `ou=Nowhere,${place.tree.base}` });
    expect(await lost.store.lookup.byUsername(ORG, 'alice')).to.equal(undefined);
    expect(await lost.store.search.users(ORG, { attributes: [], offset: 0, limit: 5 })).to.deep.equal({
      items: [],
      total: 0,
    });
    expect(await failureOf(() => place.create('olga', {}, lost))).to.be.instanceOf(UnavailableError);
  });

  it('looks below several bases, one after the other', async () => {
    const base = `ou=Guests,${place.tree.base}`;
    await place.asAdmin((client) => client.add(base, { objectClass: 'organizationalUnit' }));
    const guests = place.another({ user_search_base: base });
    const guest = await place.create('guest-one', {}, guests);
    const both = place.another({ user_search_base: `${place.tree.usersBase}#${base}` });
    expect(await both.store.lookup.byId(ORG, guest.id)).to.deep.equal(guest);
    const all = await both.store.search.users(ORG, { attributes: [], offset: 0, limit: 100 });
    expect(all.items.map(({ username }) => username)).to.include.members(['gina', 'guest-one']);
    const last = await both.store.search.users(ORG, { attributes: ['sn'], offset: (all.total ?? 0) - 1, limit: 5 });
    expect(last).to.deep.equal({ items: [{ ...guest, attributes: { sn: ['guest-one'] } }], total: all.total });
  });
});
