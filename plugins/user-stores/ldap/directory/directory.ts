import { Attribute, type Change, type Client, type Entry, type Filter, type SearchOptions } from 'ldapts';
import { type Logger, reasonOf, UnavailableError } from '#core/kernel';
import { StoreBusyError } from '#core/users';
import { ConnectionPool } from '../connection/connection-pool.js';
import { answered, BindRefused, codeOf, DirectoryAway, isAway, RESULT } from '../connection/failures.js';
import type { LdapConnection } from '../connection/ldap-connection.js';
import { type ServerParts, Servers } from '../connection/servers.js';
import type { ConnectionSettings } from '../settings/ldap-settings.js';
import { DirectoryEntry, everyAttribute } from './directory-entry.js';
import { withoutValue } from './distinguished-name.js';
import { OperationTrace, type TracedOperation } from './operation-trace.js';
import { ReferralMet, Referrals } from './referrals.js';

/** What is searched for. */
export interface DirectorySearch {
  readonly base: string;
  /** `sub` when absent. */
  readonly scope?: 'base' | 'sub';
  readonly filter: Filter;
  readonly attributes: readonly string[];
  /** Stop after so many; absent: all. */
  readonly most?: number;
}

/** What was found. */
export interface FoundEntries {
  readonly entries: readonly DirectoryEntry[];
  /** Whether these are all there are. */
  readonly complete: boolean;
}

/** Values of attributes of a new entry. */
export type NewAttributes = Readonly<Record<string, readonly (string | Buffer)[]>>;

/** Connections at once, for the operations of the server and again for checks of passwords. */
const MOST_CONNECTIONS = 20;
/** How long a connection is kept that nobody uses, in milliseconds. */
const IDLE = 60_000;
/** Entries in one answer: less than what directories give at most (Active Directory: 1000). */
const PAGE = 500;
/** Entries that are read when all are wanted: more nobody waits for, and a directory that has no end must have one. */
const MOST_ENTRIES = 1_000_000;
/** What the directory refuses to do because it would be too much. */
const TOO_MUCH = [RESULT.timeLimitExceeded, RESULT.sizeLimitExceeded, RESULT.adminLimitExceeded];

/**
 * The directory of one store. Every method throws UnavailableError when no server answers within the limits of time, or
 * when the directory refuses to search; what it answers to changes comes as its own error.
 */
export class Directory {
  readonly #servers: Servers;
  readonly #pool: ConnectionPool;
  readonly #trace: OperationTrace;
  readonly #referrals: Referrals;
  readonly #logger: Logger;
  #checks = 0;

