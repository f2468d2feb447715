import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSecretBox } from '#core/crypto';
import type { Kernel } from '#core/kernel';
import { type CommonOptions, serverOptions } from './options.js';

/**
 * Discovers, validates and sets up everything without touching the data folder: a check by root must not leave a master
 * key that the server's own user cannot read. Secrets are opened with the key of the data folder when it has one.
 */
export async function dryRun(options: CommonOptions): Promise<Kernel> {
  const { Server } = await import('../server.js');
  const data = mkdtempSync(join(tmpdir(), 'gatehouse-check-'));
  try {
    return await Server.prepare({ ...serverOptions(options, process.stderr), data, env: environment(options.data) });
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

function environment(data: string): NodeJS.ProcessEnv {
  const file = join(data, 'security', 'master.key');
  if (process.env['GATEHOUSE_MASTER_KEY'] || !existsSync(file)) return process.env;
  openSecretBox(data, {});
  return { ...process.env, GATEHOUSE_MASTER_KEY: readFileSync(file, 'utf8').trim() };
}
