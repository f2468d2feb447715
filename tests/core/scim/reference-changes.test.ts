import { expect } from 'chai';
import { bare, type ComplexValue } from '../../../core/scim/attributes/resource.js';
import { GroupModel, MEMBERS } from '../../../core/scim/groups/group-schema.js';
import { readPatch } from '../../../core/scim/patch/read-patch.js';
import { ReferenceChanges } from '../../../core/scim/patch/reference-changes.js';
import { failureOf } from '../../support/failures.js';

const members = (count: number) =>
  Array.from({ length: count }, (_, index) => bare<ComplexValue>({ value: `id-${index}`, display: `name ${index}` }));

/** What paths of `remove` come to for a group, and how often its members were read for it. */
async function removed(paths: readonly string[], there: readonly ComplexValue[]) {
  let reads = 0;
  const changes = new ReferenceChanges(MEMBERS, async () => {
    reads += 1;
    return there;
  });
  for (const operation of readPatch(GroupModel, { Operations: paths.map((path) => ({ op: 'remove', path })) }))
    await changes.take(operation);
  return { reads, remove: changes.result()?.remove };
}

describe('changes of references by PATCH', () => {
  it('read nobody for ids, and everybody once for any number of filters', async () => {
    const there = members(3);
    expect(await removed(['members[value eq "id-1"]'], there)).to.deep.equal({ reads: 0, remove: ['id-1'] });
    const paths = ['members[display eq "name 0"]', 'members[display ew "2"]', 'members[display eq "nobody"]'];
    expect(await removed(paths, there)).to.deep.equal({ reads: 1, remove: ['id-0', 'id-2'] });
  });

  it('refuse to compare for ever', async () => {
    const filter = Array.from({ length: 20 }, () => 'display eq "x"').join(' or ');
    const paths = Array.from({ length: 10 }, () => `members[${filter}]`);
    expect(await failureOf(() => removed(paths, members(9000)))).to.include({ status: 413 });
  });
});
