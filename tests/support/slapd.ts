import { randomBytes } from 'node:crypto';
import { type ServiceHandle, type ServiceOptions, serviceUrl, startService } from '../../tools/services/index.mjs';
import { addBranch, atDirectory, type Branch } from './directory-client.js';

/**
 * An OpenLDAP server and a branch of it, with object classes `inetOrgPerson`, `groupOfNames`, `identityPerson` (has
 * every attribute of config/claims/local.json) and `identityGroup` (auxiliary: scimId, displayName, createdDate,
 * lastModifiedDate). `memberOf` is kept for members of `groupOfNames`.
 */
export interface SlapdTree extends Branch {
  /** `ldap://127.0.0.1:…`, without TLS or with StartTLS. */
  readonly url: string;
  /** `ldaps://127.0.0.1:…`; the certificate names `localhost`, too. */
  readonly ldapsUrl: string;
  /** Authority of the certificate, as PEM. */
  readonly caFile: string;
  /** `dc=gatehouse,dc=test` */
  readonly suffix: string;
  /** The root DN: may do everything, and no limit of size holds it. */
  readonly adminDn: string;
  readonly adminPassword: string;
  /** Reads everything but passwords, changes nothing. */
  readonly readOnlyDn: string;
  readonly readOnlyPassword: string;
  /** Reads as well; a search that finds more than {@link sizeLimit} entries fails, unless it asks for pages. */
  readonly limitedDn: string;
  readonly limitedPassword: string;
  readonly sizeLimit: number;
}

/** Makes a fresh branch on the server of the test run. @param name a word that tells which test it belongs to */
export function slapdTree(name: string): Promise<SlapdTree> {
  return growTree(serviceUrl('slapd'), name);
}

/** A server of the test's own, to be killed, paused and started again on the same ports and data. */
export interface PrivateSlapd
  extends SlapdTree,
    Pick<ServiceHandle, 'kill' | 'pause' | 'resume' | 'restart' | 'stop' | 'log'> {}

/** Starts a server of the test's own with a branch; `stop()` it in the end. Takes about half a second. */
export async function privateSlapd(options: ServiceOptions = {}): Promise<PrivateSlapd> {
  const { url, kill, pause, resume, restart, stop, log } = await startService('slapd', options);
  return { ...(await growTree(url, 'private')), kill, pause, resume, restart, stop, log };
}

async function growTree(serverUrl: string, name: string): Promise<SlapdTree> {
  const url = new URL(serverUrl);
  const secret = url.password;
  const suffix = url.pathname.slice(1);
  const server = {
    url: `ldap://${url.host}`,
    ldapsUrl: `ldaps://${url.hostname}:${url.searchParams.get('tlsPort')}`,
    caFile: url.searchParams.get('caFile') ?? '',
    suffix,
    adminDn: `cn=admin,${suffix}`,
    adminPassword: secret,
    readOnlyDn: `cn=reader,ou=accounts,${suffix}`,
    readOnlyPassword: `reader-${secret}`,
    limitedDn: `cn=limited,ou=accounts,${suffix}`,
    limitedPassword: `limited-${secret}`,
    sizeLimit: 10,
  };
  const access = { url: server.ldapsUrl, caFile: server.caFile, dn: server.adminDn, password: secret };
  const branch = await atDirectory(access, (client) =>
    addBranch(client, suffix, `ou=${name}-${randomBytes(4).toString('hex')}`),
  );
  return { ...server, ...branch };
}
