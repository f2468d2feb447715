import { expect } from 'chai';
import { EventBusToken } from '#core/kernel';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { DatabaseToken } from '#core/persistence';
import { UserCreated, UserServiceToken } from '#core/users';
import { UnfinishedUsersToken } from '../../../../core/users/stores/unfinished-users.js';
import { eventually } from '../../../support/eventually.js';
import { failureOf } from '../../../support/failures.js';
import { FakeDirectories } from '../../../support/fake-directory.js';
import { heldClock } from '../../../support/held-clock.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

const ORG = SUPER_ORGANIZATION.id;
const PASSWORD = 'Correct-horse-1';
const MINUTE = 60_000;
const never = () => new Promise<never>(() => undefined);

describe('users of a store over a network', () => {
  const directories = new FakeDirectories();
  const directory = directories.at('ldap://acme.test');
  const clock = heldClock();
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ clock, plugins: { folders: [directories.plugin()] } });
    const made = await server.api('POST', '/api/server/v1/userstores', {
      typeId: Buffer.from('FixtureDirectoryManager').toString('base64url'),
      name: 'ACME',
      properties: [
        { name: 'ConnectionURL', value: 'ldap://acme.test' },
        { name: 'ConnectionPassword', value: 'bind' },
      ],
    });
    expect(made.status).to.equal(201);
  });
  after(() => server.stop());
  beforeEach(() => {
    directory.away = false;
    directory.beforeWrite = undefined;
    directory.afterWrite = undefined;
  });
  const create = (name: string) =>
    server.server.container.get(UserServiceToken).create(ORG, { username: `ACME/${name}`, password: PASSWORD });
  const sweep = () => server.server.container.get(UnfinishedUsersToken).sweep();
  const rows = () =>
    server.server.container.get(DatabaseToken).sql.all('SELECT username, state FROM user_unfinished', []);

  it('are made without a trace of the making', async () => {
    const user = await create('kim');
    expect(user).to.include({ domain: 'ACME', username: 'kim', id: directory.named('kim')?.id });
    expect(await rows()).to.deep.equal([]);
    expect(await failureOf(() => create('KIM'))).to.include({ status: 409, code: 'SUO-60006' });
    expect([await rows(), await sweep()]).to.deep.equal([[], 0]);
    expect(directory.named('kim'), 'who was there before stays').not.to.equal(undefined);
  });

  it('are removed from the store when the rest fails', async () => {
    const events = server.server.container.get(EventBusToken);
    let fails = true;
    events.participate(UserCreated, () => {
      if (fails) throw new Error('the rest fails');
    });
    expect((await failureOf(() => create('rest'))).message).to.equal('the rest fails');
    fails = false;
    expect([directory.named('rest'), await rows()]).to.deep.equal([undefined, []]);
    await create('rest');
  });

  it('are removed later when the store is away just then', async () => {
    directory.afterWrite = async () => {
      directory.away = true;
      throw new Error('connection lost');
    };
    expect((await failureOf(() => create('later'))).message).to.equal('connection lost');
    directory.afterWrite = undefined;
    expect(directory.named('later')).not.to.equal(undefined);
    clock.advance(2 * MINUTE);
    expect(await sweep(), 'it is still away').to.equal(0);
    expect(await rows()).to.deep.equal([{ username: 'later', state: 'undoing' }]);
    directory.away = false;
    expect(await sweep(), 'not before its lease has ended').to.equal(0);
    expect(await failureOf(() => create('later'))).to.include({ code: 'temporarily_unavailable' });
    clock.advance(2 * MINUTE);
    expect(await sweep()).to.equal(1);
    expect([directory.named('later'), await rows()]).to.deep.equal([undefined, []]);
    await create('later');
  });

  it('are removed after a crash between the store and the commit', async () => {
    let written = false;
    directory.afterWrite = () => {
      written = true;
      return never();
    };
    void create('crash');
    await eventually('the store is written to', () => written);
    expect(await rows()).to.deep.equal([{ username: 'crash', state: 'writing' }]);
    await server.halt();
    directory.afterWrite = undefined;
    expect(directory.named('crash')).not.to.equal(undefined);
    clock.advance(3 * MINUTE);
    await server.start();
    await eventually('the start has cleared it', async () => (await rows()).length === 0);
    expect(directory.named('crash')).to.equal(undefined);
    expect(directory.named('kim'), 'others stay').not.to.equal(undefined);
  });

  it('are left alone when the crash came before the store was written to', async () => {
    const database = server.server.container.get(DatabaseToken);
    const stranger = directory.add('stranger', PASSWORD);
    await database.run(async () =>
      database.sql.run(
        "INSERT INTO user_unfinished (id, org_id, domain, username, name_key, state, due_at) VALUES ('x', ?, 'ACME', 'stranger', 'k', 'begun', 1)",
        [ORG],
      ),
    );
    expect(await sweep()).to.equal(1);
    expect([directory.people.has(stranger.id), await rows()]).to.deep.equal([true, []]);
  });

  it('are not completed when it has taken so long that another node has removed them', async () => {
    directory.afterWrite = async () => {
      directory.afterWrite = undefined;
      clock.advance(3 * MINUTE);
      expect(await sweep()).to.equal(1);
    };
    expect(await failureOf(() => create('slow'))).to.include({ code: 'temporarily_unavailable' });
    expect([directory.named('slow'), await rows()]).to.deep.equal([undefined, []]);
  });

  it('are made one at a time of one name', async () => {
    const answers = await Promise.allSettled(Array.from({ length: 5 }, () => create('same')));
    expect(answers.filter(({ status }) => status === 'fulfilled')).to.have.length(1);
    expect([...directory.people.values()].filter(({ username }) => username === 'same')).to.have.length(1);
    expect(await rows()).to.deep.equal([]);
  });

  it('are left alone when somebody else has made them in the store meanwhile', async () => {
    directory.beforeWrite = () => void directory.add('rival', PASSWORD);
    expect(await failureOf(() => create('rival'))).to.include({ status: 409, code: 'SUO-60006' });
    expect(directory.named('rival')).not.to.equal(undefined);
    expect(await rows()).to.deep.equal([]);
  });

  it('are not made within a unit of work, which the store is no part of', async () => {
    const database = server.server.container.get(DatabaseToken);
    expect((await failureOf(() => database.run(() => create('inside')))).message).to.contain('unit of work');
    expect(directory.named('inside')).to.equal(undefined);
  });
});