  constructor(
    private readonly domain: string,
    private readonly settings: ConnectionSettings,
    parts: ServerParts,
  ) {
    this.#logger = parts.logger;
    this.#servers = new Servers(settings, parts);
    this.#referrals = new Referrals(settings, {
      connect: (url) => this.#servers.connectTo(url),
      logger: parts.logger,
      store: domain,
    });
    this.#trace = new OperationTrace(domain, parts.logger, settings.tracing);
    const limits = { most: MOST_CONNECTIONS, kept: settings.pooled, idle: IDLE, wait: settings.connectTimeout };
    this.#pool = new ConnectionPool(() => this.#servers.connect(), limits, parts.clock);
  }

  /** Whether every connection is encrypted. */
  get encrypted(): boolean {
    return this.settings.startTls || this.settings.urls.every(({ protocol }) => protocol === 'ldaps:');
  }

  /** Entries that fit, page by page; none when the base is not there. */
  async search(search: DirectorySearch): Promise<FoundEntries> {
    const { base, scope = 'sub', filter } = search;
    const shown = scope === 'base' && base !== '' ? withoutValue(base) : base;
    try {
      return await this.#read({ operation: 'search', base: shown, filter }, (connection) =>
        this.#pages(connection, search),
      );
    } catch (error) {
      if (answered(error, RESULT.noSuchObject, RESULT.invalidDnSyntax)) return { entries: [], complete: true };
      const code = codeOf(error);
      if (code === undefined) throw error;
      this.#logger.error({ store: this.domain, code, err: reasonOf(error) }, 'a user store refuses a search');
      throw new StoreBusyError(`The user store ${this.domain} does not answer a search.`, 30, { cause: error });
    }
  }

  /** One entry by its DN, when it fits. */
  async entry(base: string, filter: Filter, attributes: readonly string[]): Promise<DirectoryEntry | undefined> {
    return (await this.search({ base, scope: 'base', filter, attributes })).entries[0];
  }

  /** Makes an entry. @throws ResultCodeError of ldapts */
  add(dn: string, attributes: NewAttributes): Promise<void> {
    const all = Object.entries(attributes).map(
      ([type, values]) => new Attribute({ type, values: values.map((value) => Buffer.from(value)) }),
    );
    return this.#write({ operation: 'add', base: withoutValue(dn) }, (client) => client.add(dn, all));
  }

  /** Changes an entry, all or nothing. @throws ResultCodeError of ldapts */
  modify(dn: string, changes: Change[]): Promise<void> {
    return this.#write({ operation: 'modify', base: withoutValue(dn) }, (client) => client.modify(dn, changes));
  }

  /** Gives an entry another first RDN, escaped; it stays where it is. @throws ResultCodeError of ldapts */
  rename(dn: string, rdn: string): Promise<void> {
    return this.#write({ operation: 'rename', base: withoutValue(dn) }, (client) => client.modifyDN(dn, rdn));
  }

  /** Removes an entry. Returns whether there was one. @throws ResultCodeError of ldapts */
  async remove(dn: string): Promise<boolean> {
    try {
      await this.#write({ operation: 'delete', base: withoutValue(dn) }, (client) => client.del(dn));
      return true;
    } catch (error) {
      if (answered(error, RESULT.noSuchObject)) return false;
      throw error;
    }
  }

  /** An extended operation. @throws ResultCodeError of ldapts */
  async extended(oid: string, value: Buffer): Promise<void> {
    await this.#write({ operation: 'extended', base: oid }, async (client) => {
      await client.exop(oid, value);
    });
  }

  /**
   * Binds as somebody else, on a connection that serves nothing else.
   *
   * @returns the answer when it is no, undefined when it is yes
   */
  async refusalOf(dn: string, password: string): Promise<{ readonly code: number; readonly text: string } | undefined> {
    if (this.#checks >= MOST_CONNECTIONS * 5) throw this.#busy();
    this.#checks++;
    try {
      await this.#guarded({ operation: 'bind', base: withoutValue(dn) }, () => this.#servers.bindAs(dn, password));
      return undefined;
    } catch (error) {
      const code = codeOf(error);
      if (code === undefined) throw error;
      return { code, text: reasonOf(error) };
    } finally {
      this.#checks--;
    }
  }

  /** Closes all connections. */
  close(): void {
    this.#pool.close();
  }

  async #pages(connection: LdapConnection, search: DirectorySearch): Promise<FoundEntries> {
    const { base, scope = 'sub', filter, attributes } = search;
    const most = Math.min(search.most ?? MOST_ENTRIES, MOST_ENTRIES);
    const options = {
      scope,
      filter,
      attributes: attributes.length > 0 ? [...attributes] : ['1.1'],
      explicitBufferAttributes: everyAttribute(),
      timeLimit: Math.ceil(this.settings.readTimeout / 1000),
    };
    try {
      const { entries, references, complete } = await pagesOf(connection, base, options, most);
      if (complete) entries.push(...(await this.#referrals.followed(references, base, options)));
      return { entries: entries.slice(0, most).map((entry) => new DirectoryEntry(entry)), complete };
    } catch (error) {
      if (!answered(error, RESULT.referral) || this.settings.referral === 'ignore') throw error;
      const references = await this.#referrals.ofBase(connection.client, base);
      if (references.length === 0) throw error;
      const entries = await this.#referrals.followed(references, base, options);
      return { entries: entries.slice(0, most).map((entry) => new DirectoryEntry(entry)), complete: true };
    }
  }

  /** Reads are tried again: on a connection of the pool that has broken meanwhile, and as often as the settings say. */
  async #read<T>(operation: TracedOperation, work: (connection: LdapConnection) => Promise<T>): Promise<T> {
    const attempts = Math.max(this.settings.retryAttempts, this.settings.pooled ? 1 : 0);
    return this.#guarded(operation, async () => {
      for (let attempt = 0; ; attempt++) {
        let began = false;
        try {
          return await this.#pool.use((connection) => {
            began = true;
            return work(connection);
          });
        } catch (error) {
          if (!began || attempt >= attempts || !isAway(error) || error instanceof ReferralMet) throw error;
        }
      }
    });
  }

  #write(operation: TracedOperation, work: (client: Client) => Promise<void>): Promise<void> {
    return this.#guarded(operation, () => this.#pool.use(({ client }) => work(client)));
  }

  async #guarded<T>(operation: TracedOperation, work: () => Promise<T>): Promise<T> {
    try {
      return await this.#trace.of(operation, () => asAway(work));
    } catch (error) {
      throw this.#public(error);
    }
  }

  /** What callers are told; the rest goes into the log. */
  #public(error: unknown): unknown {
    const store = this.domain;
    if (error instanceof DirectoryAway) {
      this.#logger.warn({ store, err: reasonOf(error) }, 'the directory of a user store does not answer');
      return this.#unreachable(error);
    }
    if (error instanceof BindRefused) {
      this.#logger.error({ store, err: reasonOf(error) }, 'a user store cannot be used');
      return new UnavailableError(`The user store ${store} does not accept the credentials of the server.`, 30, {
        cause: error,
      });
    }
    if (error instanceof ReferralMet) {
      this.#logger.error({ store }, 'a search of a user store refers to another server, which its settings forbid');
      return new UnavailableError(`The user store ${store} refers to another server.`, 30, { cause: error });
    }
    if (answered(error, ...TOO_MUCH)) {
      this.#logger.error({ store, err: reasonOf(error), code: error.code }, 'a user store refuses a search');
      const limit = error.code === RESULT.timeLimitExceeded ? 'takes too long' : 'finds more than it may';
      return new StoreBusyError(`The user store ${store} ${limit}; ask for less at once.`, 30, { cause: error });
    }
    return error;
  }

  #unreachable(cause: unknown): UnavailableError {
    return new UnavailableError(`The user store ${this.domain} cannot be reached.`, 5, { cause });
  }

  #busy(): UnavailableError {
    return new StoreBusyError(`The user store ${this.domain} is busy.`, 1);
  }
}

/** Entries, as many as are wanted, and what the search refers to. */
async function pagesOf(connection: LdapConnection, base: string, options: SearchOptions, most: number) {
  const { client } = connection;
  const entries: Entry[] = [];
  const references: string[] = [];
  if (options.scope === 'base') {
    const { searchEntries } = await client.search(base, options);
    return { entries: searchEntries, references, complete: true };
  }
  const paged = { pageSize: Math.min(most, PAGE) };
  for await (const { searchEntries, searchReferences } of client.searchPaginated(base, { ...options, paged })) {
    entries.push(...searchEntries);
    references.push(...searchReferences);
    connection.begin();
    if (entries.length >= most || references.length >= MOST_ENTRIES) return { entries, references, complete: false };
  }
  return { entries, references, complete: true };
}

/** Whatever happens without an answer of the directory counts as its absence. */
async function asAway<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DirectoryAway || error instanceof ReferralMet || !isAway(error)) throw error;
    throw new DirectoryAway(reasonOf(error), { cause: error });
  }
}
