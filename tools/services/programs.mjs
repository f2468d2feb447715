import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ToolError } from '../setup/project.mjs';
import { installScim2, scim2Path } from './scim2.mjs';

const systemFolders = [
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
  '/opt/homebrew/bin',
];

/** What each service needs: how to find it, and the Debian packages that bring it. */
const catalogue = {
  mariadb: { find: findMariadb, packages: ['mariadb-server'], title: 'MariaDB' },
  postgres: { find: findPostgres, packages: ['postgresql'], title: 'PostgreSQL' },
  redis: { find: () => findProgram('redis-server'), packages: ['redis-server'], title: 'Redis' },
  chromium: { find: findChromium, packages: ['chromium'], title: 'Chromium' },
  apache: {
    find: findApache,
    packages: ['apache2', 'libapache2-mod-auth-openidc'],
    title: 'Apache with mod_auth_openidc',
  },
  slapd: { find: findSlapd, packages: ['slapd', 'ldap-utils'], title: 'OpenLDAP' },
  samba: { find: findSamba, packages: ['samba-ad-dc', 'samba-ad-provision'], title: "Samba's domain controller" },
  scim2: {
    find: () => findProgram('scim2') ?? (isExecutable(scim2Path) ? scim2Path : undefined),
    packages: ['python3-venv'],
    install: installScim2,
    title: 'scim2-cli 0.6.0 with scim2-tester 0.5.2 (of Python)',
  },
};

/** The full path of an executable file on the PATH or in the system's folders, or undefined. */
export function findProgram(name) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...systemFolders];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** Where the programs of a service are, or undefined when they are not installed. */
export function locate(kind) {
  return catalogue[kind].find();
}

/**
 * Makes sure that the programs of these services are present. Installs what is missing on Debian as root, once, with
 * the system's package manager; elsewhere throws one sentence that says what to install.
 */
export function ensurePrograms(kinds) {
  const missing = () => kinds.filter((kind) => catalogue[kind] !== undefined && locate(kind) === undefined);
  const wanted = missing();
  if (wanted.length === 0) return;
  const packages = wanted.flatMap((kind) => catalogue[kind].packages);
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version') || findProgram('apt-get') === undefined) {
    throw new ToolError(
      `The tests need ${wanted.map((kind) => catalogue[kind].title).join(', ')}: please install ` +
        `(on Debian: apt-get install ${packages.join(' ')}), or choose others with --services.`,
    );
  }
  console.error(`Installing ${packages.join(', ')} for the tests ...`);
  aptGet(['update', '-qq']);
  withoutSystemServices(() => aptGet(['install', '-y', '-qq', '--no-install-recommends', ...packages]));
  for (const kind of wanted) catalogue[kind].install?.();
  const absent = missing();
  if (absent.length > 0) throw new ToolError(`Installed, yet not found: ${absent.join(', ')}.`);
}

/**
 * Whether the checker of SCIM is there, or could be installed just now. A run that was not told to use it goes on
 * without it.
 */
export function canHaveScim2() {
  if (locate('scim2') !== undefined) return true;
  try {
    ensurePrograms(['scim2']);
    return true;
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    console.error('The SCIM checker (scim2) is left out: it is not installed and cannot be fetched here.');
    return false;
  }
}

/**
 * Keeps packages from starting, meanwhile, their system services: the tests run servers of their own, and a service that
 * cannot start (its port is taken) would fail the installation. A policy that the machine already has is left alone.
 */
function withoutSystemServices(install) {
  const policy = '/usr/sbin/policy-rc.d';
  if (existsSync(policy)) return install();
  writeFileSync(policy, '#!/bin/sh\n# Of a test run that installs packages; may be removed.\nexit 101\n', {
    mode: 0o755,
  });
  try {
    return install();
  } finally {
    rmSync(policy, { force: true });
  }
}

function aptGet(args) {
  const { status } = spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=600', ...args], {
    stdio: ['ignore', 2, 2],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  if (status !== 0) throw new ToolError(`apt-get ${args[0]} failed; see above.`);
}

function findMariadb() {
  const server = findProgram('mariadbd');
  const install = findProgram('mariadb-install-db');
  return server && install ? { server, install } : undefined;
}

/** initdb runs the postgres beside it, so both must stand in one folder; wrappers elsewhere on the PATH do not count. */
function findPostgres() {
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [];
  const newestFirst = versions.sort((a, b) => Number(b) - Number(a)).map((name) => `/usr/lib/postgresql/${name}/bin`);
  const folders = [...newestFirst, ...(process.env.PATH ?? '').split(delimiter), ...systemFolders];
  const folder = folders.find((path) => isExecutable(join(path, 'initdb')) && isExecutable(join(path, 'postgres')));
  return folder && { server: join(folder, 'postgres'), install: join(folder, 'initdb') };
}

function findChromium() {
  return ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'].map(findProgram).find(Boolean);
}

function findSlapd() {
  return findProgram('ldapwhoami') && findProgram('slapd');
}

/** Samba counts only with its modules of a domain controller, its Python library, and what a new domain is made from. */
function findSamba() {
  const server = findProgram('samba');
  if (server === undefined) return undefined;
  // Another Python than the system's does not have Samba's library.
  const python = '/usr/bin/python3';
  const parts = [
    '/usr/lib/python3/dist-packages/samba/provision',
    '/usr/share/samba/setup/provision.ldif',
    ...readdirSync('/usr/lib')
      .map((name) => `/usr/lib/${name}/samba`)
      .filter((folder) => existsSync(folder))
      .map((folder) => join(folder, 'ldb', 'samba_dsdb.so')),
  ];
  return isExecutable(python) && parts.every((path) => existsSync(path)) ? { server, python } : undefined;
}

/** Apache counts only with the module that makes it a client of ours. */
function findApache() {
  return existsSync('/usr/lib/apache2/modules/mod_auth_openidc.so') ? findProgram('apache2') : undefined;
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
