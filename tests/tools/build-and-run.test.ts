import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Fixture } from './support/fixture.js';

const server = `
import { greeting } from '#core/kernel';
process.on('SIGTERM', () => { console.log('stopped in order'); process.exit(0); });
setInterval(() => undefined, 1000);
console.log(greeting, process.argv.slice(2).join(' '));
`;

describe('build, start and run', function () {
  this.timeout(60_000);
  let fixture: Fixture;
  before(async () => {
    fixture = Fixture.withTools({
      'core/kernel/index.ts': "export const greeting: string = 'hello';",
      'core/cli/main.ts': server,
      'plugins/portals/login/plugin.ts': 'export default 1;',
      'plugins/portals/login/views/page.eta': '<p></p>',
      'plugins/portals/login/README.md': 'not needed at run time',
      'tools/greet/main.ts': "console.log('greet', process.argv.slice(2).join(' '));",
    });
    const { code, output } = await fixture.run(['tools/build.mjs']);
    expect(code, output).to.equal(0);
  });
  after(() => fixture.remove());

  const built = (path: string) => existsSync(join(fixture.folder, 'dist', path));

  it('compiles sources and copies assets', () => {
    expect(built('plugins/portals/login/plugin.js')).to.equal(true);
    expect(built('plugins/portals/login/views/page.eta')).to.equal(true);
    expect(built('plugins/portals/login/README.md')).to.equal(false);
  });

  it('does nothing when nothing changed', async () => {
    expect((await fixture.run(['tools/build.mjs'])).output).to.equal('');
  });

  it('starts the server in the same process, with its arguments, and lets SIGTERM reach it', async () => {
    let sent = false;
    const { code, output } = await fixture.run(['tools/start.mjs', '--port', '0'], (text, kill) => {
      if (sent || !text.includes('hello start --port 0')) return;
      sent = true;
      kill('SIGTERM');
    });
    expect(output).to.include('stopped in order');
    expect(code).to.equal(0);
  });

  it('runs a compiled tool', async () => {
    expect((await fixture.run(['tools/run.mjs', 'greet/main.js', 'a', 'b'])).output).to.equal('greet a b\n');
  });

  it('deletes what a removed plugin left in dist, and builds it again when it comes back', async () => {
    rmSync(join(fixture.folder, 'plugins'), { recursive: true });
    await fixture.run(['tools/build.mjs']);
    expect(built('plugins')).to.equal(false);
    fixture.write('plugins/portals/login/plugin.ts', 'export default 1;');
    await fixture.run(['tools/build.mjs']);
    expect(built('plugins/portals/login/plugin.js')).to.equal(true);
  });

  it('repairs outputs that were deleted by hand', async () => {
    rmSync(join(fixture.folder, 'dist/core'), { recursive: true });
    fixture.write('tools/greet/more.ts', 'export {};');
    await fixture.run(['tools/build.mjs']);
    expect(built('core/cli/main.js')).to.equal(true);
  });

  it('fails with the errors of the compiler, each time until they are gone', async () => {
    fixture.write('core/kernel/index.ts', 'export const greeting: string = 1;');
    for (const script of ['tools/build.mjs', 'tools/start.mjs']) {
      const { code, output } = await fixture.run([script]);
      expect(code).to.equal(1);
      expect(output).to.match(/core\/kernel\/index\.ts.*TS2322/);
    }
    fixture.write('core/kernel/index.ts', "export const greeting: string = 'hello';");
    expect((await fixture.run(['tools/build.mjs'])).code).to.equal(0);
  });
});
