import { randomInt } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ToolError } from '../setup/project.mjs';
import { makeCertificates } from './certificates.mjs';
import { accepts, runToEnd, ServerProcess } from './process.mjs';
import { locate } from './programs.mjs';

const realm = 'GATEHOUSE.TEST';
/** These cannot be chosen: LDAP, LDAP over TLS, and both of the global catalogue. */
const ports = [389, 636, 3268, 3269];

/** Its ports are fixed, so each server has a loopback address of its own. */
export async function placeSamba() {
  if (process.getuid?.() !== 0) {
    throw new ToolError("Samba's domain controller runs as root only: please choose other services with --services.");
  }
  for (;;) {
    const address = ['127', ...Array.from({ length: 3 }, () => randomInt(1, 255))].join('.');
    const free = await Promise.all(ports.map((port) => canListen(port, address)));
    if (free.every(Boolean)) return { address, port: 389 };
  }
}

async function canListen(port, address) {
  const probe = createServer();
  try {
    await new Promise((resolve, reject) => probe.once('error', reject).listen(port, address, resolve));
    await new Promise((resolve) => probe.close(resolve));
    return true;
  } catch (error) {
    if (error.code === 'EADDRINUSE') return false;
    throw error;
  }
}

/** The URL of LDAP over TLS, with the administrator's password. */
export function sambaUrl({ folder, address, secret }) {
  const url = new URL(`ldaps://Administrator:${passwordOf(secret)}@${address}:636/DC=gatehouse,DC=test`);
  url.searchParams.set('caFile', join(folder, 'ca.pem'));
  return url.href;
}

/** With all that the domain's rules of passwords ask for. */
function passwordOf(secret) {
  return `Aa1-${secret}`;
}

/**
 * Prepares the domain controller of a new Active Directory domain GATEHOUSE.TEST which serves LDAP alone; the caller
 * starts it. Simple binds need TLS. The rules of passwords are those of a new domain (7 characters of 3 kinds), but for
 * the least age of a day.
 */
export async function prepareSamba({ folder, address, durable, secret }) {
  const certificates = await makeCertificates(folder, address);
  const configuration = join(folder, 'smb.conf');
  for (const name of ['private', 'state', 'cache', 'lock', 'run', 'dns', 'sysvol']) mkdirSync(join(folder, name));
  writeFileSync(configuration, settings({ folder, address, durable, certificates }));
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, passwordOf(secret), { mode: 0o600 });
  const { server, python } = locate('samba');
  const script = fileURLToPath(new URL('./samba-provision.py', import.meta.url));
  await runToEnd(python, [script, configuration, passwordFile, address], { cwd: folder });
  rmSync(passwordFile);
  return new ServerProcess({
    name: 'samba',
    program: server,
    // One process for all, so that a signal meets the whole of it.
    args: ['-F', '-M', 'single', '--no-process-group', '--debug-stdout', '-s', configuration],
    cwd: folder,
    ready: async () => (await accepts(389, address)) && (await accepts(636, address)),
  });
}

function settings({ folder, address, durable, certificates }) {
  const at = (name) => join(folder, name);
  const lines = Object.entries({
    'netbios name': 'DC1',
    workgroup: 'GATEHOUSE',
    realm,
    'server role': 'active directory domain controller',
    'server services': 'ldap',
    'dcerpc endpoint servers': '',
    interfaces: `${address}/8`,
    'bind interfaces only': 'yes',
    'private dir': at('private'),
    'state directory': at('state'),
    'cache directory': at('cache'),
    'lock directory': at('lock'),
    'pid directory': at('run'),
    'ncalrpc dir': at('run/ncalrpc'),
    'winbindd socket directory': at('run/winbindd'),
    'ntp signd socket directory': at('run/ntp'),
    'binddns dir': at('dns'),
    'usershare path': at('state/usershare'),
    // As Active Directory at a simple bind: a password that was changed is worth nothing from then on.
    'old password allowed period': 0,
    'log file': at('samba.log'),
    'tls enabled': 'yes',
    'tls cafile': certificates.caFile,
    'tls certfile': certificates.certificateFile,
    'tls keyfile': certificates.keyFile,
    ...(durable ? {} : { 'ldb:nosync': 'yes' }),
  }).map(([name, value]) => `${name} = ${value}`);
  // Shares that a domain must have, served by nobody.
  const shares = ['netlogon', 'sysvol'].flatMap((name) => [`[${name}]`, `path = ${at('sysvol')}`]);
  return `${['[global]', ...lines, ...shares].join('\n')}\n`;
}
