import { PasswordHashingToken } from '#core/crypto';
import { ClockToken } from '#core/kernel';
import { DatabaseToken } from '#core/persistence';
import { type User, UserServiceToken, UserStoresToken } from '#core/users';
import { sqlUserStoreSettings } from '../../../../plugins/user-stores/sql/config.js';
import { ownSqlUserStore } from '../../../../plugins/user-stores/sql/sql-user-store.js';
import { superPlace, USER_PASSWORD } from '../../../support/oauth-client.js';
import type { TestServer } from '../../../support/test-server.js';

/** Opens a second store, of the domain AGENT, beside the primary one: configuration cannot do that yet. */
export function openAgentStore(server: TestServer): void {
  const { container } = server.server;
  const stores = container.get(UserStoresToken);
  const parts = {
    database: container.get(DatabaseToken),
    hashing: container.get(PasswordHashingToken),
    clock: container.get(ClockToken),
  };
  const agents = ownSqlUserStore('AGENT', sqlUserStoreSettings.parse({}), parts);
  stores.all = async (orgId) => [await stores.primary(orgId), agents];
  stores.find = async (orgId, domain) =>
    (await stores.all(orgId)).find((store) => store.domain === domain.toUpperCase());
}

/** Makes an agent. */
export function createAgent(server: TestServer, name: string): Promise<User> {
  const users = server.server.container.get(UserServiceToken);
  return users.create(superPlace.orgId, { username: `AGENT/${name}`, password: USER_PASSWORD });
}
