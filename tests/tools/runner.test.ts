import { expect } from 'chai';
import { Fixture } from './support/fixture.js';

const mixed = `
describe('mixed', () => {
  it('passes', () => undefined);
  it('fails', () => { throw new Error('the reason', { cause: new Error('the cause') }); });
  it.skip('is skipped', () => undefined);
  it('leaks a rejection', async () => {
    void Promise.reject(new Error('nobody waited for this'));
    await new Promise((resolve) => setTimeout(resolve, 20));
  });
});
`;

describe('test runner', function () {
  this.timeout(60_000);
  let fixture: Fixture;
  before(() => {
    fixture = Fixture.withTools({
      'tests/good.test.ts': "describe('good', () => { it('one', () => undefined); it('two', () => undefined); });",
      'tests/mixed.test.ts': mixed,
      'tests/broken/load.test.ts': "throw new Error('while loading');",
      'tests/broken/dies.test.ts': "describe('dies', () => { it('exits', () => process.exit(3)); });",
      'tests/support/hooks.ts':
        "export const mochaHooks = { beforeAll(): void { console.log('root hook', process.env.TMPDIR); } };",
    });
  });
  after(() => fixture.remove());

  async function run(...args: string[]): Promise<{ code: number | null; output: string; last: string | undefined }> {
    const { code, output } = await fixture.run(['tools/test.mjs', '--services', 'none', ...args]);
    return { code, output, last: output.trimEnd().split('\n').at(-1) };
  }

  it('ends with the totals, and loads the root hooks', async () => {
    const { code, output, last } = await run('tests/good.test.ts');
    expect(last).to.equal('2 passed, 0 failed');
    expect(output).to.match(/root hook \S+/);
    expect(code).to.equal(0);
  });

  it('shows failures with the place in the source, the cause, and rejections that nobody handled', async () => {
    const { code, output, last } = await run('mixed');
    expect(last).to.equal('1 passed, 2 failed, 1 skipped');
    expect(output)
      .to.include('mixed > fails')
      .and.to.include('the reason')
      .and.to.include('caused by: Error: the cause');
    expect(output).to.include('(tests/mixed.test.ts:4:').and.to.include('nobody waited for this');
    expect(code).to.equal(1);
  });

  it('knows its services by name, and refuses others', async () => {
    const { output: help } = await run('--help');
    expect(help).to.include('sqlite, mariadb, postgres, redis, chromium, apache, slapd, samba');
    const { code, output } = await run('--services', 'slapd,nothing');
    expect(output).to.include('Unknown service "nothing"');
    expect(code).to.equal(1);
  });

  it('tells the tests which database servers are on when nobody names one, and refuses others', async () => {
    fixture.write(
      'tests/told.test.ts',
      "it('is told', () => { console.log('on', process.env.GATEHOUSE_TEST_DATABASE, process.env.GATEHOUSE_TEST_SERVICES); });",
    );
    expect((await run('told')).output).to.match(/^on sqlite $/m);
    // Somebody else keeps that server, as far as the runner knows: it starts none.
    fixture.env['GATEHOUSE_TEST_POSTGRES_URL'] = 'postgres://nobody@127.0.0.1:1/none';
    expect((await run('--database', 'postgres', 'told')).output).to.match(/^on postgres postgres$/m);
    const { code, output } = await run('--database', 'oracle', 'told');
    expect(output).to.include('Unknown database "oracle": known are sqlite, mariadb, postgres.');
    expect(code).to.equal(1);
  });

  it('counts a file that cannot be loaded and a process that dies as failures, and runs the rest', async () => {
    const { code, output, last } = await run('--jobs', '1', 'tests/broken', 'tests/good.test.ts');
    expect(output).to.include('while loading').and.to.include('ended early (exit code 3)');
    expect(last).to.match(/^\d passed, 2 failed$/);
    expect(code).to.equal(1);
  });

  it('runs only what --grep names', async () => {
    expect((await run('--grep', 'good two', 'good', 'mixed')).last).to.equal('1 passed, 0 failed');
  });

  it('fails when nothing was executed', async () => {
    for (const args of [['--grep', 'no such title', 'good'], ['no/such/file.test.ts']]) {
      const { code, last } = await run(...args);
      expect(last).to.equal('0 passed, 1 failed');
      expect(code).to.equal(1);
    }
  });
});
