import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Kernel, type PlaceholderSources, parseConfiguration } from '#core/kernel';
import { keptLog } from './log-lines.js';

/** Compiled fixtures. */
export const fixtures = fileURLToPath(new URL('../fixtures/', import.meta.url));
/** A small tree of rooms and plugins: `core.desk`, `core.shop`, `payment.card`, `payment.cash`. */
export const fixtureTree = join(fixtures, 'tree');

/** How a bare kernel is booted. */
export interface BareKernel {
  readonly toml?: string;
  /** Folder with `core/` and `plugins/`; an empty one when absent. */
  readonly root?: string;
  readonly base?: string;
  readonly limitMs?: number;
  readonly sources?: Partial<PlaceholderSources>;
}

/** Boots a kernel without a server around it. */
export function bootKernel({ toml = '', root, base, limitMs, sources }: BareKernel): Promise<Kernel> {
  const decrypt = () => {
    throw new Error('no key');
  };
  return Kernel.boot({
    root: root ?? temporaryFolder(),
    base: base ?? temporaryFolder(),
    configuration: parseConfiguration('deployment.toml', toml, { env: {}, sys: {}, decrypt, ...sources }),
    logger: keptLog().logger,
    ...(limitMs === undefined ? {} : { limitMs }),
  });
}

/** A new folder below that of the test run, which the runner removes. */
export function temporaryFolder(files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'fixture-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** A folder with one plugin. @param definition what stands in `definePlugin(...)` */
export function pluginFolder(definition: string, imports = ''): string {
  return temporaryFolder({
    'package.json': '{"type":"module"}',
    'plugin.js': `import { definePlugin } from 'gatehouse/kernel';\n${imports}\nexport default definePlugin(${definition});\n`,
  });
}

/** `[plugins]` with these folders. */
export const withFolders = (...folders: string[]): string => `[plugins]\nfolders = ${JSON.stringify(folders)}\n`;
