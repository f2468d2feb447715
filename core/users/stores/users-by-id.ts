import { MOST_IDS } from './store-filter.js';
import type { StoredUser, UserStore } from './user-store.js';

/**
 * Users of one store by id; who is not there is absent. However many ids: the store is asked once for
 * {@link MOST_IDS} of them.
 *
 * @throws UnavailableError when the store cannot be reached
 */
export async function usersById(
  store: UserStore,
  orgId: string,
  ids: Iterable<string>,
): Promise<ReadonlyMap<string, StoredUser>> {
  const wanted = [...new Set(ids)];
  const found = new Map<string, StoredUser>();
  const take = (user: StoredUser | undefined) => user && found.set(user.id, { id: user.id, username: user.username });
  if (!store.search) {
    for (const id of wanted) take(await store.lookup.byId(orgId, id));
    return found;
  }
  for (let at = 0; at < wanted.length; at += MOST_IDS) {
    const some = wanted.slice(at, at + MOST_IDS);
    const query = { filter: { op: 'ids' as const, ids: some }, attributes: [], offset: 0, limit: some.length };
    for (const user of (await store.search.users(orgId, query)).items) take(user);
  }
  return found;
}
