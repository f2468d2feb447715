import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'chai';
import { AuditLogToken } from '#core/audit';
import { KeySetsToken } from '#core/crypto';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { DatabaseToken } from '#core/persistence';
import { claimUri, UserServiceToken } from '#core/users';
import type { Server } from '../../../core/server.js';
import { CommandLine } from './command-line.js';

const { id: orgId } = SUPER_ORGANIZATION;

interface Sqlite {
  exec(sql: string): void;
  close(): void;
}

/** Changes the database behind the server's back. */
function tamper(line: CommandLine, sql: string): void {
  const Database = createRequire(import.meta.url)('libsql') as new (file: string) => Sqlite;
  const database = new Database(join(line.data, 'gatehouse.db'));
  database.exec(sql);
  database.close();
}

describe('commands beside a running server', function () {
  this.timeout(120_000);
  let line: CommandLine;
  let server: Server;
  before(async () => {
    line = new CommandLine();
    server = await line.serve();
  });
  after(async () => {
    await server.stop();
    line.remove();
  });
  const users = () => server.container.get(UserServiceToken);

  it('user add makes a user that can sign in at once', async () => {
    const arguments_ = [
      'user',
      'add',
      '-u',
      'ann',
      '--admin',
      '--claim',
      'givenname=Ann',
      '--claim',
      `${claimUri('emailaddress')}=a@example.com`,
    ];
    const { code, out, err } = await line.run(arguments_, { input: 'correct horse\n' });
    expect({ code, err }).to.deep.equal({ code: 0, err: '' });
    const id = /^made ann \(([0-9a-f-]{36})\)\n$/.exec(out)?.[1] ?? '';
    expect(await users().authenticate(orgId, 'ann', 'correct horse')).to.include({ outcome: 'authenticated' });
    expect(await users().readClaims(orgId, id, [claimUri('givenname')])).to.deep.equal({
      [claimUri('givenname')]: ['Ann'],
    });
  });

  it('user set-password takes the password from the environment', async () => {
    await line.run(['user', 'add', '-u', 'bob'], { input: 'First password 1' });
    const { code, out } = await line.run(['user', 'set-password', '-u', 'bob', '--password-env', 'NEW'], {
      env: { NEW: 'Second password 2' },
    });
    expect({ code, out }).to.deep.equal({ code: 0, out: 'the password of bob is set\n' });
    expect((await users().authenticate(orgId, 'bob', 'First password 1')).outcome).to.equal('rejected');
    expect((await users().authenticate(orgId, 'bob', 'Second password 2')).outcome).to.equal('authenticated');
  });

  it('user says what is wrong, without a stack', async () => {
    const input = 'correct horse';
    const wrong: [string[], string][] = [
      [['add', '-u', 'admin'], 'The user exists. There is a user with the name admin.'],
      [
        ['add', '-u', 'x y', '--claim', 'nope=1'],
        'Unknown claim. There is no local claim http://wso2.org/claims/nope.',
      ],
      [['set-password', '-u', 'nobody'], 'there is no user nobody in carbon.super'],
      [['set-password', '-u', 'admin', '--organization', 'nope.example'], 'there is no organization nope.example'],
      [['add', '-u', 'eve', '--password-env', 'NOT_SET'], 'environment variable NOT_SET is not set'],
    ];
    const ended = await Promise.all(wrong.map(([args]) => line.run(['user', ...args], { input })));
    expect(ended).to.deep.equal(wrong.map(([, message]) => ({ code: 1, out: '', err: `gatehouse: ${message}\n` })));
    expect((await line.run(['user', 'add', '-u', 'eve'])).err).to.equal('gatehouse: the password is empty\n');
  });

  it('keys rotate: the server publishes the new keys within a second, and signs with the old ones meanwhile', async () => {
    const keys = server.container.get(KeySetsToken);
    const kid = async () =>
      JSON.parse(
        Buffer.from((await keys.sign(orgId, { alg: 'RS256' }, {})).split('.')[0] as string, 'base64url').toString(),
      ).kid as string;
    const old = await kid();
    const { code, out } = await line.run(['keys', 'rotate']);
    expect(code).to.equal(0);
    await pause(1000);
    const published = (await keys.jwks(orgId)).keys.map((key) => key.kid);
    expect(out).to.match(
      /^carbon\.super signs with new keys in six minutes:\n {2}\S+_RS256\n {2}\S+_PS256\n {2}\S+_ES256\n$/,
    );
    for (const fresh of out.match(/\S+_(RS|PS|ES)256/g) ?? []) expect(published).to.include(fresh).and.not.equal(old);
    expect(published).to.include(old);
    expect(await kid()).to.equal(old);
  });

  it('neither side fails while both write', async () => {
    const database = server.container.get(DatabaseToken);
    const audit = server.container.get(AuditLogToken);
    let going = true;
    let written = 0;
    const busy = (async () => {
      for (; going; written++) {
        await database.run(async () => {
          await database.sql.all('SELECT COUNT(*) AS n FROM audit_record', []);
          await audit.record({ orgId, action: 'test', targetId: 'x', targetType: 'Test' });
        });
        await pause(0);
      }
    })();
    const names = ['kim', 'lea', 'max'];
    const ended = await Promise.all(
      names.map((name) => line.run(['user', 'add', '-u', name], { input: 'correct horse' })),
    );
    const verified = await line.run(['audit', 'verify']);
    going = false;
    await busy;
    expect(ended.map(({ code, err }) => ({ code, err }))).to.deep.equal(names.map(() => ({ code: 0, err: '' })));
    expect(verified).to.include({ code: 0, err: '' });
    expect(verified.out).to.match(/^\d+ audit records, the chain is whole\n$/);
    expect(written).to.be.greaterThan(100);
  });
});

