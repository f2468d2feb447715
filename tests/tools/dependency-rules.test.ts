import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Fixture, root } from './support/fixture.js';

interface Report {
  modules: number;
  violations: { rule: string; from: string; to: string }[];
}

const rooms = JSON.parse(readFileSync(join(root, 'tools/lint/rooms.json'), 'utf8')) as string[];
const checker = join(root, 'tools/lint/dependencies.mjs');

/** Two plugins and three rooms that keep every rule. */
const clean = {
  'package.json': JSON.stringify({
    name: 'fixture',
    dependencies: { declared: '1' },
    devDependencies: { tooling: '1' },
  }),
  'node_modules/declared/package.json': '{ "name": "declared", "version": "1.0.0", "main": "index.js" }',
  'node_modules/declared/index.js': '',
  'node_modules/tooling/package.json': '{ "name": "tooling", "version": "1.0.0", "main": "index.js" }',
  'node_modules/tooling/index.js': '',
  'core/kernel/index.ts': "export { clock } from './clock.js';",
  'core/kernel/clock.ts': "import 'node:fs';\nimport 'declared';\nexport const clock = 1;",
  'core/users/index.ts': "export { users } from './users.js';",
  'core/users/users.ts': "import { clock } from '#core/kernel';\nexport const users = clock;",
  'core/oauth/index.ts': "import type { users } from '#core/users';\nexport type Users = typeof users;",
  'core/cli/main.ts': "import '../server.js';",
  'core/server.ts': "import '#core/oauth';\nimport '#core/kernel';",
  'plugins/grant-types/one/plugin.ts': "import '#core/oauth';\nimport './own.js';\nimport 'declared';",
  'plugins/grant-types/one/own.ts': 'export {};',
  'plugins/grant-types/two/plugin.ts': "import '#core/users';",
  'tests/users.test.ts': "import '../core/users/users.js';\nimport '../tools/scaffold/main.js';\nimport 'tooling';",
  'tools/scaffold/main.ts': "import '../../plugins/grant-types/two/plugin.js';\nimport '#core/users';",
};

/** Each rule, and a file that breaks it. */
const planted: [rule: string, path: string, text: string][] = [
  ['plugin-behind-a-door', 'plugins/grant-types/bad/a.ts', "import '../../../core/users/users.js';"],
  ['plugin-door-by-path', 'plugins/grant-types/bad/b.ts', "import '../../../core/users/index.js';"],
  ['plugin-to-plugin', 'plugins/grant-types/bad/c.ts', "import '../one/own.js';"],
  ['plugin-to-plugin', 'plugins/actions/bad/d.ts', "export * from '../../grant-types/one/own.js';"],
  ['core-to-plugin', 'core/oauth/a.ts', "export const load = () => import('../../plugins/grant-types/one/plugin.js');"],
  ['room-behind-a-door', 'core/oauth/b.ts', "import { users } from '../users/users.js';\nexport { users };"],
  ['room-door-by-path', 'core/oauth/c.ts', "import '../users/index.js';"],
  ['room-own-door', 'core/oauth/d.ts', "import '#core/oauth';"],
  ['root-behind-a-door', 'core/bad.ts', "import './users/users.js';"],
  ['root-door-by-path', 'core/worse.ts', "import './users/index.js';"],
  ['room-to-root', 'core/scim/a.ts', "import '../server.js';"],
  ['room-to-root', 'core/scim/b.ts', "import '../cli/main.js';"],
  ['room-order-kernel', 'core/kernel/a.ts', "import type { users } from '#core/users';\nexport type T = typeof users;"],
  ['production-to-tooling', 'core/users/a.ts', "import '../../tests/users.test.js';"],
  ['production-to-tooling', 'plugins/grant-types/bad/e.ts', "import '../../../tools/scaffold/main.js';"],
  ['undeclared-package', 'core/users/b.ts', "import 'tooling';"],
  ['unresolvable', 'core/users/c.ts', "import 'absent';"],
  ['unresolvable', 'plugins/grant-types/bad/f.ts', "import '#core/users/users';"],
  ['cycle', 'tools/cycle/a.ts', "import './b.js';"],
  ['unknown-room', 'core/attic', ''],
];

async function check(files: Record<string, string>): Promise<Report> {
  const fixture = new Fixture(files);
  try {
    const { output } = await fixture.run([checker, fixture.folder]);
    return JSON.parse(output) as Report;
  } finally {
    fixture.remove();
  }
}

describe('dependency rules', () => {
  it('find nothing in a clean project, having read all of it', async () => {
    const { modules, violations } = await check(clean);
    expect(violations).to.deep.equal([]);
    expect(modules).to.equal(12);
  });

  it('find each planted violation', async () => {
    const bad = planted.filter(([, , text]) => text !== '').map(([, path, text]) => [path, text] as const);
    const { violations } = await check({
      ...clean,
      'tools/cycle/b.ts': "import './a.js';",
      'core/attic/index.ts': 'export {};',
      ...Object.fromEntries(bad),
    });
    const found = violations.map(({ rule, from }) => `${rule} ${from}`);
    const wanted = planted.map(([rule, path]) => `${rule} ${path}`);
    const missed = wanted.filter((each) => !found.includes(each));
    expect(missed).to.deep.equal([]);
  });

  it('hold for every room of the order', async () => {
    const doors = rooms.map((room, index) => {
      const above = rooms[index + 1];
      return [`core/${room}/index.ts`, above === undefined ? 'export {};' : `export * from '#core/${above}';`];
    });
    const { modules, violations } = await check(Object.fromEntries(doors));
    expect(modules).to.equal(rooms.length);
    expect(violations.map(({ rule }) => rule)).to.have.members(rooms.slice(0, -1).map((room) => `room-order-${room}`));
  });
});
