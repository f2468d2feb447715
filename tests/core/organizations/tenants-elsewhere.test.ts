import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { EventBusToken } from '#core/kernel';
import { DatabaseToken } from '#core/persistence';
import { UserCreated, UserServiceToken } from '#core/users';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { BASE, create, type Failure, owner, PASSWORD, type Tenant } from './tenant-calls.js';

interface Connection {
  prepare(sql: string): { all(): unknown[] };
  close(): void;
}

describe('tenants whose users are in another database', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-'));
  const file = join(folder, 'users.db');
  let server: TestServer;
  let failing = false;

  before(async () => {
    writeFileSync(file, '');
    const toml = `[user_store]\nurl = "jdbc:sqlite:${file}"\ntable_schema = "gatehouse"\ncreate_tables = true`;
    server = await startTestServer({ toml });
    server.server.container.get(EventBusToken).participate(UserCreated, () => {
      if (failing) throw new Error('the rest has failed');
    });
  });
  after(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  const users = () => server.server.container.get(UserServiceToken);
  const tenantOf = async (domain: string) =>
    (await server.api<Tenant & Failure>('GET', `${BASE}/domain/${domain}`)).body;
  const post = (domain: string, change: object = {}) =>
    server.api<Failure>('POST', BASE, { domain, owners: [owner(change)] });
  /** Users of all organizations in the other database. */
  const written = () => {
    const Sqlite = createRequire(import.meta.url)('libsql') as new (name: string) => Connection;
    const connection = new Sqlite(file);
    try {
      return connection.prepare('SELECT username FROM um_user ORDER BY username').all();
    } finally {
      connection.close();
    }
  };

  it('have an owner there, who administers them', async () => {
    const id = await create(server, 'far.example');
    const { owners } = await tenantOf('far.example');
    expect(owners.map(({ username }) => username)).to.deep.equal(['kim']);
    expect(await users().authenticate(id, 'kim', PASSWORD)).to.include({ outcome: 'authenticated' });
    const authorization = `Basic ${Buffer.from(`kim:${PASSWORD}`).toString('base64')}`;
    const path = '/t/far.example/api/server/v1/userstores';
    expect((await server.fetch(path, { headers: { authorization } })).status).to.equal(200);
    expect(written()).to.deep.equal([{ username: 'admin' }, { username: 'kim' }]);
  });

  it('are made with their owners, or not at all', async () => {
    const before = written();
    failing = true;
    const rows = (sql: string) => server.server.container.get(DatabaseToken).sql.all(sql, []);
    const organizations = () => rows('SELECT id FROM organization');
    const known = await organizations();
    expect((await post('half.example')).status).to.equal(500);
    failing = false;
    expect(await organizations()).to.deep.equal(known);
    expect(await rows('SELECT id FROM user_unfinished')).to.deep.equal([]);
    expect(
      await rows('SELECT DISTINCT org_id FROM identity_data WHERE org_id NOT IN (SELECT id FROM organization)'),
    ).to.deep.equal([]);
    expect(written()).to.deep.equal(before);
    await create(server, 'half.example');
    expect((await tenantOf('half.example')).owners).to.have.length(1);
  });

  it('leave no owner behind when the domain is taken', async () => {
    const before = written();
    expect((await post('far.example')).body.code).to.equal('TM-60009');
    const answers = await Promise.all([1, 2, 3].map(() => post('raced.example')));
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([201, 409, 409]);
    expect(written()).to.have.length(before.length + 1);
    expect((await post('weak.example', { password: 'x' })).status).to.equal(400);
    expect((await tenantOf('weak.example')).code).to.equal('TM-60015');
  });

  it('keep the owner as it was when a part of a change is refused', async () => {
    const { id, owners } = await tenantOf('far.example');
    const path = `${BASE}/${id}/owners/${owners[0]?.id}`;
    const change = { email: 'new@far.example', firstname: 'New', lastname: 'Name' };
    expect((await server.api('PUT', path, { ...change, password: 'x' })).status).to.equal(400);
    expect((await server.api<{ email: string; firstname: string }>('GET', path)).body).to.include({
      email: 'kim@acme.example',
      firstname: 'Kim',
    });
    expect((await server.api('PUT', path, { ...change, password: 'Another-pass-1' })).status).to.equal(200);
    expect((await server.api<{ email: string }>('GET', path)).body.email).to.equal('new@far.example');
    expect(await users().authenticate(id, 'kim', 'Another-pass-1')).to.include({ outcome: 'authenticated' });
  });
});
