import { execFile } from 'node:child_process';
import {
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
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { points } from '../../tools/scaffold/points.js';
import { scaffold } from '../../tools/scaffold/scaffold.js';
import { root } from './support/fixture.js';

const run = promisify(execFile);
const packages = realpathSync(join(root, 'node_modules'));

/** What `npm install` would do, without a network. */
function install(folder: string): void {
  mkdirSync(join(folder, 'node_modules', '@types'), { recursive: true });
  symlinkSync(root, join(folder, 'node_modules', 'gatehouse'));
  for (const name of ['zod', 'typescript', 'reflect-metadata', '@types/node', 'undici-types'])
    symlinkSync(join(packages, name), join(folder, 'node_modules', name));
}

describe('npm run new', function () {
  this.timeout(120_000);
  let folder: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'scaffold-')));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const read = (path: string) => readFileSync(join(folder, path), 'utf8');

  it('writes a plugin, its test and a line of the changelog into the tree', () => {
    writeFileSync(
      join(folder, 'CHANGELOG.md'),
      '# Changelog\n\n### Added\n\n- One\n  of two lines.\n\n### Fixed\n\n- Two.\n',
    );
    expect(scaffold({ root: folder, point: 'authenticator', name: 'magic-link' })).to.deep.equal([
      'plugins/authenticators/magic-link/plugin.ts',
      'plugins/authenticators/magic-link/config.ts',
      'plugins/authenticators/magic-link/magic-link-authenticator.ts',
      'tests/plugins/authenticators/magic-link/magic-link.test.ts',
      'CHANGELOG.md',
    ]);
    expect(read('CHANGELOG.md')).to.equal(
      '# Changelog\n\n### Added\n\n- One\n  of two lines.\n- Magic Link (`authenticator.magic-link`): a way to sign in, or a part of one.\n\n### Fixed\n\n- Two.\n',
    );
    const plugin = read('plugins/authenticators/magic-link/plugin.ts');
    expect(plugin)
      .to.include("configPath: 'authentication.authenticator.magic_link'")
      .and.include("from '#core/kernel'");
    expect(() => scaffold({ root: folder, point: 'authenticator', name: 'magic-link' })).to.throw('is there already');
  });

  it('refuses names and points that make no sense', () => {
    for (const name of ['Magic', 'a--b', '../x', '1st', ''])
      expect(() => scaffold({ root: folder, point: 'authenticator', name })).to.throw('is no name for a plugin');
    expect(() => scaffold({ root: folder, point: 'authenticators', name: 'x' })).to.throw(
      'There is no template for "authenticators". The points are: authenticator, grant-type,',
    );
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it('writes packages of every kind that compile against the doors of this server', async () => {
    install(folder);
    for (const { name } of points) scaffold({ root, point: name, name: 'magic-link', dir: join(folder, name) });
    const settings = JSON.parse(read('authenticator/tsconfig.json')) as { compilerOptions: object };
    const compilerOptions = { ...settings.compilerOptions, rootDir: '.', noEmit: true };
    const include = points.map(({ name }) => `${name}/src`);
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include }));
    const compiler = join(packages, 'typescript', 'bin', 'tsc');
    const { stdout } = await run(process.execPath, [compiler], { cwd: folder }).catch(
      (error: unknown) => error as { stdout: string },
    );
    expect(stdout).to.equal('');
  });

  it('writes a package whose own test passes on a real server', async () => {
    scaffold({ root, point: 'grant-type', name: 'magic-link', dir: folder });
    install(folder);
    expect(JSON.parse(read('package.json'))).to.nested.include({ 'gatehouse.plugin': 'dist/plugin.js' });
    const inFolder = { cwd: folder, env: { ...process.env, NODE_OPTIONS: '', NODE_TEST_CONTEXT: undefined } };
    await run(process.execPath, [join(packages, 'typescript', 'bin', 'tsc')], inFolder);
    const args = ['--import', 'reflect-metadata', '--test', 'dist/tests/magic-link.test.js'];
    const { stdout } = await run(process.execPath, args, inFolder).catch(
      (error: unknown) => error as { stdout: string },
    );
    expect(stdout).to.match(/^# pass 3$/m);
  });
});
