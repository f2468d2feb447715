import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { CommandLine } from './command-line.js';

const before = `# what we run\r
[server]
hostname = "id.example" # public

[secrets]
# the database
db = "[p\\"w#]"   # of identity_db
  "smtp.mail" = '[x = y]'
done = "abcd.efgh"

[database.identity_db]
password = "$secret{db}"
`;

describe('gatehouse secrets encrypt', function () {
  this.timeout(120_000);
  let line: CommandLine;
  beforeEach(() => {
    line = new CommandLine(before);
  });
  afterEach(() => line.remove());
  const text = () => readFileSync(join(line.folder, 'deployment.toml'), 'utf8');

  it('replaces plain values and nothing else', async () => {
    expect(await line.run(['secrets', 'encrypt'])).to.deep.equal({
      code: 0,
      out: 'encrypted db, smtp.mail\n',
      err: '',
    });
    expect(text().replace(/"[0-9a-f]{8}\.[\w-]+"/g, 'CIPHER')).to.equal(
      before.replace('"[p\\"w#]"', 'CIPHER').replace("'[x = y]'", 'CIPHER'),
    );
    expect((await line.run(['check-config'])).code).to.equal(0);
    expect((await line.run(['secrets', 'encrypt'])).out).to.equal('nothing to encrypt\n');
    expect(statSync(join(line.data, 'security', 'master.key')).mode & 0o777).to.equal(0o600);
  });

  it('leaves a file alone in which it cannot find the value', async () => {
    for (const odd of ['secrets = { a = "[x]" }\n', '[secrets]\na = """\n[x]"""\nb = """[x]"""\n']) {
      line.write('deployment.toml', odd);
      const { code, out, err } = await line.run(['secrets', 'encrypt']);
      expect({ code, out }).to.deep.equal({ code: 1, out: '' });
      expect(err).to.match(/^gatehouse: deployment\.toml:\d \[secrets\] [ab]: write it on a line of its own: /);
      expect(text()).to.equal(odd);
    }
  });

  it('prints the cipher text of one value', async () => {
    const { code, out } = await line.run(['secrets', 'encrypt', '--value', '-'], { input: 'p w\n' });
    expect(code).to.equal(0);
    line.write(
      'deployment.toml',
      `[secrets]\nname = "${out.trim()}"\n[super_admin]\nusername = "$secret{name}"\n[server]\nhostnam = "$secret{name}"\n`,
    );
    expect((await line.run(['check-config'])).out)
      .to.not.include('p w')
      .and.not.include('decrypted');
    expect((await line.run(['secrets', 'encrypt', '--value', 'p w'])).err).to.equal(
      'gatehouse: --value takes only "-": a secret on the command line can be read by others\n',
    );
  });

  it('says which file it cannot rewrite', async () => {
    mkdirSync(join(line.folder, 'folder.toml'));
    const { code, err } = await line.run(['secrets', 'encrypt', '-c', 'folder.toml']);
    expect(code).to.equal(1);
    expect(err).to.equal(
      'gatehouse: the configuration file folder.toml cannot be rewritten: EISDIR: illegal operation on a directory, read\n',
    );
  });
});