describe('commands on a data folder', function () {
  this.timeout(120_000);
  let line: CommandLine;
  before(async () => {
    line = new CommandLine();
    await (await line.serve()).stop();
  });
  after(() => line.remove());

  it('audit verify finds a record that was changed, and one that is missing', async () => {
    const whole = await line.run(['audit', 'verify']);
    const count = Number(/^(\d+) audit records, the chain is whole\n$/.exec(whole.out)?.[1]);
    const changed = line.copy();
    tamper(changed, "UPDATE audit_record SET record = replace(record, 'System', 'Sysadm') WHERE seq = 2");
    const { code, err } = await changed.run(['audit', 'verify']);
    expect(code).to.equal(1);
    expect(err).to.match(
      /^gatehouse: the audit chain is broken at record 2 \([0-9a-f-]{36}\): the record is not as it was written; the 1 before it are as they were written\n$/,
    );
    tamper(changed, 'DELETE FROM audit_record WHERE seq >= 2');
    const cut = await changed.run(['audit', 'verify', '--json']);
    expect({ code: cut.code, report: JSON.parse(cut.out) as unknown }).to.deep.equal({
      code: 1,
      report: { checked: 1, brokenAt: { seq: 2, id: '', why: `the newest ${count - 1} records are missing` } },
    });
    changed.remove();
  });

  it('outbox lists dead deliveries and gives them another chance', async () => {
    const values = (id: string) =>
      `('${id}', '${orgId}', 'mail', '{}', 'dead', 10, 0, 'no route to host', 1767225600000)`;
    tamper(
      line,
      `INSERT INTO outbox_message (id, org_id, topic, payload, status, attempts, next_at, last_error, created_at) VALUES ${values('m1')}, ${values('m2')}`,
    );
    expect((await line.run(['outbox', 'list'])).out.split('\n').sort().slice(1)).to.deep.equal(
      ['m1', 'm2'].map((id) => `${id}  2026-01-01T00:00:00.000Z  mail  attempts 10  no route to host`),
    );
    expect((await line.run(['outbox', 'retry'])).err).to.equal('gatehouse: name the deliveries to retry, or --all\n');
    expect((await line.run(['outbox', 'retry', 'm1'])).out).to.equal('1 delivery is pending again\n');
    expect((await line.run(['outbox', 'retry', 'm1'])).err).to.equal(
      'gatehouse: there is no dead delivery m1 in carbon.super; 0 retried\n',
    );
    expect((await line.run(['outbox', 'retry', '--all'])).out).to.equal('1 delivery is pending again\n');
    expect((await line.run(['outbox', 'list'])).out).to.equal('no dead deliveries\n');
    const pending = JSON.parse((await line.run(['outbox', 'list', '--status', 'pending', '--json'])).out) as {
      id: string;
    }[];
    expect(pending.map(({ id }) => id).sort()).to.deep.equal(['m1', 'm2']);
  });
});
