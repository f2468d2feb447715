import { existsSync, readdirSync } from 'node:fs';
import { expect } from 'chai';
import { CommandLine } from './command-line.js';

const wrong = `
[server]
hostnam = "id.example"
[authentication.authenticator.basic]
name = "Other"
[database.identity_db]
password = "$env{NOT_THERE}"
pool_options = { max_active = "many" }
[nobodys]
x = 1
`;

/** What may stand there is known only to the kind of user store, which is a plugin. */
const wrongStore = `
[user_store]
case_insensitive_usernam = true
[user_store.properties]
CaseInsensitiveUsername = "perhaps"
`;

const storeComplaints = `deployment.toml:3 [user_store] case_insensitive_usernam: unknown key; did you mean "case_insensitive_username"? (core.users)
deployment.toml:5 [user_store.properties] CaseInsensitiveUsername: expected true or false, got "perhaps" (core.users)
`;

const complaints = `deployment.toml:3 [server] hostnam: unknown key; did you mean "hostname"? (core.http)
deployment.toml:5 [authentication.authenticator.basic] name: expected "BasicAuthenticator", got "Other" (authenticator.basic)
deployment.toml:7 [database.identity_db] password: environment variable NOT_THERE is not set
deployment.toml:8 [database.identity_db.pool_options] max_active: expected a whole number, 1 to 1000, got "many" (core.persistence)
deployment.toml:9 [nobodys]: unknown table; see the configuration reference for the known ones
`;

describe('gatehouse check-config', function () {
  this.timeout(120_000);
  let line: CommandLine;
  beforeEach(() => {
    line = new CommandLine();
  });
  afterEach(() => line.remove());

  it('says what is fine and leaves no trace', async () => {
    const { code, out, err } = await line.run(['check-config']);
    expect(out).to.match(/^deployment\.toml is fine: \d+ plugins take part\n$/);
    expect({ code, err }).to.deep.equal({ code: 0, err: '' });
    expect(readdirSync(line.folder)).to.deep.equal(['deployment.toml']);
  });

  it('prints every problem in the order of the file', async () => {
    line.write('deployment.toml', wrong);
    expect(await line.run(['check-config'])).to.deep.equal({ code: 1, out: complaints, err: '' });
  });

  it('looks into the settings of the user store', async () => {
    line.write('deployment.toml', wrongStore);
    expect(await line.run(['check-config'])).to.deep.equal({ code: 1, out: storeComplaints, err: '' });
  });

  it('answers as JSON', async () => {
    line.write('deployment.toml', `${wrong}\n[authentication.authenticator.user_identifier]\nenable = false\n`);
    const bad = await line.run(['check-config', '--json']);
    expect(bad.code).to.equal(1);
    expect(JSON.parse(bad.out)).to.deep.equal({ ok: false, problems: complaints.trim().split('\n'), plugins: [] });
    line.write('deployment.toml', '[authentication.authenticator.user_identifier]\nenable = false\n');
    const good = JSON.parse((await line.run(['check-config', '--json'])).out) as { ok: boolean; plugins: string[] };
    expect(good.ok).to.equal(true);
    expect(good.plugins).to.include('authenticator.basic').and.not.to.include('authenticator.identifier');
  });

  it('finds a file that is not TOML, a file that is not there, and a plugin that is not there', async () => {
    line.write('deployment.toml', 'a = 1\n[server\n');
    const { code, out } = await line.run(['check-config']);
    expect({ code, out: out.replace(/2 .*/, '2 ...') }).to.deep.equal({ code: 1, out: 'deployment.toml:2 ...\n' });
    expect((await line.run(['check-config', '-c', 'none.toml'])).out).to.equal(
      "cannot read the configuration file none.toml: ENOENT: no such file or directory, open 'none.toml'\n",
    );
    line.write('deployment.toml', '[plugins]\nfolders = ["gone"]\n');
    expect((await line.run(['check-config'])).out).to.equal('[plugins] folders: there is no folder gone\n');
  });

  it('opens secrets with the key of the data folder, which it does not make', async () => {
    line.write('deployment.toml', '[secrets]\ndb = "[s3cret]"\n[database.identity_db]\npassword = "$secret{db}"\n');
    expect((await line.run(['secrets', 'encrypt'])).out).to.equal('encrypted db\n');
    expect((await line.run(['check-config'])).code).to.equal(0);
    const { code, out } = await line.run(['check-config', '--data', 'elsewhere']);
    expect(code).to.equal(1);
    expect(out).to.equal(
      'deployment.toml:4 [database.identity_db] password: secret "db" cannot be decrypted with the key of this server\n',
    );
    expect(existsSync(`${line.folder}/elsewhere`)).to.equal(false);
  });
});
