import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { BootError } from '#core/kernel';
import { failureOf } from '../../support/failures.js';
import { bootKernel, fixtureTree, pluginFolder, temporaryFolder, withFolders } from '../../support/kernels.js';
import { startTestServer } from '../../support/test-server.js';

const manifest = '{"type":"module"}';
const broken: Record<string, { folders: () => string[]; message: RegExp }> = {
  'throws on import': {
    folders: () => [
      temporaryFolder({ 'package.json': manifest, 'plugin.js': 'throw new Error("no licence\\nline two")' }),
    ],
    message: /^plugin \S+ cannot be loaded: no licence$/,
  },
  'misses a dependency': {
    folders: () => [temporaryFolder({ 'package.json': manifest, 'plugin.js': 'import "left-pad-that-is-not-there"' })],
    message: /cannot be loaded: Cannot find package 'left-pad-that-is-not-there'/,
  },
  'is not JavaScript': {
    folders: () => [temporaryFolder({ 'package.json': manifest, 'plugin.js': 'const = 1' })],
    message: /cannot be loaded: Unexpected token/,
  },
  'has no default export': {
    folders: () => [temporaryFolder({ 'package.json': manifest, 'plugin.js': 'export const x = 1' })],
    message: /has no default export made by definePlugin\(\)$/,
  },
  'exports an object that only looks like a plugin': {
    folders: () => [
      temporaryFolder({ 'package.json': manifest, 'plugin.js': 'export default { id: "x", apiVersion: 1 }' }),
    ],
    message: /has no default export made by definePlugin\(\)$/,
  },
  'is made for another API': {
    folders: () => [pluginFolder("{ id: 'future', apiVersion: 99 }")],
    message: /^plugin future \(\S+\) is made for plugin API 99, this server has 1$/,
  },
  'has an id that is taken': {
    folders: () => [pluginFolder("{ id: 'twin' }"), pluginFolder("{ id: 'twin' }")],
    message: /^plugin id twin is used twice: by \S+ and by \S+$/,
  },
  'is an empty folder': {
    folders: () => [temporaryFolder()],
    message: /has no plugin\.js \(nor dist\/plugin\.js, nor "gatehouse" in its package\.json\)$/,
  },
  'has a package.json that is no JSON': {
    folders: () => [temporaryFolder({ 'package.json': '{', 'plugin.js': '' })],
    message: /package\.json/,
  },
  'is not there': {
    folders: () => ['no/such/folder'],
    message: /^\[plugins\] folders: there is no folder no\/such\/folder$/,
  },
};

describe('discovery', () => {
  it('finds rooms first, then plugins, each in alphabetical order, and sets up what is required first', async () => {
    const kernel = await bootKernel({ root: fixtureTree });
    expect(kernel.summaries().map(({ id }) => id)).to.deep.equal([
      'core.desk',
      'core.shop',
      'payment.card',
      'payment.cash',
    ]);
  });

  it('boots with no plugin at all', async () => {
    expect((await bootKernel({})).summaries()).to.deep.equal([]);
  });

  for (const [what, { folders, message }] of Object.entries(broken)) {
    it(`stops with one message when a plugin ${what}`, async () => {
      const error = await failureOf(() => bootKernel({ toml: withFolders(...folders()) }));
      expect(error).to.be.instanceOf(BootError);
      expect(error.message).to.match(message);
    });
  }

  it('stops when a package is not installed', async () => {
    const error = await failureOf(() => bootKernel({ toml: '[plugins]\npackages = ["gatehouse-not-there"]' }));
    expect(error).to.be.instanceOf(BootError);
    expect(error.message).to.match(
      /^\[plugins\] packages: gatehouse-not-there is not installed beside the configuration file/,
    );
  });

  it('stops when the package.json of a package names no plugin', async () => {
    const base = temporaryFolder({ 'node_modules/plain/package.json': '{"name":"plain","version":"1.0.0"}' });
    const error = await failureOf(() => bootKernel({ base, toml: '[plugins]\npackages = ["plain"]' }));
    expect(error).to.be.instanceOf(BootError);
    expect(error.message).to.equal(
      '[plugins] packages: the package.json of plain has no "gatehouse": { "plugin": FILE }',
    );
  });

  it('refuses a package name that leads out of node_modules', async () => {
    const base = temporaryFolder({ 'deployment.toml': '' });
    const error = await failureOf(() => bootKernel({ base, toml: '[plugins]\npackages = ["../../etc"]' }));
    expect(error).to.be.instanceOf(BootError);
  });
});

describe('plugins from outside the tree', () => {
  const route = `{ name: 'greeting', base: '/greeting', errors: apiErrors('X'), routes: [{ operationId: 'greet', method: 'get',
    path: '/hello', access: 'public', summary: 'Greets', handle: () => ({ status: 200, text: greeting }) }] }`;
  const source = `import { definePlugin } from 'gatehouse/kernel';
import { Routes, apiErrors } from 'gatehouse/http';
import { greeting } from './greeting.js';
export default definePlugin({ id: 'greeting', requires: ['core.http'], setup: ({ contribute }) => contribute(Routes, 'greeting', ${route}) });`;
  const files = { 'plugin.js': source, 'greeting.js': "export const greeting = 'good day';" };

  it('are taken from a folder and work with the doors of the running server', async () => {
    const folder = temporaryFolder({ 'package.json': manifest, ...files });
    const server = await startTestServer({ plugins: { folders: [folder] } });
    try {
      expect(await (await server.fetch('/greeting/hello')).text()).to.equal('good day');
    } finally {
      await server.stop();
    }
  });

  it('are taken from a packed npm package beside deployment.toml', async function () {
    this.timeout(30_000);
    const made = temporaryFolder({
      'package.json': JSON.stringify({
        name: 'gatehouse-greeting',
        version: '1.0.0',
        type: 'module',
        gatehouse: { plugin: 'plugin.js' },
      }),
      ...files,
    });
    execFileSync('npm', ['pack', '--silent'], { cwd: made });
    const base = temporaryFolder();
    const target = join(base, 'node_modules', 'gatehouse-greeting');
    mkdirSync(target, { recursive: true });
    const archive = readdirSync(made).find((name) => name.endsWith('.tgz')) as string;
    execFileSync('tar', ['-xzf', join(made, archive), '--strip-components=1', '-C', target]);
    writeFileSync(join(base, 'deployment.toml'), '');
    const server = await startTestServer({ plugins: { packages: ['gatehouse-greeting'] }, installedIn: base });
    try {
      expect(await (await server.fetch('/greeting/hello')).text()).to.equal('good day');
    } finally {
      await server.stop();
    }
  });
});
