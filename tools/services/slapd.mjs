import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../setup/project.mjs';
import { makeCertificates } from './certificates.mjs';
import { accepts, freePorts, runToEnd, ServerProcess } from './process.mjs';
import { locate } from './programs.mjs';
import { identitySchema } from './slapd-schema.mjs';

const suffix = 'dc=gatehouse,dc=test';
/** How many entries `cn=limited` gets from one search, unless it asks for pages. */
const sizeLimit = 10;

/** Two free ports: one for ldap:// with StartTLS, one for ldaps://. */
export async function placeSlapd() {
  const [port, tlsPort] = await freePorts(2);
  return { port, tlsPort };
}

/** The URL names the account that may do everything; the other accounts have a prefix to its password. */
export function slapdUrl({ folder, port, tlsPort, secret }) {
  const url = new URL(`ldap://admin:${secret}@127.0.0.1:${port}/${suffix}`);
  url.searchParams.set('tlsPort', tlsPort);
  url.searchParams.set('caFile', join(folder, 'ca.pem'));
  return url.href;
}

/**
 * Prepares an OpenLDAP server with the suffix `dc=gatehouse,dc=test`; the caller starts it. Below `ou=accounts` are
 * `cn=reader` (password `reader-<secret>`, reads everything) and `cn=limited` (`limited-<secret>`, the same with a limit
 * of size); `cn=admin` below the suffix (the secret itself) is the root DN, which no limit holds. Passwords can be
 * compared by nobody but by binding, and changed by their owner. Anonymous clients see the root DSE and the schema only.
 */
export async function prepareSlapd({ folder, port, tlsPort, durable, secret }) {
  const server = locate('slapd');
  const certificates = await makeCertificates(folder, '127.0.0.1');
  const configuration = join(folder, 'slapd.conf');
  const schemaFiles = ['core', 'cosine', 'inetorgperson'].map((name) => `/etc/ldap/schema/${name}.schema`);
  const claims = JSON.parse(readFileSync(join(root, 'config', 'claims', 'local.json'), 'utf8'));
  const schema = join(folder, 'identity.schema');
  writeFileSync(schema, identitySchema(schemaFiles, claims));
  mkdirSync(join(folder, 'data'));
  const lines = [
    ...[...schemaFiles, schema].map((file) => `include ${file}`),
    ...frame(folder, certificates),
    ...database({ folder, durable, secret }),
  ];
  writeFileSync(configuration, `${lines.join('\n')}\n`, { mode: 0o600 });
  const seed = join(folder, 'seed.ldif');
  writeFileSync(seed, seedEntries(secret), { mode: 0o600 });
  await runToEnd(server, ['-T', 'add', '-q', '-f', configuration, '-l', seed], { cwd: folder });
  return new ServerProcess({
    name: 'slapd',
    program: server,
    // A level of messages, even none, keeps it in the foreground.
    args: ['-d', '0', '-f', configuration, '-h', `ldap://127.0.0.1:${port} ldaps://127.0.0.1:${tlsPort}`],
    cwd: folder,
    ready: async () => (await accepts(port)) && (await accepts(tlsPort)),
  });
}

function frame(folder, { caFile, certificateFile, keyFile }) {
  return [
    `pidfile ${join(folder, 'slapd.pid')}`,
    `argsfile ${join(folder, 'slapd.args')}`,
    'modulepath /usr/lib/ldap',
    ...['back_mdb', 'memberof', 'refint'].map((name) => `moduleload ${name}`),
    `TLSCACertificateFile ${caFile}`,
    `TLSCertificateFile ${certificateFile}`,
    `TLSCertificateKeyFile ${keyFile}`,
    'TLSVerifyClient never',
    'threads 4',
    'tool-threads 1',
  ];
}

function database({ folder, durable, secret }) {
  return [
    'database mdb',
    `suffix "${suffix}"`,
    `directory ${join(folder, 'data')}`,
    `maxsize ${256 * 1024 * 1024}`,
    ...(durable ? [] : ['dbnosync']),
    `rootdn "cn=admin,${suffix}"`,
    `rootpw ${secret}`,
    ...['objectClass', 'entryUUID', 'scimId', 'member', 'memberOf'].map((name) => `index ${name} eq`),
    ...['uid', 'cn', 'sn', 'givenName', 'mail'].map((name) => `index ${name} pres,eq,sub`),
    `limits dn.exact="cn=reader,ou=accounts,${suffix}" size=unlimited`,
    `limits dn.exact="cn=limited,ou=accounts,${suffix}" size.soft=${sizeLimit} size.hard=${sizeLimit} size.prtotal=unlimited`,
    'access to attrs=userPassword by self =xw by anonymous auth by * none',
    `access to * by dn.children="ou=accounts,${suffix}" read by self read by * none`,
    'overlay memberof',
    'memberof-group-oc groupOfNames',
    'memberof-member-ad member',
    'memberof-memberof-ad memberOf',
    // Renamed and deleted members are renamed and deleted in their groups before the client gets its answer.
    'memberof-refint TRUE',
    'overlay refint',
    'refint_attributes member uniqueMember owner manager',
    // What a group gets that would have no member left, which its class does not allow.
    `refint_nothing "cn=nobody,${suffix}"`,
  ];
}

function seedEntries(secret) {
  const account = (name) => [
    `dn: cn=${name},ou=accounts,${suffix}`,
    'objectClass: organizationalRole',
    'objectClass: simpleSecurityObject',
    `cn: ${name}`,
    `userPassword: ${name}-${secret}`,
    '',
  ];
  return [
    ...[`dn: ${suffix}`, 'objectClass: dcObject', 'objectClass: organization', 'dc: gatehouse', 'o: Gatehouse', ''],
    ...[`dn: ou=accounts,${suffix}`, 'objectClass: organizationalUnit', 'ou: accounts', ''],
    ...account('reader'),
    ...account('limited'),
  ].join('\n');
}
