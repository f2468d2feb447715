import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the checkout; the compiled tests are three folders deeper than the sources' root, in dist. */
export const root = fileURLToPath(new URL('../../../../', import.meta.url));

/** What a program left behind. */
export interface Finished {
  code: number | null;
  signal: NodeJS.Signals | null;
  output: string;
}

/** A small project in a temporary folder. */
export class Fixture {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'project-')));
  /** Variables that scripts see besides those of this process. */
  readonly env: Record<string, string> = {};

  constructor(files: Record<string, string> = {}) {
    for (const [path, text] of Object.entries(files)) this.write(path, text);
  }

  /** A project with this checkout's own tools, settings and packages. */
  static withTools(files: Record<string, string>): Fixture {
    const fixture = new Fixture(files);
    for (const path of ['tools', 'tests/globals.d.ts', 'package.json', 'tsconfig.json']) {
      // The compiled tools are written against this checkout's core, which is not copied.
      const filter = (source: string) => path !== 'tools' || !source.endsWith('.ts');
      cpSync(join(root, path), join(fixture.folder, path), { recursive: true, filter });
    }
    symlinkSync(realpathSync(join(root, 'node_modules')), join(fixture.folder, 'node_modules'));
    return fixture;
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(join(this.folder, path)), { recursive: true });
    writeFileSync(join(this.folder, path), text);
  }

  /** Runs a script of the project; `onOutput` sees all output so far, and may send a signal. */
  run(args: string[], onOutput?: (output: string, kill: (signal: NodeJS.Signals) => void) => void): Promise<Finished> {
    const env = { ...process.env, ...this.env };
    const child = spawn(process.execPath, args, { cwd: this.folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        onOutput?.(output, (signal) => child.kill(signal));
      });
    }
    return new Promise((resolve, reject) => {
      child.once('error', reject).once('close', (code, signal) => resolve({ code, signal, output }));
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
