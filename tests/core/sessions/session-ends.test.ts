import { expect } from 'chai';
import { AuditLogToken } from '#core/audit';
import { EventBusToken } from '#core/kernel';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { DatabaseToken } from '#core/persistence';
import { type Session, type SessionService, SessionServiceToken, SessionTerminated } from '#core/sessions';
import { StateSweeperToken } from '../../../core/persistence/state/state-sweeper.js';
import { eventually } from '../../support/eventually.js';
import { heldClock } from '../../support/held-clock.js';
import { servicesOf } from '../../support/services.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const ORG = SUPER_ORGANIZATION.id;
const CONFIGS = '/api/server/v1/configs';
const [MINUTE, DAY] = [60_000, 86_400_000];

/** Where living state is kept, and what the tables are in. */
const kinds = [
  { name: 'sqlite' },
  { name: 'redis', stateStore: 'redis' },
  { name: 'mariadb', database: 'mariadb' },
  { name: 'postgres', database: 'postgres' },
] as const;

for (const { name: kind, ...where } of kinds) {
  describe(`the end of sessions (${kind})`, function () {
    this.timeout(30_000);
    const clock = heldClock();
    let server: TestServer;
    let sessions: SessionService;
    const ended: Session[] = [];
    before(async function (this: Mocha.Context) {
      servicesOf(kind).call(this);
      // Redis has a time of its own, and this file may have been loaded long ago.
      clock.set(Date.now());
      const toml = '[state_store]\ncleanup_interval = "1h"\n[outbox]\npoll_interval = "20ms"';
      server = await startTestServer({ clock, toml, ...where });
      sessions = server.server.container.get(SessionServiceToken);
      server.server.container.get(EventBusToken).subscribe(SessionTerminated, (session) => void ended.push(session));
    });
    beforeEach(() => {
      ended.length = 0;
    });
    after(() => server?.stop());

    let count = 0;
    const begin = (more: { remembered?: boolean; replaces?: string; userId?: string; applicationId?: string } = {}) =>
      sessions.begin(ORG, {
        ...{ userId: `u${++count}`, applicationId: 'app', remembered: false, replaces: undefined, ...more },
        ...{ passed: [], userAgent: '', ip: '192.0.2.1' },
      });
    const sweep = () => server.server.container.get(StateSweeperToken).sweep();
    const endedIds = () => ended.map(({ id }) => id);
    const patch = async (name: string, value?: string) => {
      const operation = value === undefined ? { operation: 'REMOVE' } : { operation: 'REPLACE', value };
      expect((await server.api('PATCH', CONFIGS, [{ ...operation, path: `/${name}` }])).status).to.equal(200);
    };

    it('comes when their idle time is over, once, and stands in the audit log as the work of the system', async () => {
      const { session, secret } = await begin();
      await sessions.use(ORG, secret, 'second');
      clock.advance(15 * MINUTE - 1);
      await sweep();
      expect(ended).to.deep.equal([]);
      clock.advance(1);
      await sweep();
      await sweep();
      expect(ended.map(({ id, applications }) => ({ id, applications }))).to.deep.equal([
        { id: session.id, applications: ['app', 'second'] },
      ]);
      const records = await server.server.container.get(AuditLogToken).list(ORG, 20);
      expect(records.filter(({ targetId }) => targetId === session.id)).to.have.length(1);
      expect(records.find(({ targetId }) => targetId === session.id)).to.deep.include({
        ...{ action: 'TerminateSession', initiatorId: 'System', initiatorType: 'System', targetType: 'Session' },
        data: { userId: session.userId, reason: 'timeout' },
      });
    });

    it('does not come for one that was used meanwhile', async () => {
      const [used, idle] = [await begin(), await begin()];
      clock.advance(10 * MINUTE);
      await sessions.use(ORG, used.secret, 'app');
      clock.advance(10 * MINUTE);
      await sweep();
      expect(endedIds()).to.deep.equal([idle.session.id]);
      expect(await sessions.find(ORG, used.secret)).not.to.equal(undefined);
      expect(await sessions.isAlive(ORG, used.session.id)).to.equal(true);
    });

    it('comes later for remembered ones', async () => {
      const { session } = await begin({ remembered: true });
      clock.advance(14 * DAY - 1);
      await sweep();
      expect(endedIds()).not.to.include(session.id);
      clock.advance(1);
      await sweep();
      expect(endedIds()).to.include(session.id);
    });

    it('comes once for those that have ended before', async () => {
      const { session, secret } = await begin();
      await sessions.terminate(ORG, secret);
      clock.advance(15 * MINUTE);
      await sweep();
      expect(endedIds()).to.deep.equal([session.id]);
    });

    it('comes for one whose browser has signed in anew after its time, and not for the new one', async () => {
      const before = await begin({ userId: 'again' });
      clock.advance(15 * MINUTE);
      const after = await begin({ userId: 'again', replaces: before.secret });
      expect(after.session.id).not.to.equal(before.session.id);
      await sweep();
      expect(endedIds()).to.deep.equal([before.session.id]);
      expect(await sessions.find(ORG, after.secret)).not.to.equal(undefined);
    });

    it('follows what the organization has changed since, in both directions', async () => {
      try {
        const shorter = await begin();
        clock.advance(6 * MINUTE);
        await patch('idleSessionTimeoutPeriod', '5');
        await eventually('the shorter time', async () => {
          await sweep();
          return endedIds().includes(shorter.session.id);
        });
        const longer = await begin();
        await patch('idleSessionTimeoutPeriod', '60');
        await eventually('the longer time', async () => {
          const found = await server.server.container.get(DatabaseToken).sql.all('SELECT id FROM outbox_message', []);
          return found.length === 0;
        });
        clock.advance(59 * MINUTE);
        await sweep();
        expect(endedIds()).not.to.include(longer.session.id);
        expect(await sessions.find(ORG, longer.secret)).not.to.equal(undefined);
        clock.advance(MINUTE);
        await sweep();
        expect(endedIds()).to.include(longer.session.id);
      } finally {
        await patch('idleSessionTimeoutPeriod');
      }
    });

    it('is told once when several end a session at once', async () => {
      const { session, secret } = await begin();
      const ends = [1, 2, 3].flatMap(() => [
        sessions.terminate(ORG, secret),
        sessions.terminateById(ORG, session.id),
        sessions.terminateAllOf(ORG, session.userId),
      ]);
      await Promise.all(ends);
      expect(endedIds()).to.deep.equal([session.id]);
      expect(await sessions.isAlive(ORG, session.id)).to.equal(false);
    });

    it('is not undone by a sign-in of the same browser at the same moment', async () => {
      for (let round = 0; round < 10; round++) {
        const before = await begin({ userId: `both${round}` });
        const beginning = () => begin({ userId: `both${round}`, replaces: before.secret });
        const ending = () => sessions.terminate(ORG, before.secret);
        const [after] =
          round % 2 === 0
            ? await Promise.all([beginning(), ending()])
            : await Promise.all([ending(), beginning()]).then(([, begun]) => [begun] as const);
        expect(
          endedIds().filter((id) => id === before.session.id),
          `round ${round}`,
        ).to.have.length(1);
        expect(await sessions.isAlive(ORG, before.session.id), 'what was ended stays so').to.equal(false);
        expect((await sessions.find(ORG, after.secret))?.id).not.to.equal(before.session.id);
        expect(await sessions.find(ORG, before.secret)).to.equal(undefined);
      }
    });

    it('leaves no second session with the same id behind when a browser signs in twice at once', async () => {
      const before = await begin({ userId: 'twice' });
      await sessions.use(ORG, before.secret, 'joined');
      const both = ['one', 'two'].map((applicationId) =>
        begin({ userId: 'twice', applicationId, replaces: before.secret }),
      );
      await Promise.all(both);
      const found = await sessions.listOf(ORG, 'twice');
      expect(found.map(({ id }) => id)).to.deep.equal([before.session.id]);
      expect(found[0]?.applications.toSorted()).to.deep.equal(['app', 'joined', 'one', 'two']);
      expect(ended).to.deep.equal([]);
    });

    it('cannot be put off by use once the organization has made it so', async () => {
      try {
        const { secret } = await begin();
        clock.advance(6 * MINUTE);
        await patch('idleSessionTimeoutPeriod', '5');
        expect(await sessions.use(ORG, secret, 'late')).to.equal(undefined);
        expect(await sessions.find(ORG, secret)).to.equal(undefined);
      } finally {
        await patch('idleSessionTimeoutPeriod');
      }
    });
  });
}

