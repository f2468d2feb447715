import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { version } from '../../../core/server.js';
import { CommandLine } from './command-line.js';

interface Listed {
  readonly id: string;
  readonly version: string;
  readonly source: string;
  readonly table?: string;
  readonly enabled: boolean;
  readonly contributions: readonly string[];
}

const outsider = `
import { definePlugin } from 'gatehouse/kernel';
import { Authenticators } from 'gatehouse/authentication';
export default definePlugin({
  id: 'authenticator.outside',
  configPath: 'authentication.authenticator.outside',
  setup({ contribute }) { contribute(Authenticators, 'Outside', {}); },
});
`;

describe('gatehouse list-plugins and gen-reference', function () {
  this.timeout(120_000);
  let line: CommandLine;
  before(() => {
    line = new CommandLine();
  });
  after(() => line.remove());

  it('lists plugins of the tree and of elsewhere, with versions, tables and contributions', async () => {
    line.write('outside/plugin.js', outsider);
    line.write('outside/package.json', '{"version": "7.1.0", "type": "module"}');
    line.write(
      'deployment.toml',
      '[plugins]\nfolders = ["outside"]\n[authentication.authenticator.user_identifier]\nenable = false\n',
    );
    const { code, out } = await line.run(['list-plugins', '--json']);
    expect(code).to.equal(0);
    const plugins = new Map((JSON.parse(out) as Listed[]).map((plugin) => [plugin.id, plugin]));
    expect(plugins.get('authenticator.outside')).to.deep.equal({
      id: 'authenticator.outside',
      source: 'outside',
      version: '7.1.0',
      table: 'authentication.authenticator.outside',
      enabled: true,
      contributions: ['authenticators:Outside'],
    });
    expect(plugins.get('authenticator.basic')).to.include({ version, enabled: true });
    expect(plugins.get('authenticator.identifier')).to.include({ enabled: false });
    const text = (await line.run(['list-plugins'])).out;
    expect(text).to.include(
      'authenticator.outside 7.1.0\n  source         outside\n  table          [authentication.authenticator.outside]\n  contributes    authenticators Outside\n',
    );
    expect(text).to.include(`authenticator.identifier ${version}  (switched off)\n`);
  });

  it('writes the reference, and finds one that is out of date', async () => {
    expect((await line.run(['gen-reference', '--out', 'ref', '--check'])).code).to.equal(1);
    expect((await line.run(['gen-reference', '--out', 'ref'])).out).to.equal(
      'wrote config/reference.toml\nwrote docs/reference/configuration.md\nwrote config/deployment.schema.json\n',
    );
    expect((await line.run(['gen-reference', '--out', 'ref', '--check'])).code).to.equal(0);
    const file = join(line.folder, 'ref', 'config', 'reference.toml');
    expect(readFileSync(file, 'utf8')).to.include('# Port; 0 takes a free one (integer)\n# port = 9443\n');
    writeFileSync(file, 'old');
    expect(await line.run(['gen-reference', '--out', 'ref', '--check'])).to.deep.equal({
      code: 1,
      out: '',
      err: 'gatehouse: not up to date: config/reference.toml; run "gatehouse gen-reference" and commit what it writes\n',
    });
  });

  it('is up to date in this checkout', async () => {
    expect(await line.run(['gen-reference', '--check'])).to.deep.equal({
      code: 0,
      out: 'the configuration reference is up to date\n',
      err: '',
    });
  });
});
