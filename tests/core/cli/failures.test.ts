import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { CommandLine, TEST_TOML } from './command-line.js';

describe('what gatehouse says when it cannot', function () {
  this.timeout(120_000);
  let line: CommandLine;
  beforeEach(() => {
    line = new CommandLine();
  });
  afterEach(() => line.remove());

  const failure = async (args: string[]) => {
    const { code, out, err } = await line.run(args);
    expect({ code, out: out.replace(/^\{.*\}\n/gm, '') }, err).to.deep.equal({ code: 1, out: '' });
    expect(err).to.not.match(/^\s+at /m);
    return err.replaceAll(line.folder, '');
  };

  it('refuses a second server on a data folder, but not after the first is gone', async () => {
    const server = await line.serve();
    expect(await failure(['start', '-p', '0'])).to.equal(
      `gatehouse: the data folder data is in use by process ${process.pid}; stop it, or start with another --data\n`,
    );
    await server.stop();
    line.write('data/gatehouse.pid', `${process.pid} 1`);
    await (await line.serve()).stop();
  });

  it('names the folder, the file or the port that cannot be used', async () => {
    expect(await failure(['keys', 'rotate'])).to.equal(
      'gatehouse: there is no data folder data; name it with --data, or start the server once\n',
    );
    line.write('file', '');
    expect(await failure(['start', '-d', 'file'])).to.match(/^gatehouse: the data folder file cannot be used: EEXIST/);
    line.write('broken/security/master.key', 'xyz\n');
    expect(await failure(['start', '-d', 'broken'])).to.match(
      /must hold 64 hexadecimal digits \(openssl rand -hex 32\)\n$/,
    );
    const taken = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as AddressInfo;
    expect(await failure(['start', '-p', String(port)])).to.match(
      new RegExp(`^gatehouse: cannot listen on port ${port}: .*EADDRINUSE`),
    );
    taken.close();
  });

  it('names the database and the key that is wrong', async () => {
    line.write(
      'deployment.toml',
      `${TEST_TOML}[database.identity_db]\ntype = "postgresql"\nhostname = "127.0.0.1"\nport = 1\n`,
    );
    expect(await failure(['start', '-p', '0'])).to.match(
      /^gatehouse: plugin core\.persistence did not start: the postgresql database \(127\.0\.0\.1\/gatehouse\) cannot be used: .*ECONNREFUSED/,
    );
    line.write('deployment.toml', `${TEST_TOML}[user_store]\ntype = "none"\n`);
    expect(await failure(['start', '-p', '0'])).to.match(/\[user_store\] type: there is no user store "none"; known: /);
  });

  it('helps with wrong usage, with an exit code of its own', async () => {
    expect(await line.run(['start', '--port', 'x'])).to.deep.equal({
      code: 2,
      out: '',
      err: "error: option '-p, --port <number>' argument 'x' is invalid. Expected a whole number from 0 to 65535.\n(--help says more)\n",
    });
    expect((await line.run(['user', 'add'])).code).to.equal(2);
    expect(await line.run(['strat'])).to.deep.equal({
      code: 2,
      out: '',
      err: "error: unknown command 'strat'\n(Did you mean start?)\n(--help says more)\n",
    });
    for (const args of [['--help'], ['keys', 'rotate', '--help'], ['secrets', 'encrypt', '--help']]) {
      const { code, out } = await line.run(args);
      expect({ code, begins: out.slice(0, 6) }).to.deep.equal({ code: 0, begins: 'Usage:' });
    }
  });
});
