import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { createLogger } from '#core/kernel';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { DatabaseToken } from '#core/persistence';
import { claimUri, UserDirectoryToken, type UserFilter, UserGroupsToken, UserServiceToken } from '#core/users';
import { Server } from '../../../core/server.js';
import { COUNT_BY_MARKS } from '../../../plugins/user-stores/sql/search/name-marks.js';
import { startService } from '../../services/index.mjs';
import type { ScaleDatabase } from './databases.js';
import { fillUsers, mailOf, nameOf } from './fill.js';

/** Times of one number of users on one database, milliseconds by row: medians of the clock, means of this process's CPU. */
export interface ScaleResult {
  readonly database: ScaleDatabase;
  readonly users: number;
  /** Seconds in which the users were made. */
  readonly filled: number;
  readonly rows: Readonly<Record<string, ScaleTimes>>;
}

/** How long one operation takes. */
export interface ScaleTimes {
  readonly clock: number;
  /** CPU time of the process, and so of SQLite, which is part of it; other databases have theirs. */
  readonly cpu: number;
}

const ORG = SUPER_ORGANIZATION.id;
const CLAIMS = ['emailaddress', 'givenname', 'country', 'created', 'identity/accountLocked'].map(claimUri);
const groups = { some: '00000000-0000-4000-8000-0000000000a1', none: '00000000-0000-4000-8000-0000000000a2' };

const is = (uri: string, value: string): UserFilter => ({
  op: 'compare',
  subject: { of: 'claim', uri },
  comparison: 'eq',
  value,
});

/** Measures one number of users on one database: a server of its own, filled by SQL. */
export async function measureScale(database: ScaleDatabase, users: number, milliseconds: number): Promise<ScaleResult> {
  const service = database === 'sqlite' ? undefined : await startService(database, { durable: true });
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-scale-'));
  try {
    const config = join(folder, 'deployment.toml');
    const type = database === 'postgres' ? 'postgresql' : database;
    const place = service ? `[database.identity_db]\ntype = "${type}"\nurl = "${service.url}"\n` : '';
    writeFileSync(
      config,
      `[transport.https]\nenabled = false\n[transport.http]\nenabled = true\nproperties.port = 0\n${place}`,
    );
    const server = await Server.start({ config, data: join(folder, 'data'), logger: createLogger('error') });
    try {
      const begun = performance.now();
      await fill(server, users);
      const filled = (performance.now() - begun) / 1000;
      return { database, users, filled, rows: await measureRows(server, users, milliseconds) };
    } finally {
      await server.stop();
    }
  } finally {
    await service?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fill(server: Server, users: number): Promise<void> {
  const database = server.container.get(DatabaseToken);
  // With random ids each insert touches another page of the indices, so for once SQLite gets memory for all of them.
  const cache = (kilobytes: number) =>
    database.dialect === 'sqlite'
      ? database.run(async () => database.sql.all(`PRAGMA cache_size = -${kilobytes}`, []))
      : undefined;
  await cache(1_000_000);
  await fillUsers(database, { orgId: ORG, users, groups });
  await cache(2000);
  await database.run(async () => {
    await database.sql.run('DELETE FROM um_user_mark', []);
    await database.sql.run(COUNT_BY_MARKS, []);
  });
  // What the servers do by themselves after a while.
  if (database.dialect === 'postgres') await database.manager.query('ANALYZE');
  if (database.dialect === 'mysql')
    for (const table of ['um_user', 'um_user_attribute', 'identity_data', 'um_group_member'])
      await database.manager.query(`ANALYZE TABLE ${table}`);
}

/** Each row is done again and again, each time with another user, for the same time. */
async function measureRows(server: Server, users: number, milliseconds: number): Promise<Record<string, ScaleTimes>> {
  const rows: Record<string, ScaleTimes> = {};
  for (const [title, work] of Object.entries(await operations(server, users))) {
    const times: number[] = [];
    let used = process.cpuUsage();
    const end = performance.now() + milliseconds;
    for (let count = 0; count < 20 || (performance.now() < end && count < 5000); count++) {
      const begun = performance.now();
      await work(count);
      // The first ones find nothing in any cache.
      if (count >= 10) times.push(performance.now() - begun);
      else used = process.cpuUsage();
    }
    const { user, system } = process.cpuUsage(used);
    rows[title] = { clock: median(times), cpu: (user + system) / 1000 / times.length };
  }
  return rows;
}

async function operations(server: Server, users: number): Promise<Record<string, (count: number) => Promise<unknown>>> {
  const { container } = server;
  const [directory, service] = [container.get(UserDirectoryToken), container.get(UserServiceToken)];
  const membership = container.get(UserGroupsToken);
  const search = (filter: UserFilter | undefined, offset = 0) =>
    directory.search(ORG, { filter, offset, limit: 50, claims: CLAIMS });
  // A prime, so that all users have their turn in an order that no cache foresees.
  const some = (count: number) => (count * 7919 + 13) % users;
  const members = (await search(undefined, Math.floor(users / 3))).users.map(({ user }) => user);
  const member = (count: number) => members[count % members.length] as (typeof members)[number];
  const must = (isRight: boolean, what: string) => {
    if (!isRight) throw new Error(`the answer is not right: ${what}`);
  };
  return {
    'list, first page of 50': async () => must((await search(undefined)).users.length === 50, 'first page'),
    'list, page of 50 in the middle': async (count) =>
      must((await search(undefined, Math.floor(users / 2) + count)).users.length === 50, 'middle page'),
    'filter, address eq': async (count) =>
      must((await search(is(claimUri('emailaddress'), mailOf(some(count))))).total === 1, 'address'),
    'filter, user name sw, 100 fit': async (count) => {
      const value = nameOf(some(count)).slice(0, -2);
      const subject = { of: 'username' } as const;
      must((await search({ op: 'compare', subject, comparison: 'sw', value })).total === 100, 'beginning');
    },
    'get, by id': async (count) => must((await directory.get(ORG, member(count).id, CLAIMS)) !== undefined, 'get'),
    'find, by user name': async (count) =>
      must((await service.findByUsername(ORG, nameOf(some(count)))) !== undefined, 'name'),
    'create, with three claims': (count) =>
      service.create(ORG, {
        username: `made-${some(count)}-${count}`,
        claims: {
          [claimUri('emailaddress')]: [`made${count}@example.com`],
          [claimUri('givenname')]: ['Made'],
          [claimUri('country')]: ['de'],
        },
      }),
    'group, member joins or leaves': (count) =>
      count % 2 === 0 ? membership.join(member(count), groups.none) : membership.leave(member(count - 1), groups.none),
    'filter, country eq, half of all fit': async () =>
      must((await search(is(claimUri('country'), 'de'))).total >= users / 2, 'country'),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
