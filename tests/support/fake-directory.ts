import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { ApiError } from '#core/http';
import { flag, UnavailableError } from '#core/kernel';
import type { OpenedStore, StoreAttributes, StoreProperty, UserStore, UserStoreManager } from '#core/users';
import { pluginFolder } from './kernels.js';

interface Person {
  readonly id: string;
  readonly username: string;
  password: string | undefined;
  attributes: Record<string, readonly string[]>;
}

/** A directory of a test: its users, and what shall go wrong with it. */
export class FakeDirectory {
  readonly people = new Map<string, Person>();
  /** Whether it cannot be reached. */
  away = false;
  /** Called before a user is written. */
  beforeWrite: (() => void) | undefined;
  /** Called after a user has been written, before the store says so. */
  afterWrite: (() => Promise<void>) | undefined;
  /** Called before a password is checked. */
  beforeVerify: (() => Promise<void>) | undefined;
  /** Passwords with which it was connected to. */
  readonly secrets: string[] = [];
  opened = 0;
  closed = 0;

  /** Adds a user behind the back of the server. */
  add(username: string, password: string, attributes: Record<string, readonly string[]> = {}): Person {
    const person = { id: randomUUID(), username, password, attributes };
    this.people.set(person.id, person);
    return person;
  }

  named(username: string): Person | undefined {
    return [...this.people.values()].find((one) => one.username.toLowerCase() === username.toLowerCase());
  }
}

const settings = z.strictObject({
  connection_url: z.string().min(1).describe('Where it is'),
  connection_password: z.string().meta({ secret: true }).default('').describe('Password'),
  user_search_base: z.string().default('ou=Users').describe('Where users are'),
  group_search_base: z.string().default('ou=Groups').describe('Where groups are'),
  read_only: flag().prefault(false).describe('Whether it takes no changes'),
  page_size: z.coerce.number().int().min(1).default(100).describe('Size of a page'),
});

const property = (name: string, key: string, more: Partial<StoreProperty> = {}): StoreProperty => ({
  name,
  key,
  displayName: name,
  description: `What ${name} does`,
  category: 'basic',
  type: 'string',
  need: 'optional',
  defaultValue: '',
  ...more,
});

/** A kind of user store over a network that tests hold in their hand: directories by their URL. */
export class FakeDirectories implements UserStoreManager<typeof settings> {
  readonly type = 'fixture_directory';
  readonly className = 'FixtureDirectoryManager';
  readonly serves = 'one';
  readonly settings = settings;
  readonly properties = [
    property('ConnectionURL', 'connection_url', { category: 'connection', need: 'mandatory' }),
    property('ConnectionPassword', 'connection_password', {
      category: 'connection',
      type: 'password',
      need: 'mandatory',
    }),
    property('UserSearchBase', 'user_search_base'),
    property('ReadOnly', 'read_only', { type: 'boolean', defaultValue: 'false' }),
    property('PageSize', 'page_size', { type: 'number', need: 'advanced', defaultValue: '100' }),
  ];
  readonly #known = new Map<string, FakeDirectory>();
  /** What instances were opened with, the last one last. */
  readonly openings: (z.output<typeof settings> & OpenedStore)[] = [];
  readonly #key = `fixtureDirectories${randomUUID().replaceAll('-', '')}`;

  /** The directory at a URL. */
  at(url: string): FakeDirectory {
    const found = this.#known.get(url) ?? new FakeDirectory();
    this.#known.set(url, found);
    return found;
  }

  /** A plugin that contributes this kind. */
  plugin(): string {
    (globalThis as Record<string, unknown>)[this.#key] = this;
    const setup = `setup: ({ contribute }) => { const kind = globalThis.${this.#key}; contribute(UserStoreManagers, kind.type, kind); }`;
    return pluginFolder(
      `{ id: 'fixture.directories', requires: ['core.users'], ${setup} }`,
      "import { UserStoreManagers } from 'gatehouse/users';",
    );
  }

  async open(config: z.output<typeof settings>, opened: OpenedStore): Promise<UserStore> {
    this.openings.push({ ...config, ...opened });
    const directory = this.at(config.connection_url);
    directory.opened++;
    return storeOf(directory, config, opened.domain);
  }
}

function storeOf(directory: FakeDirectory, config: z.output<typeof settings>, domain: string): UserStore {
  let isOpen = true;
  const reach = () => {
    if (!isOpen) throw new Error('the store was closed');
    if (directory.away) throw new UnavailableError('A user store cannot be reached. Try again later.', 7);
    directory.secrets.push(config.connection_password);
  };
  const plain = ({ id, username }: Person) => ({ id, username });
  const some = (person: Person | undefined) => (person ? plain(person) : undefined);
  const readOnly = config.read_only ? {} : { writer: writerOf(directory, reach) };
  return {
    domain,
    inUnit: false,
    lookup: {
      async byId(_org, id) {
        reach();
        return some(directory.people.get(id));
      },
      async byUsername(_org, name) {
        reach();
        return some(directory.named(name));
      },
    },
    attributes: {
      async read(_org, id, names) {
        reach();
        const known: StoreAttributes = directory.people.get(id)?.attributes ?? {};
        return Object.fromEntries(names.flatMap((name) => (known[name] ? [[name, known[name]]] : [])));
      },
    },
    credentials: {
      async verify(_org, name, password) {
        reach();
        await directory.beforeVerify?.();
        if (!isOpen) throw new Error('the store was closed under a call');
        const person = directory.named(name);
        if (!person) return { outcome: 'rejected', reason: 'unknown_user' };
        if (person.password !== password) return { outcome: 'rejected', reason: 'bad_credential', user: plain(person) };
        return { outcome: 'accepted', user: plain(person) };
      },
    },
    search: {
      identityData: false,
      async users(_org, { offset, limit }) {
        reach();
        const all = [...directory.people.values()].map((person) => ({ ...plain(person), attributes: {} }));
        return { items: all.slice(offset, offset + limit), total: all.length };
      },
    },
    ...readOnly,
    async ping() {
      reach();
    },
    async close() {
      isOpen = false;
      directory.closed++;
    },
  };
}

function writerOf(directory: FakeDirectory, reach: () => void): NonNullable<UserStore['writer']> {
  return {
    async create(_org, { username, password, attributes }) {
      reach();
      directory.beforeWrite?.();
      if (directory.named(username)) throw new ApiError('SUO-60006', 409, 'The user exists.', 'The name is taken.');
      const { id } = directory.add(username, password ?? '', { ...attributes });
      await directory.afterWrite?.();
      return { id, username };
    },
    async delete(_org, id) {
      reach();
      return directory.people.delete(id);
    },
  };
}