for (const kind of ['mariadb', 'postgres', 'redis'] as const) {
  describe(`the end of sessions on two nodes (${kind})`, function () {
    this.timeout(60_000);
    const clock = heldClock();
    let nodes: TestServer[] = [];
    before(async function (this: Mocha.Context) {
      servicesOf(kind).call(this);
      if (kind === 'redis') servicesOf('postgres').call(this);
      clock.set(Date.now());
      const options = {
        ...{ clock, toml: '[state_store]\ncleanup_interval = "30ms"' },
        ...(kind === 'redis' ? ({ database: 'postgres', stateStore: kind } as const) : { database: kind }),
      };
      nodes = [await startTestServer(options)];
      nodes.push(await startTestServer({ ...options, beside: nodes[0] as TestServer }));
    });
    after(async () => {
      for (const node of nodes.toReversed()) await node.stop();
    });

    it('comes by itself, exactly once for each', async () => {
      const ended: string[] = [];
      for (const { server } of nodes)
        server.container.get(EventBusToken).subscribe(SessionTerminated, ({ id }) => void ended.push(id));
      const begun: string[] = [];
      for (let index = 0; index < 30; index++) {
        const { container } = (nodes[index % 2] as TestServer).server;
        const input = {
          userId: `u${index}`,
          applicationId: 'app',
          passed: [],
          remembered: false,
          userAgent: '',
          ip: '',
        };
        begun.push((await container.get(SessionServiceToken).begin(ORG, input)).session.id);
      }
      expect(ended).to.deep.equal([]);
      clock.advance(15 * MINUTE);
      await eventually('all have ended', () => ended.length >= begun.length, 10_000);
      for (const { server } of nodes) await server.container.get(StateSweeperToken).sweep();
      expect(ended.toSorted()).to.deep.equal(begun.toSorted());
      const records = await (nodes[0] as TestServer).server.container.get(AuditLogToken).list(ORG, 200);
      expect(records.filter(({ action }) => action === 'TerminateSession')).to.have.length(begun.length);
    });
  });
}
