import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import {
  attributeIs,
  ClaimDialects,
  claimUri,
  type StoredUser,
  type UserSearchCapability,
  type UserStore,
  type UserStores,
} from '#core/users';
import type { IdentitySets } from '../../../core/users/directory/identity-sets.js';
import { UserSearch } from '../../../core/users/user-search.js';
import { failureOf } from '../../support/failures.js';

const ORG = '00000000-0000-4000-8000-000000000001';
const EMAIL = claimUri('emailaddress');

/** A store in which these users have the address `x@example.com`; one that cannot be searched when there are none. */
function store(domain: string, users?: readonly StoredUser[]): UserStore {
  const found: UserSearchCapability['users'] = async (_org, { filter, limit }) => {
    const isAsked = isDeepStrictEqual(filter, attributeIs('mail', 'x@example.com'));
    return { items: isAsked ? (users ?? []).slice(0, limit).map((user) => ({ ...user, attributes: {} })) : [] };
  };
  const lookup = {
    byId: async (_org: string, id: string) => users?.find((user) => user.id === id),
    byUsername: async (_org: string, name: string) => users?.find((user) => user.username === name),
  };
  return { domain, lookup, ...(users ? { search: { users: found } } : {}) } as unknown as UserStore;
}

describe('the search for users', () => {
  const dialects = ClaimDialects.load('config');
  const search = (...all: UserStore[]) =>
    new UserSearch({ all: async () => all } as unknown as UserStores, { of: async () => dialects }, {} as IdentitySets);
  const primary = store('PRIMARY', [{ id: '1', username: 'kim' }]);
  const second = store('SECOND', [
    { id: '2', username: 'kim' },
    { id: '3', username: 'lee' },
  ]);

  it('looks through all stores, for as many as are wanted', async () => {
    const both = search(primary, second);
    const named = async (limit: number) =>
      (await both.byClaim(ORG, EMAIL, 'x@example.com', { limit })).map(({ domain, id }) => `${domain}:${id}`);
    expect(await named(10)).to.deep.equal(['PRIMARY:1', 'SECOND:2', 'SECOND:3']);
    expect(await named(2)).to.deep.equal(['PRIMARY:1', 'SECOND:2']);
    expect(await named(1)).to.deep.equal(['PRIMARY:1']);
    const [user] = await both.byClaim(ORG, EMAIL, 'x@example.com', { limit: 1 });
    expect(user).to.deep.equal({ id: '1', orgId: ORG, username: 'kim', domain: 'PRIMARY' });
    expect(await both.byClaim(ORG, EMAIL, 'y@example.com', { limit: 2 })).to.deep.equal([]);
  });

  it('leaves the primary store out when there are others, if told so', async () => {
    const options = { limit: 5, secondaryOnly: true };
    const ids = async (...stores: UserStore[]) =>
      (await search(...stores).byClaim(ORG, EMAIL, 'x@example.com', options)).map(({ id }) => id);
    expect(await ids(primary, second)).to.deep.equal(['2', '3']);
    expect(await ids(primary)).to.deep.equal(['1']);
  });

  it('knows names and ids too, and passes over stores that cannot be searched', async () => {
    const all = search(store('MUTE'), primary, second);
    const ids = async (name: string, value: string) =>
      (await all.byClaim(ORG, claimUri(name), value, { limit: 5 })).map(({ id }) => id);
    expect(await ids('username', 'kim')).to.deep.equal(['1', '2']);
    expect(await ids('userid', '3')).to.deep.equal(['3']);
    expect(await ids('emailaddress', 'x@example.com')).to.deep.equal(['1', '2', '3']);
  });

  it('does not look by what no store keeps', async () => {
    for (const uri of [claimUri('identity/accountLocked'), claimUri('nothing'), 'email'])
      expect(String(await failureOf(() => search(primary).byClaim(ORG, uri, 'x', { limit: 1 })))).to.match(
        /cannot be looked/,
      );
  });
});
