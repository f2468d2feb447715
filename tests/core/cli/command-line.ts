import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLogger } from '#core/kernel';
import { Server } from '../../../core/server.js';

const program = fileURLToPath(new URL('../../../core/cli/main.js', import.meta.url));

/** Cheap password hashes, no rate limits: what tests do not want to wait for. */
export const TEST_TOML = `
[server]
node_ip = "127.0.0.1"
[super_admin]
username = "admin"
password = "Admin-pass-1"
[password_hashing]
argon2_memory = 8192
argon2_iterations = 1
`;

/** What a command left behind. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A temporary folder with `deployment.toml` and `data`, in which commands run. */
export class CommandLine {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'cli-')));

  constructor(toml: string = TEST_TOML) {
    this.write('deployment.toml', toml);
  }

  /** A copy with data of its own, so that a test may spoil them. */
  copy(): CommandLine {
    const copy = new CommandLine();
    cpSync(this.folder, copy.folder, { recursive: true });
    return copy;
  }

  /** Path of the data folder. */
  get data(): string {
    return join(this.folder, 'data');
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), text);
  }

  /** Runs `gatehouse args` to its end. */
  run(args: readonly string[], more: { input?: string; env?: Record<string, string> } = {}): Promise<Ended> {
    const child = spawn(process.execPath, [program, ...args], {
      cwd: this.folder,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...more.env },
    });
    const text = { out: '', err: '' };
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      text.out += piece;
    });
    child.stderr.setEncoding('utf8').on('data', (piece: string) => {
      text.err += piece;
    });
    child.stdin.on('error', () => undefined).end(more.input ?? '');
    return new Promise((resolve, reject) => {
      child.once('error', reject).once('close', (code) => resolve({ code, ...text }));
    });
  }

  /** A server on this folder, in this process. */
  serve(): Promise<Server> {
    return Server.start({
      config: join(this.folder, 'deployment.toml'),
      data: this.data,
      port: 0,
      logger: createLogger('silent'),
      env: {},
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
