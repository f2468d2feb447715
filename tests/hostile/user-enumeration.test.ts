import { expect } from 'chai';
import { PasswordHashingToken } from '#core/crypto';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { UserServiceToken } from '#core/users';
import { createApp, createUser, type TestApp, USER_PASSWORD } from '../support/oauth-client.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { Visitor } from '../support/visitor.js';

const IDENTITY = 'http://wso2.org/claims/identity/';

describe('whether a user exists', () => {
  let server: TestServer;
  let app: TestApp;
  before(async () => {
    server = await startTestServer();
    app = await createApp(server);
    const users = server.server.container.get(UserServiceToken);
    await createUser(server, 'alice');
    for (const name of ['accountLocked', 'accountDisabled']) {
      const { orgId, id } = await createUser(server, name);
      await users.writeClaims(orgId, id, { [IDENTITY + name]: ['true'] });
    }
    await users.create(SUPER_ORGANIZATION.id, { username: 'no-password' });
    await attempt('warm-up', 'x');
  });
  after(() => server?.stop());

  /** What a failed sign-in shows, without what is different each time, and how many passwords were hashed for it. */
  async function attempt(username: string, password: string): Promise<{ shown: string; hashed: number }> {
    const hashing = server.server.container.get(PasswordHashingToken);
    const { verify } = hashing;
    let hashed = 0;
    hashing.verify = (stored, given) => {
      hashed++;
      return verify.call(hashing, stored, given);
    };
    try {
      const visitor = new Visitor(server);
      const page = await visitor.get(app.authorizePath());
      const sessionDataKey = page.location?.searchParams.get('sessionDataKey') ?? '';
      const hop = await visitor.post('/commonauth', { sessionDataKey, username, password });
      const headers = [...hop.headers].filter(
        ([name]) => !/^(date|set-cookie|activityid|.*correlation.*|location)$/.test(name),
      );
      hop.location?.searchParams.delete('sessionDataKey');
      const cookies = hop.cookies.map((line) => line.replace(/^.*?;/, ''));
      return { shown: JSON.stringify([hop.status, hop.location?.href, headers, cookies, hop.text]), hashed };
    } finally {
      hashing.verify = verify;
    }
  }

  const others = ['nobody', 'PRIMARY/nobody', 'accountLocked', 'accountDisabled', 'no-password'];
  it('is shown neither by what a failed sign-in looks like nor by the work that it takes', async () => {
    const known = await attempt('alice', 'wrong');
    expect(known.hashed).to.equal(1);
    for (const username of others) expect(await attempt(username, 'wrong'), username).to.deep.equal(known);
  });

  it('an account that may not be used is told from a wrong password by nothing', async () => {
    const wrong = await attempt('alice', 'wrong');
    for (const username of ['accountLocked', 'accountDisabled'])
      expect(await attempt(username, USER_PASSWORD), username).to.deep.equal(wrong);
  });

  it('a password that is too long or absent takes no work for anybody', async () => {
    for (const password of ['', 'x'.repeat(5000)]) {
      const known = await attempt('alice', password);
      expect(known.hashed).to.equal(0);
      expect(await attempt('nobody', password)).to.deep.equal(known);
    }
  });

  it('is not shown by introspection either', async () => {
    const ask = async (name: string) => {
      const { status, text } = await app.introspect('x', { authorization: `Basic ${btoa(`${name}:wrong`)}` });
      return [status, text];
    };
    expect(await ask('nobody')).to.deep.equal(await ask('alice'));
  });

  it('nor by the limits on tries: they count for every name', async () => {
    const strict = await startTestServer({ toml: '[rate_limit]\ncredentials_per_account = 3' });
    try {
      await createUser(strict, 'alice');
      const target = await createApp(strict);
      const walk = async (username: string) => {
        const seen: (string | undefined)[] = [];
        for (let n = 0; n < 5; n++) {
          const visitor = new Visitor(strict);
          const page = await visitor.get(target.authorizePath());
          const sessionDataKey = page.location?.searchParams.get('sessionDataKey') ?? '';
          const { location } = await visitor.post('/commonauth', { sessionDataKey, username, password: 'wrong' });
          location?.searchParams.delete('sessionDataKey');
          seen.push(location?.href);
        }
        return seen;
      };
      const known = await walk('alice');
      expect(known[4]).to.contain('too.many.requests');
      expect(await walk('nobody')).to.deep.equal(known);
      const visitor = new Visitor(strict);
      const right = await target.visit(visitor, {}, { username: 'alice' });
      expect(right.location?.href).to.contain('too.many.requests');
      expect(visitor.cookie('commonAuthId')).to.equal(undefined);
    } finally {
      await strict.stop();
    }
  });
});
