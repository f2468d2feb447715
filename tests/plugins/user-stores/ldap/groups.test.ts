import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { failureOf } from '../../../support/failures.js';
import { skipWithout } from '../../../support/services.js';
import { ORG } from './open-store.js';
import { SlapdPlace } from './slapd-place.js';

describe('what the read-write LDAP user store does with groups', () => {
  let place: SlapdPlace;
  before(async function () {
    skipWithout(this, 'slapd');
    place = await SlapdPlace.make('groups');
  });
  after(() => place?.close());

  it('hides the member that empty groups have, and refuses empty ones when the settings say so', async () => {
    const { groups, writer } = place.groupsOf();
    const group = await writer.create(ORG, { id: randomUUID(), name: 'Empty' });
    expect((await place.entryOf('cn=Empty', place.tree.groupsBase))?.['member']).to.equal(
      `cn=nobody,${place.tree.groupsBase}`,
    );
    expect(await groups.members(ORG, group.id, { offset: 0, limit: 5 })).to.deep.equal({ items: [], total: 0 });
    const full = place.groupsOf(place.another({ empty_roles_allowed: false }));
    const made = full.writer.create(ORG, { id: randomUUID(), name: 'Nobody' });
    expect(await failureOf(() => made)).to.include({ status: 400, code: 'SUO-60021' });
    const last = await place.create('lastone');
    await writer.addMembers(ORG, group.id, [last.id]);
    expect(await failureOf(() => full.writer.removeMembers(ORG, group.id, [last.id]))).to.have.property(
      'code',
      'SUO-60021',
    );
    expect((await groups.members(ORG, group.id, { offset: 0, limit: 5 })).items).to.deep.equal([last]);
  });

  it('takes the last member out of a group that somebody else has made', async () => {
    const { groups, writer } = place.groupsOf();
    const user = await place.create('karla');
    await place.asAdmin((client) =>
      client.add(`cn=Foreign,${place.tree.groupsBase}`, {
        objectClass: 'groupOfNames',
        cn: 'Foreign',
        member: `uid=karla,${place.tree.usersBase}`,
      }),
    );
    const group = await groups.byName(ORG, 'Foreign');
    await writer.removeMembers(ORG, group?.id ?? '', [user.id]);
    expect((await groups.members(ORG, group?.id ?? '', { offset: 0, limit: 5 })).items).to.deep.equal([]);
    expect(await groups.ofUser(ORG, user.id)).to.deep.equal([]);
  });

  it('writes ids and times of groups where the settings say', async () => {
    const own = place.groupsOf(
      place.another({ group_id_attribute: 'scimId', group_entry_object_class: 'groupOfNames,identityGroup' }),
    );
    const id = randomUUID();
    expect(await own.writer.create(ORG, { id, name: 'With-id' })).to.deep.equal({ id, name: 'With-id' });
    expect((await own.groups.byId(ORG, id))?.name).to.equal('With-id');
    expect(await place.entryOf('cn=With-id', place.tree.groupsBase)).to.include({ scimId: id });
  });

  it('writes large groups in pieces', async () => {
    const { groups, writer } = place.groupsOf();
    const ids = Array.from({ length: 520 }, () => randomUUID());
    await place.asAdmin((client) =>
      Promise.all(
        ids.map((scimId, count) => {
          const uid = `crowd-${String(count).padStart(3, '0')}`;
          const person = { objectClass: 'identityPerson', uid, cn: uid, sn: uid, scimId };
          return client.add(`uid=${uid},${place.tree.usersBase}`, person);
        }),
      ),
    );
    const crowd = await writer.create(ORG, { id: randomUUID(), name: 'Crowd' });
    await writer.addMembers(ORG, crowd.id, ids.slice(0, 3));
    await writer.addMembers(ORG, crowd.id, ids);
    const page = await groups.members(ORG, crowd.id, { offset: 517, limit: 10 });
    expect(page.items.map(({ username }) => username)).to.deep.equal(['crowd-517', 'crowd-518', 'crowd-519']);
    expect(page.total).to.equal(520);
    await writer.removeMembers(ORG, crowd.id, ids.slice(1));
    await writer.removeMembers(ORG, crowd.id, ids.slice(1));
    expect((await groups.members(ORG, crowd.id, { offset: 0, limit: 10 })).items.map(({ id }) => id)).to.deep.equal(
      ids.slice(0, 1),
    );
  });
});
