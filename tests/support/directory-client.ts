import { readFileSync } from 'node:fs';
import { Client } from 'ldapts';

/** Limit of a connection's making and of each operation. */
const LIMIT_MS = 10_000;

/** Where a directory is, and who asks. */
export interface DirectoryAccess {
  /** `ldap://` or `ldaps://`, host and port. */
  readonly url: string;
  /** Authority of the server's certificate, as PEM. */
  readonly caFile: string;
  /** Name to bind with. */
  readonly dn: string;
  readonly password: string;
}

/** Options of one visit. */
export interface VisitOptions {
  /** Upgrades an `ldap://` connection before it binds. */
  readonly startTls?: boolean;
}

/**
 * Connects, binds, lets `work` use the connection, and ends it. The certificate is verified.
 *
 * @throws Error when the password is empty: directories take that for a wish to be anonymous, and say yes to anybody
 * @throws ResultCodeError of ldapts: the directory's own answer
 */
export async function atDirectory<T>(
  { url, caFile, dn, password }: DirectoryAccess,
  work: (client: Client) => Promise<T>,
  { startTls = false }: VisitOptions = {},
): Promise<T> {
  if (password === '') throw new Error('a bind without a password proves nothing');
  const ca = readFileSync(caFile);
  const secure = url.startsWith('ldaps:') ? { tlsOptions: { ca } } : {};
  const client = new Client({ url, timeout: LIMIT_MS, connectTimeout: LIMIT_MS, ...secure });
  try {
    if (startTls) await client.startTLS({ ca });
    await client.bind(dn, password);
    return await work(client);
  } finally {
    await client.unbind();
  }
}

/** Whom the directory takes the client for: `dn:…` (RFC 4532), Active Directory `u:…`. */
export async function whoAmI(client: Client): Promise<string> {
  const { value } = await client.exop('1.3.6.1.4.1.4203.1.11.3');
  return value ?? '';
}

/** Adds `ou=<name>` with `ou=Users` and `ou=Groups` below a suffix, and returns the three names. */
export async function addBranch(client: Client, suffix: string, name: string): Promise<Branch> {
  const base = `ou=${name},${suffix}`;
  const [usersBase, groupsBase] = [`ou=Users,${base}`, `ou=Groups,${base}`];
  for (const dn of [base, usersBase, groupsBase]) await client.add(dn, { objectClass: 'organizationalUnit' });
  return { base, usersBase, groupsBase };
}

/** A part of a directory that nobody else uses. */
export interface Branch {
  readonly base: string;
  readonly usersBase: string;
  readonly groupsBase: string;
}
