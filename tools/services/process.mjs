import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, closeSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive } from '../setup/lock.mjs';
import { findProgram } from './programs.mjs';

const ownedFolder = /^gh-test-(\d+)-/;

/** Makes a temporary folder whose name tells which process owns it, after removing those of owners that have died. */
export function makeFolder(label) {
  for (const name of readdirSync(tmpdir())) {
    const owner = ownedFolder.exec(name)?.[1];
    if (owner !== undefined && !isAlive(Number(owner))) removeFolder(join(tmpdir(), name));
  }
  const folder = mkdtempSync(join(tmpdir(), `gh-test-${process.pid}-${label}-`));
  // Servers that run under an account of their own must be able to pass through.
  chmodSync(folder, 0o755);
  return folder;
}

/** Removes a folder with all its content, patient with a server that is just ending. */
export function removeFolder(folder) {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/** Gives a folder to another account, which servers that refuse to run as root need. */
export function giveTo(folder, account) {
  if (account !== undefined) chownSync(folder, account.uid, account.gid);
}

/** Finds free TCP ports on the loopback address, all different because they are held until every one is known. */
export async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Looks up an account by name: `{ uid, gid }`, or undefined when this process may not or need not change to it. */
export function accountForRoot(name) {
  if (process.getuid?.() !== 0) return undefined;
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((text) => text.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

/** Runs a set-up program to its end and throws with its output when it fails. */
export async function runToEnd(program, args, { cwd, account } = {}) {
  const child = spawn(program, args, { cwd, env: serverEnvironment(), stdio: ['ignore', 'pipe', 'pipe'], ...account });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  if (code !== 0) throw new Error(`${program} failed with exit code ${code}:\n${output}`);
}

/**
 * A server process that can be stopped, killed and started again. It does not outlive this process even when that is
 * killed outright, where the system can promise it (setpriv of util-linux).
 */
export class ServerProcess {
  #child;
  #exited;

  constructor({ name, program, args, cwd, account, deathSignal = 'KILL', stopSignal = 'SIGTERM', ready }) {
    Object.assign(this, { name, program, args, cwd, account, deathSignal, stopSignal, ready });
    this.logFile = join(cwd, `${name}.log`);
  }

  get pid() {
    return this.#child?.pid;
  }

  /** Starts the process and waits until it answers; `timeout` in milliseconds. */
  async start(timeout = 30_000) {
    const log = openSync(this.logFile, 'a');
    const [program, ...args] = guarded(this);
    this.#child = spawn(program, args, {
      cwd: this.cwd,
      env: serverEnvironment(),
      stdio: ['ignore', log, log],
      detached: true,
      ...this.account,
    });
    closeSync(log);
    this.#exited = new Promise((resolve) => this.#child.once('exit', resolve).once('error', resolve));
    let over = false;
    this.#exited.then(() => (over = true));
    const deadline = Date.now() + timeout;
    while (!(await this.ready())) {
      if (over || Date.now() > deadline) {
        const reason = over ? 'ended while starting' : `did not answer within ${timeout / 1000} s`;
        await this.end('SIGKILL');
        throw new Error(`${this.name} ${reason}:\n${this.log()}`);
      }
      await delay(25);
    }
  }

  /** Sends a signal and waits for the end; a process that ignores it for ten seconds is killed. */
  async end(signal) {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    child.kill(signal);
    // A process that was stopped by a signal does not see others until it goes on.
    child.kill('SIGCONT');
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await this.#exited;
    clearTimeout(timer);
  }

  /** Sends a signal that does not end it. */
  signal(name) {
    this.#child?.kill(name);
  }

  /** Ends the process at once, without waiting: for exit handlers. */
  endNow() {
    this.#child?.kill(`SIG${this.deathSignal}`);
  }

  /** The last lines the server wrote. */
  log() {
    return readFileSync(this.logFile, 'utf8').split('\n').slice(-25).join('\n');
  }
}

/** The command line that ties the life of the server to ours. */
function guarded({ program, args, deathSignal }) {
  const setpriv = process.platform === 'linux' ? findProgram('setpriv') : undefined;
  if (setpriv === undefined || !supportsDeathSignal(setpriv)) return [program, ...args];
  return [setpriv, '--pdeathsig', deathSignal, program, ...args];
}

function supportsDeathSignal(setpriv) {
  return spawnSync(setpriv, ['--pdeathsig', 'KILL', 'true']).status === 0;
}

function serverEnvironment() {
  return { PATH: process.env.PATH, LANG: 'C.UTF-8', TZ: 'UTC' };
}

/** True when something accepts connections on the port. */
export function accepts(port, host = '127.0.0.1') {
  return new Promise((resolve) => {
    const socket = connect({ port, host });
    const answer = (value) => {
      socket.destroy();
      resolve(value);
    };
    socket.once('connect', () => answer(true)).once('error', () => answer(false));
  });
}
