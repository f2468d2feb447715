import { expect } from 'chai';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { ClaimCatalogToken, claimUri, UserServiceToken, UserStoresToken } from '#core/users';
import { failureOf } from '../../../support/failures.js';
import { startTestServer } from '../../../support/test-server.js';
import { claimsAs } from './claim-api.js';

const ORG = SUPER_ORGANIZATION.id;
const [CHANNEL, LOCKED] = [claimUri('identity/preferredChannel'), claimUri('identity/accountLocked')];
const toml = (type: string) => `[identity_datastore]\ndatastore_type = "${type}"`;

describe('identity claims', () => {
  for (const [type, isInStore] of [
    ['database', false],
    ['org.wso2.carbon.identity.governance.store.JDBCIdentityDataStore', false],
    ['user_store', true],
    ['org.wso2.carbon.identity.governance.store.UserStoreBasedIdentityDataStore', true],
  ] as const)
    it(`are in the ${isInStore ? 'user store' : 'database'} with ${type}`, async function () {
      this.timeout(30_000);
      const server = await startTestServer({ toml: toml(type) });
      try {
        const { container } = server.server;
        const users = container.get(UserServiceToken);
        const claims = { [CHANNEL]: ['SMS'], [LOCKED]: ['true'] };
        const { id } = await users.create(ORG, { username: 'ada', password: 'Correct-horse-1', claims });
        const store = await container.get(UserStoresToken).primary(ORG);
        const kept = await store.attributes.read(ORG, id, ['preferredChannel', 'accountLocked']);
        expect(kept).to.deep.equal(isInStore ? { preferredChannel: ['SMS'] } : {});
        expect(await users.readClaims(ORG, id, [CHANNEL, LOCKED])).to.deep.equal(claims);
        const api = claimsAs(server);
        expect((await api.read('identity/preferredChannel'))['managedInUserStore']).to.equal(isInStore);
        expect((await api.read('identity/accountLocked'))['managedInUserStore']).to.equal(false);
        const { status } = await api.change('identity/preferredChannel', { managedInUserStore: !isInStore });
        expect(status).to.equal(200);
        const place = (await container.get(ClaimCatalogToken).of(ORG)).placeOf(CHANNEL, 'PRIMARY');
        expect(place?.in, 'a claim says so for itself').to.equal(isInStore ? 'identity' : 'store');
      } finally {
        await server.stop();
      }
    });

  it('have no other place', async () => {
    const failure = await failureOf(() => startTestServer({ toml: toml('InMemoryIdentityDataStore') }));
    expect(failure.message).to.contain('datastore_type').and.to.contain('expected database or user_store');
  });
});
