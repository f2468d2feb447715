import { randomUUID } from 'node:crypto';
import { userStoreContract } from '../../../contract/user-store.js';
import { userStoreGroupsContract } from '../../../contract/user-store-groups.js';
import { userStoreSearchContract } from '../../../contract/user-store-search.js';
import { skipWithout } from '../../../support/services.js';
import { type SlapdTree, slapdTree } from '../../../support/slapd.js';
import { type OpenStore, ORG, type Overrides, openStore, PASSWORD, slapdSettings } from './open-store.js';

const variants: readonly (readonly [string, (tree: SlapdTree) => Overrides])[] = [
  ['by ldaps, groups by member', () => ({})],
  [
    'by StartTLS, pooled, groups by memberOf',
    (tree) => ({
      connection_url: tree.url,
      start_tls_enabled: true,
      connection_pooling_enabled: true,
      member_of_attribute: 'memberOf',
    }),
  ],
  [
    'without TLS, ids of the directory, names in a pattern',
    (tree) => ({
      connection_url: tree.url,
      user_id_enabled: false,
      user_dn_pattern: `uid={0},ou=Users,${tree.base}`,
      role_dn_pattern: `cn={0},ou=Groups,${tree.base}`,
    }),
  ],
];

for (const [name, overrides] of variants) {
  describe(`the read-write LDAP user store (${name})`, () => {
    let open: OpenStore;
    before(async function () {
      skipWithout(this, 'slapd');
      const tree = await slapdTree('read-write');
      open = openStore('read-write', slapdSettings(tree, overrides(tree)));
    });
    after(() => open?.store.close());

    userStoreContract(() => ({
      store: open.store,
      orgs: [ORG],
      password: PASSWORD,
      attributes: ['givenName', 'title'],
      caseInsensitive: true,
      values: 'folded',
      hashesChecked: () => open.binds(),
    }));

    userStoreSearchContract(() => ({
      store: open.store,
      org: ORG,
      attributes: { text: 'streetAddress', many: 'departmentNumber', ordered: 'country' },
      make: (username, attributes) =>
        open.store.writer?.create(ORG, { id: randomUUID(), username, password: PASSWORD, attributes }) ??
        Promise.reject(new Error('read-only')),
      async group(group, members) {
        const writer = open.store.groups?.writer;
        if (!writer) throw new Error('groups cannot be written');
        const made = await writer.create(ORG, { id: randomUUID(), name: group });
        const ids = members.map(({ id }) => id);
        await writer.addMembers(ORG, made.id, ids);
        return made;
      },
    }));

    userStoreGroupsContract(() => ({ store: open.store, orgs: [ORG], password: PASSWORD }));
  });
}
