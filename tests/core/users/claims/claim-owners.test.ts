import { expect } from 'chai';
import { attributeIs, ClaimDialects, claimUri, type UserStore, type UserStores } from '#core/users';
import { ClaimOwners } from '../../../../core/users/claims/claim-owners.js';
import type { IdentityDataRepository } from '../../../../core/users/identity-data.repository.js';

const ORG = '00000000-0000-4000-8000-000000000001';
const MAIL = 'x@example.com';

/** A store in which the users of these ids have the address, under an attribute of the store's own. */
function store(domain: string, attribute: string, ...ids: string[]): UserStore {
  const wanted = JSON.stringify(attributeIs(attribute, MAIL));
  const found = (filter: unknown) => (JSON.stringify(filter) === wanted ? ids : []);
  return {
    domain,
    lookup: {
      byId: async (_org: string, id: string) => (ids.includes(id) ? { id, username: id } : undefined),
      byUsername: async (_org: string, name: string) => (ids.includes(name) ? { id: name, username: name } : undefined),
    },
    search: {
      identityData: false,
      users: async (_org: string, { filter }: { filter: unknown }) => ({
        items: found(filter).map((id) => ({ id, username: id, attributes: {} })),
      }),
    },
  } as unknown as UserStore;
}

describe('who has a value of a claim', () => {
  const shipped = ClaimDialects.load('config');
  const dialects = shipped.withLocals(
    shipped.locals.map((claim) =>
      claim.claimURI === claimUri('emailaddress') ? { ...claim, attributes: { ACME: 'email' } } : claim,
    ),
  );
  const identity = { usersWith: async () => ['acme-1'] } as unknown as IdentityDataRepository;
  const owners = (...all: UserStore[]) =>
    new ClaimOwners({ of: async () => dialects }, { all: async () => all } as unknown as UserStores, identity);
  const both = owners(store('PRIMARY', 'mail'), store('ACME', 'email', 'acme-1'));
  const another = (name: string, domain?: string, than?: string, value = MAIL) =>
    both.another(ORG, claimUri(name), value, { domain, than });

  it('[U21] is looked for in every store, by the attribute of each, or in one only', async () => {
    expect(await another('emailaddress')).to.equal(true);
    expect(await another('emailaddress', 'ACME')).to.equal(true);
    expect(await another('emailaddress', 'PRIMARY')).to.equal(false);
    expect(await another('emailaddress', undefined, undefined, 'y@example.com')).to.equal(false);
  });

  it('is somebody else', async () => {
    expect(await another('emailaddress', undefined, 'acme-1')).to.equal(false);
    expect(await another('emailaddress', undefined, 'other')).to.equal(true);
  });

  it('is looked for in what the server keeps, and by user name', async () => {
    expect(await another('identity/userSourceId')).to.equal(true);
    expect(await another('identity/userSourceId', 'PRIMARY')).to.equal(false);
    expect(await another('identity/userSourceId', undefined, 'acme-1')).to.equal(false);
    expect(await another('username', undefined, undefined, 'acme-1')).to.equal(true);
    expect(await another('username', undefined, 'acme-1', 'acme-1')).to.equal(false);
  });
});
