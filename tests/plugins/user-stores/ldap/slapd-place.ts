import { randomUUID } from 'node:crypto';
import type { Client, Entry } from 'ldapts';
import { atDirectory } from '../../../support/directory-client.js';
import { type SlapdTree, slapdTree } from '../../../support/slapd.js';
import { type OpenStore, ORG, type Overrides, openStore, PASSWORD, slapdSettings } from './open-store.js';

/** A branch of slapd, read-write stores on it, and the administrator's own view of it. */
export class SlapdPlace {
  /** A store with the usual settings. */
  readonly open: OpenStore;
  readonly #opened: OpenStore[] = [];

  private constructor(readonly tree: SlapdTree) {
    this.open = this.another();
  }

  /** @param name a word that tells which test it belongs to */
  static async make(name: string): Promise<SlapdPlace> {
    return new SlapdPlace(await slapdTree(name));
  }

  /** Closes all stores. */
  async close(): Promise<void> {
    for (const { store } of this.#opened) await store.close();
  }

  /** A store with other settings. */
  another(more: Overrides = {}): OpenStore {
    const one = openStore('read-write', slapdSettings(this.tree, { connection_pooling_enabled: true, ...more }));
    this.#opened.push(one);
    return one;
  }

  /** Makes a user. */
  create(
    username: string,
    attributes: Record<string, string[]> = {},
    { store }: OpenStore = this.open,
    password: string | undefined = PASSWORD,
  ) {
    if (!store.writer) throw new Error('read-only');
    return store.writer.create(ORG, { id: randomUUID(), username, password, attributes });
  }

  /** Groups of a store, and what writes them. */
  groupsOf({ store }: OpenStore = this.open) {
    const { groups } = store;
    if (!groups?.writer) throw new Error('groups cannot be written');
    return { groups, writer: groups.writer };
  }

  /** Lets `work` use a connection of the administrator. */
  asAdmin<T>(work: (client: Client) => Promise<T>): Promise<T> {
    const { tree } = this;
    return atDirectory({ ...tree, url: tree.ldapsUrl, dn: tree.adminDn, password: tree.adminPassword }, work);
  }

  /** The entry itself, below the users or another base. */
  entryOf(rdn: string, base: string = this.tree.usersBase): Promise<Entry | undefined> {
    return this.asAdmin(async (client) => {
      const { searchEntries } = await client.search(`${rdn},${base}`, { scope: 'base', attributes: ['*', '+'] });
      return searchEntries[0];
    });
  }
}
