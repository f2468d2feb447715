import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { BootError, discover, Kernel, referenceMarkdown, referenceSchema, referenceToml } from '#core/kernel';

/** `gatehouse gen-reference` */
export function addGenReference(program: Command): void {
  program
    .command('gen-reference')
    .description(
      'write the configuration reference (TOML, Markdown, JSON Schema) from the schemas of the shipped plugins',
    )
    .option('--out <folder>', 'folder below which config/ and docs/ are written; that of the server when absent')
    .option('--check', 'write nothing; exit code 1 when a file is not what would be written')
    .action((options: { readonly out?: string; readonly check?: true }) => genReference(options));
}

/** The generated files by path, made from the settings of every room and plugin that ships. */
export async function referenceFiles(): Promise<Record<string, string>> {
  const { places } = await import('../server.js');
  const discovered = await discover({ root: places.compiled, base: places.root, folders: [], packages: [] });
  const claims = Kernel.claims(discovered);
  return {
    'config/reference.toml': referenceToml(claims),
    'docs/reference/configuration.md': referenceMarkdown(claims),
    'config/deployment.schema.json': referenceSchema(claims),
  };
}

async function genReference({ out, check }: { readonly out?: string; readonly check?: true }): Promise<void> {
  const { places } = await import('../server.js');
  const root = out ?? places.root;
  const files = await referenceFiles();
  const stale = Object.entries(files).filter(([path, text]) => contentOf(join(root, path)) !== text);
  if (check && stale.length > 0) {
    const names = stale.map(([path]) => path).join(', ');
    throw new BootError(`not up to date: ${names}; run "gatehouse gen-reference" and commit what it writes`);
  }
  for (const [path, text] of stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
    process.stdout.write(`wrote ${path}\n`);
  }
  if (stale.length === 0) process.stdout.write('the configuration reference is up to date\n');
}

function contentOf(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
