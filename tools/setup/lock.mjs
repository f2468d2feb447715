import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * Runs `work` while holding a lock file, so that two programs started together (a test run and a server, say) do not
 * write the same outputs. A lock left behind by a process that has died is taken over.
 */
export async function withLock(path, work) {
  mkdirSync(dirname(path), { recursive: true });
  while (!tryLock(path)) await delay(50);
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function tryLock(path) {
  try {
    const file = openSync(path, 'wx');
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    if (!ownerIsAlive(path)) rmSync(path, { force: true });
    return false;
  }
}

function ownerIsAlive(path) {
  try {
    const owner = Number(readFileSync(path, 'utf8'));
    // An empty file: its owner stands between creating and writing it.
    return owner === 0 || isAlive(owner);
  } catch {
    return true;
  }
}

/** True when a process with this number exists. */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
