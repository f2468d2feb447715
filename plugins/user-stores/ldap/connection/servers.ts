import { type Clock, type Logger, reasonOf } from '#core/kernel';
import type { ConnectionSettings } from '../settings/ldap-settings.js';
import { readAuthorities } from './authorities.js';
import { answered, BindRefused, DirectoryAway, isAway, RESULT } from './failures.js';
import { type ConnectionTarget, LdapConnection } from './ldap-connection.js';

/** What connections are made with. */
export interface ServerParts {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Address of a host that may be connected to. @throws Error when it may not */
  readonly addressOf: (host: string) => Promise<string>;
  /** PEM texts that connections trust when the settings name no file; undefined: those of Node.js. */
  readonly authorities?: readonly string[] | undefined;
}

const PORTS = { ldap: 389, ldaps: 636 };
/** What a bind of the server can be refused with. */
const REFUSALS = [
  RESULT.invalidCredentials,
  RESULT.inappropriateAuthentication,
  RESULT.noSuchObject,
  RESULT.invalidDnSyntax,
  RESULT.strongerAuthRequired,
  RESULT.confidentialityRequired,
  RESULT.insufficientAccess,
  RESULT.unwillingToPerform,
];

/** The servers of a directory, in the order in which they are tried. */
export class Servers {
  readonly #failedAt = new Map<string, number>();

  constructor(
    private readonly settings: ConnectionSettings,
    private readonly parts: ServerParts,
  ) {}

  /**
   * Connects to the first server that answers. One that has failed is left out for a while, unless all have.
   *
   * @throws DirectoryAway when none answers
   * @throws BindRefused when the directory does not let the server in
   */
  connect(): Promise<LdapConnection> {
    return this.#first((url) => this.#open(url, (connection) => this.#bind(connection)));
  }

  /**
   * Binds as somebody else, on a connection of its own that is closed afterwards.
   *
   * @throws DirectoryAway when no server answers
   * @throws ResultCodeError of ldapts: the directory's answer
   */
  async bindAs(name: string, password: string): Promise<void> {
    // RFC 4513 section 5.1.2: a bind without a password says yes to anybody.
    if (password === '') throw new Error('a bind without a password proves nothing');
    const connection = await this.#first((url) => this.#open(url, ({ client }) => client.bind(name, password)));
    connection.close();
  }

  /** Connects to a server that another one has referred to, as the server itself. */
  connectTo(url: URL): Promise<LdapConnection> {
    return this.#open(url, (connection) => this.#bind(connection));
  }

  async #first(open: (url: URL) => Promise<LdapConnection>): Promise<LdapConnection> {
    let last: unknown;
    for (const url of this.#candidates()) {
      try {
        const connection = await open(url);
        this.#failedAt.delete(url.href);
        return connection;
      } catch (error) {
        if (!isAway(error)) throw error;
        this.#failedAt.set(url.href, this.parts.clock.now());
        this.parts.logger.warn({ server: url.host, err: reasonOf(error) }, 'a directory server does not answer');
        last = error;
      }
    }
    throw new DirectoryAway(`no server answers: ${reasonOf(last)}`, { cause: last });
  }

  #candidates(): readonly URL[] {
    const { urls, retryDelay } = this.settings;
    const rested = urls.filter((url) => {
      const failedAt = this.#failedAt.get(url.href);
      return failedAt === undefined || failedAt + retryDelay <= this.parts.clock.now();
    });
    return rested.length > 0 ? [...rested, ...urls.filter((url) => !rested.includes(url))] : urls;
  }

  async #open(url: URL, prepare: (connection: LdapConnection) => Promise<void>): Promise<LdapConnection> {
    const { connectTimeout, readTimeout, startTls } = this.settings;
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const plain = startTls ? 'start-tls' : 'none';
    const target: ConnectionTarget = {
      host,
      port: Number(url.port) || PORTS[url.protocol === 'ldaps:' ? 'ldaps' : 'ldap'],
      address: await this.parts.addressOf(host),
      encryption: url.protocol === 'ldaps:' ? 'tls' : plain,
      authorities: this.#authorities(),
      connectTimeout,
      readTimeout,
    };
    return LdapConnection.open(target, prepare);
  }

  /** Read anew for each connection, so that a file that was replaced counts at once. */
  #authorities(): readonly string[] | undefined {
    const { caFile } = this.settings;
    if (caFile !== undefined) return [readAuthorities(caFile)];
    return this.parts.authorities;
  }

  async #bind({ client }: LdapConnection): Promise<void> {
    const { anonymous, name, password } = this.settings;
    try {
      await (anonymous ? client.bind('', '') : client.bind(name, password));
    } catch (error) {
      if (!answered(error, ...REFUSALS)) throw error;
      throw new BindRefused(`the directory refuses the connection name or its password: ${reasonOf(error)}`, {
        cause: error,
      });
    }
  }
}
