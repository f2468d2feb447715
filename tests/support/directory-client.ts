import { readFileSync } from 'node:fs';
import { Client } from 'ldapts';

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
  /** After which the making of the connection, and each operation, fails. */
  readonly limitMs?: number;
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
  { startTls = false, limitMs = 10_000 }: VisitOptions = {},
): Promise<T> {
  if (password === '') throw new Error('a bind without a password proves nothing');
  const ca = readFileSync(caFile);
  const secure = url.startsWith('ldaps:') ? { tlsOptions: { ca } } : {};
  const client = new Client({ url, timeout: limitMs, connectTimeout: limitMs, ...secure });
  try {
    if (startTls) await client.startTLS({ ca });
    await client.bind(dn, password);
    return await work(client);
  } finally {
    await client.unbind();
  }
}

/** Whom the directory takes the client for: `dn:…` (RFC 4532). Samba does not tell. */
export async function whoAmI(client: Client): Promise<string> {
  const { value } = await client.exop('1.3.6.1.4.1.4203.1.11.3');
  return value ?? '';
}

/**
 * Adds a unit with units `Users` and `Groups` in it, and returns the three names.
 *
 * @param rdn `ou=<name>`, its type in the letters in which the directory itself writes names
 */
export async function addBranch(client: Client, suffix: string, rdn: `${'ou' | 'OU'}=${string}`): Promise<Branch> {
  const base = `${rdn},${suffix}`;
  const ou = rdn.slice(0, 2);
  const [usersBase, groupsBase] = [`${ou}=Users,${base}`, `${ou}=Groups,${base}`];
  for (const dn of [base, usersBase, groupsBase]) await client.add(dn, { objectClass: 'organizationalUnit' });
  return { base, usersBase, groupsBase };
}

/** A part of a directory that nobody else uses. */
export interface Branch {
  readonly base: string;
  readonly usersBase: string;
  readonly groupsBase: string;
}
