import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { parse } from 'smol-toml';
import { root } from './support/fixture.js';

const read = (path: string) => readFileSync(join(root, path), 'utf8');
const pages = [
  'README.md',
  ...(readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }) as string[]).map((path) => `docs/${path}`),
].filter((path) => path.endsWith('.md'));
const blocks = (path: string, language: string) =>
  [...read(path).matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, text]) => text as string,
  );

/** The anchor that a heading gets. */
const anchor = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .trim()
    .replaceAll(' ', '-');

describe('the guides', () => {
  it('link to what is there', () => {
    const broken = pages.flatMap((page) =>
      [...read(page).matchAll(/(?<!!)\[[^\]]*\]\(([^)\s]+)\)/g)]
        .map(([, target]) => target as string)
        .filter((target) => !/^https?:/.test(target))
        .filter((target) => {
          const [path, part] = target.split('#') as [string, string | undefined];
          const file = path === '' ? page : join(dirname(page), path);
          if (!existsSync(join(root, file))) return true;
          const headings =
            part === undefined ? [] : [...read(file).matchAll(/^#+ (.*)$/gm)].map(([, text]) => anchor(text as string));
          return part !== undefined && !headings.includes(part);
        })
        .map((target) => `${page}: ${target}`),
    );
    expect(broken).to.deep.equal([]);
  });

  it('show TOML that is TOML', () => {
    for (const page of pages)
      for (const text of blocks(page, 'toml')) expect(() => parse(text), `${page}:\n${text}`).not.to.throw();
  });

  it('name every dependency, and none that is not there', () => {
    const manifest = JSON.parse(read('package.json')) as Record<
      'dependencies' | 'devDependencies',
      Record<string, string>
    >;
    const named = [...read('docs/dependencies.md').matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name);
    expect(named).to.deep.equal([...Object.keys(manifest.dependencies), ...Object.keys(manifest.devDependencies)]);
  });

  it('show plugins that compile against the doors of this server', async function () {
    this.timeout(60_000);
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'guides-')));
    try {
      for (const text of blocks('docs/plugins.md', 'ts')) {
        const path = /^\/\/ (\S+)\n/.exec(text)?.[1] as string;
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        writeFileSync(join(folder, path), text);
      }
      mkdirSync(join(folder, 'node_modules', '@types'), { recursive: true });
      symlinkSync(root, join(folder, 'node_modules', 'gatehouse'));
      for (const name of ['zod', 'jose', '@types/node', 'undici-types'])
        symlinkSync(join(realpathSync(join(root, 'node_modules')), name), join(folder, 'node_modules', name));
      const template = read('tools/scaffold/templates/package/tsconfig.json.txt');
      const { compilerOptions } = JSON.parse(template) as { compilerOptions: object };
      writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
      writeFileSync(
        join(folder, 'tsconfig.json'),
        JSON.stringify({ compilerOptions: { ...compilerOptions, rootDir: '.', noEmit: true }, include: ['*/*.ts'] }),
      );
      const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
      const { stdout } = await promisify(execFile)(process.execPath, [compiler], { cwd: folder }).catch(
        (error: unknown) => error as { stdout: string },
      );
      expect(stdout).to.equal('');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
