import { randomBytes } from 'node:crypto';
import { type ServiceHandle, type ServiceOptions, serviceUrl, startService } from '../../tools/services/index.mjs';
import { addBranch, atDirectory, type Branch } from './directory-client.js';

/**
 * The Active Directory domain GATEHOUSE.TEST, on Samba, and an organizational unit of it. Passwords have 7 characters
 * of 3 kinds, and may be changed again at once; accounts are never locked.
 */
export interface SambaDomain extends Branch {
  /** `ldaps://127.x.y.z:636` */
  readonly url: string;
  /** `ldap://127.x.y.z:389`, which refuses simple binds before StartTLS. */
  readonly startTlsUrl: string;
  /** Authority of the certificate, as PEM. */
  readonly caFile: string;
  /** `DC=gatehouse,DC=test` */
  readonly suffix: string;
  readonly adminDn: string;
  readonly adminPassword: string;
  /**
   * Makes a name that is free in the whole domain, as `sAMAccountName`, `userPrincipalName` and names of groups have to
   * be: other test files have their units in the same domain. At most 20 characters, so 13 of `name` stay.
   */
  account(name: string): string;
}

/** Makes a fresh unit in the domain of the test run. @param name a word that tells which test it belongs to */
export function sambaDomain(name: string): Promise<SambaDomain> {
  return openUnit(serviceUrl('samba'), name);
}

/** A domain of the test's own, to be killed, paused and started again at the same address with the same data. */
export interface PrivateSamba
  extends SambaDomain,
    Pick<ServiceHandle, 'kill' | 'pause' | 'resume' | 'restart' | 'stop' | 'log'> {}

/** Makes a domain of the test's own with a unit; `stop()` it in the end. Takes about seven seconds. */
export async function privateSamba(options: ServiceOptions = {}): Promise<PrivateSamba> {
  const { url, kill, pause, resume, restart, stop, log } = await startService('samba', options);
  return { ...(await openUnit(url, 'private')), kill, pause, resume, restart, stop, log };
}

/** The form in which Active Directory takes a password: `unicodePwd`, in quotes, UTF-16. */
export function unicodePassword(password: string): Buffer {
  return Buffer.from(`"${password}"`, 'utf16le');
}

async function openUnit(serverUrl: string, name: string): Promise<SambaDomain> {
  const url = new URL(serverUrl);
  const suffix = url.pathname.slice(1);
  const prefix = randomBytes(3).toString('hex');
  const server = {
    url: `ldaps://${url.host}`,
    startTlsUrl: `ldap://${url.hostname}:389`,
    caFile: url.searchParams.get('caFile') ?? '',
    suffix,
    adminDn: `CN=${url.username},CN=Users,${suffix}`,
    adminPassword: url.password,
    account: (account: string) => `${prefix}-${account}`.slice(0, 20),
  };
  const access = { ...server, dn: server.adminDn, password: server.adminPassword };
  const branch = await atDirectory(access, (client) => addBranch(client, suffix, `OU=${name}-${prefix}`));
  return { ...server, ...branch };
}
