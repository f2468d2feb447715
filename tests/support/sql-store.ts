import { randomUUID } from 'node:crypto';
import type { UserStore } from '#core/users';
import { IdentityDataEntity } from '../../core/users/identity-data.entity.js';
import { IdentityData2026112100040 } from '../../core/users/migrations/0001-identity-data.js';
import { IdentityValues2026112100480 } from '../../core/users/migrations/0002-identity-values.js';
import { IdentitySearch2026112100510 } from '../../core/users/migrations/0003-identity-search.js';
import {
  SqlGroupEntity,
  SqlGroupMemberEntity,
  SqlUserAttributeEntity,
  SqlUserEntity,
  SqlUserMarkEntity,
} from '../../plugins/user-stores/sql/entities.js';
import { SqlUserStore2026112100041 } from '../../plugins/user-stores/sql/migrations/0001-sql-user-store.js';
import { SqlUserStoreSearch2026112100511 } from '../../plugins/user-stores/sql/migrations/0002-search-and-scale.js';
import { FoldedNames2026112100621 } from '../../plugins/user-stores/sql/migrations/0003-folded-names.js';
import type { SearchUnderTest } from '../contract/user-store-search.js';

/** The tables of the SQL user store, and of what the server keeps of users. */
export const sqlStoreSchema = {
  entities: [
    SqlUserEntity,
    SqlUserMarkEntity,
    SqlUserAttributeEntity,
    SqlGroupEntity,
    SqlGroupMemberEntity,
    IdentityDataEntity,
  ],
  migrations: [
    SqlUserStore2026112100041,
    SqlUserStoreSearch2026112100511,
    FoldedNames2026112100621,
    IdentityData2026112100040,
    IdentityValues2026112100480,
    IdentitySearch2026112100510,
  ],
};

type Writable = UserStore & Required<Pick<UserStore, 'writer' | 'credentials' | 'search'>>;
type Groups = NonNullable<UserStore['groups']>;

/** The store, of which it is known that it can be written. */
export function writable(store: UserStore): Writable & { readonly groups: Groups & Required<Pick<Groups, 'writer'>> } {
  const { writer, credentials, search, groups } = store;
  if (!writer || !credentials || !search || !groups?.writer) throw new Error('the store cannot be written');
  return store as ReturnType<typeof writable>;
}

/** A store for the contract of searches. */
export function searchUnderTest(store: UserStore, org: string): SearchUnderTest {
  const { writer, groups } = writable(store);
  return {
    store,
    org,
    make: (username, attributes) => writer.create(org, { id: randomUUID(), username, attributes }),
    group: async (name, members) => {
      const group = await groups.writer.create(org, { id: randomUUID(), name });
      await groups.writer.addMembers(
        org,
        group.id,
        members.map(({ id }) => id),
      );
      return group;
    },
    attributes: { text: 'street', many: 'colours', ordered: 'rank' },
  };
}
