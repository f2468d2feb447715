import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { isInnerAddress } from '#core/http';
import { reasonOf, token, UnavailableError } from '#core/kernel';
import { SUPER_ORGANIZATION } from '#core/organizations';

/** Injection token of {@link HostGuard}. */
export const HostGuardToken = token<HostGuard>('users.host-guard');

/** Which hosts secondary stores may name: part of `[user_store_mgt]`. */
export interface HostRules {
  readonly private_hosts: readonly string[];
  readonly allow_private_hosts: 'root' | 'all' | 'none';
}

type Resolve = (host: string) => Promise<readonly { readonly address: string }[]>;

const resolveAll: Resolve = (host) => lookup(host, { all: true });

/** A value that leads to a file of this machine instead of a server: `jdbc:h2:./file`, `sqlite:/tmp/db`. */
const FILE_URL = /^(jdbc:)?(sqlite|h2|hsqldb|derby|file|duckdb|ldapi):/i;

/**
 * Hosts that a setting names, lower case; `file` when it leads into the file system of this machine.
 *
 * @param value one or more URLs with spaces between them; what is no URL names nothing
 */
function hostsIn(value: string): readonly string[] | 'file' {
  const found: string[] = [];
  for (const part of value.trim().split(/\s+/)) {
    const authority = /^[a-z][a-z0-9+.:-]*\/\/([^/?#;]*)/i.exec(part)?.[1];
    if (!authority) {
      if (FILE_URL.test(part)) return 'file';
      continue;
    }
    const withoutUser = authority.slice(authority.lastIndexOf('@') + 1);
    for (const one of withoutUser.split(',')) found.push(hostOf(one));
  }
  return found.filter((host) => host !== '');
}

/** Scheme, hosts and ports of URLs: what follows does not lead to another server. */
export function placesIn(value: string): string {
  const hosts = hostsIn(value);
  if (hosts === 'file' || hosts.length === 0) return value;
  return value
    .trim()
    .split(/\s+/)
    .map((url) => /^[^/]*\/\/[^/?#;]*/.exec(url)?.[0] ?? url)
    .join(' ')
    .toLowerCase();
}

function hostOf(hostAndPort: string): string {
  const bracketed = /^\[([^\]]*)\]/.exec(hostAndPort)?.[1];
  return (bracketed ?? hostAndPort.split(':')[0] ?? '').toLowerCase();
}

const IN_FILES = 'it leads into the file system of the server, where only deployment.toml may put a user store';

/**
 * Keeps administrators of tenants from asking the network of the server by way of user stores. Checked when a store is
 * set up, and again whenever it connects, since a name may lead elsewhere by then.
 */
export class HostGuard {
  constructor(
    private readonly rules: HostRules,
    private readonly resolve: Resolve = resolveAll,
  ) {}

  /**
   * Why an organization may not have a setting; undefined: it may. A name that cannot be found yet passes: it is
   * checked when it is connected to.
   *
   * @param isUrl the setting is the address of the store, which must lead to a host
   */
  async objection(orgId: string, value: string, isUrl: boolean): Promise<string | undefined> {
    const hosts = hostsIn(value);
    if (hosts === 'file') return IN_FILES;
    if (this.#mayAll(orgId) || value === '') return undefined;
    if (isUrl && hosts.length === 0) return IN_FILES;
    for (const host of hosts) {
      if (this.rules.private_hosts.includes(host)) continue;
      const addresses = await this.#addresses(host).catch(() => []);
      if (addresses.some((address) => isInnerAddress(address)))
        return `${host} is in a private network; the operator of the server can allow it in [user_store_mgt]`;
    }
    return undefined;
  }

  /** Whether the stores of an organization may name files of the server to be read: only of those who run it. */
  mayReadFiles(orgId: string): boolean {
    return orgId === SUPER_ORGANIZATION.id;
  }

  /**
   * An address of a host, to be connected to as it is: looked up again, the name could lead elsewhere.
   *
   * @throws UnavailableError when it leads nowhere, or to where the organization may not go
   */
  async addressOf(orgId: string, host: string): Promise<string> {
    let addresses: readonly string[];
    try {
      addresses = await this.#addresses(host);
    } catch (cause) {
      throw unreachable(`${host} cannot be found: ${reasonOf(cause)}`, cause);
    }
    const isFree = this.#mayAll(orgId) || this.rules.private_hosts.includes(host.toLowerCase());
    const [address] = addresses.filter((one) => isFree || !isInnerAddress(one));
    if (address === undefined)
      throw unreachable(
        `${host} is in a private network; if it is meant to be asked, name it in private_hosts of [user_store_mgt]`,
      );
    return address;
  }

  #mayAll(orgId: string): boolean {
    const { allow_private_hosts: whose } = this.rules;
    return whose === 'all' || (whose === 'root' && orgId === SUPER_ORGANIZATION.id);
  }

  async #addresses(host: string): Promise<readonly string[]> {
    if (isIP(host) !== 0) return [host];
    return (await this.resolve(host)).map(({ address }) => address);
  }
}

/** The reason is for the log: the client learns only that a store cannot be reached. */
const unreachable = (reason: string, cause?: unknown) =>
  new UnavailableError('A user store cannot be reached. Try again later.', 30, {
    cause: new Error(reason, { cause }),
  });
