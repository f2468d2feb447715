import { type Soon, whenThere } from '#core/kernel';
import type { Dialect } from '../data-source.js';
import type { SqlExecutor } from '../sql-executor.js';

/** The statements of the SQL state store in one dialect. */
export interface StateStatements {
  readonly get: string;
  /** Writes as many entries, no key twice. */
  upsert(count: number): string;
  readonly insertIfAbsent: string;
  readonly swap: string;
  readonly remove: string;
  readonly removeExpired: string;
  /** Touches one live entry, so that it is locked until the end of the transaction. */
  readonly hold: string;
  /** Writes one live entry, and nothing when there is none. */
  readonly replace: string;
  readonly countUp: string;
  readonly findByRef: string;
  /** The next entries of a kind behind an id. */
  readonly scan: string;
  /** Writes as many references, none twice. */
  upsertRefs(count: number): string;
  /** Expired entries of a kind. */
  readonly expired: string;
  /** Deletes expired entries, except those of so many kinds, which have to be expired for longer. */
  purge(kinds: number): string;
  readonly purgeRefs: string;
  /** Deletes one live entry and returns what it held. */
  take(executor: SqlExecutor, parameters: readonly unknown[]): Soon<string | undefined>;
}

/** Numbers of rows whose statement is kept. */
const COUNTED = 32;

/** A statement for each number of rows, put together once: the text is long, and written with at every turn. */
function counted(make: (count: number) => string): (count: number) => string {
  const made = Array.from({ length: COUNTED }, (_, count) => make(count));
  return (count) => made[count] ?? make(count);
}

const key = 'org_id = ? AND kind = ? AND id = ?';
const rows = (row: string, count: number) => Array.from({ length: count }, () => row).join(', ');
const entries = (count: number) =>
  `(org_id, kind, id, content, expires_at, version) VALUES ${rows('(?, ?, ?, ?, ?, 1)', count)}`;
const references = (count: number) => `(org_id, kind, ref, id, expires_at) VALUES ${rows('(?, ?, ?, ?, ?)', count)}`;
const columns = entries(1);

const common = {
  get: `SELECT content, version FROM living_state WHERE ${key} AND expires_at > ?`,
  swap: `UPDATE living_state SET content = ?, expires_at = ?, version = version + 1 WHERE ${key} AND version = ?`,
  remove: `DELETE FROM living_state WHERE ${key}`,
  removeExpired: `DELETE FROM living_state WHERE ${key} AND expires_at <= ?`,
  hold: `UPDATE living_state SET version = version + 1 WHERE ${key} AND expires_at > ?`,
  replace: `UPDATE living_state SET content = ?, expires_at = ?, version = version + 1 WHERE ${key} AND expires_at > ?`,
  countUp: `UPDATE living_state SET version = version + 1 WHERE ${key}`,
  scan:
    'SELECT id, content FROM living_state WHERE org_id = ? AND kind = ? AND id > ? AND expires_at > ?' +
    ' ORDER BY id LIMIT ?',
  expired:
    'SELECT org_id, id, content FROM living_state WHERE kind = ? AND expires_at <= ?' +
    ' ORDER BY expires_at LIMIT ? OFFSET ?',
  findByRef:
    'SELECT s.id AS id, s.content AS content FROM living_state_ref r JOIN living_state s' +
    ' ON s.org_id = r.org_id AND s.kind = r.kind AND s.id = r.id WHERE r.org_id = ? AND r.kind = ? AND r.ref = ? AND s.expires_at > ?',
};

/** Which entries have expired, and are not kept for their end (any more). */
const purgeable = (kinds: number) =>
  kinds === 0 ? 'expires_at <= ?' : `expires_at <= ? AND (kind NOT IN (${rows('?', kinds)}) OR expires_at <= ?)`;

const returning = `DELETE FROM living_state WHERE ${key} AND expires_at > ? RETURNING content`;
const conflict =
  'ON CONFLICT (org_id, kind, id) DO UPDATE SET content = excluded.content, expires_at = excluded.expires_at, version = living_state.version + 1';
const refConflict = 'ON CONFLICT (org_id, kind, ref, id) DO UPDATE SET expires_at = excluded.expires_at';

function takeReturning(executor: SqlExecutor, parameters: readonly unknown[]): Soon<string | undefined> {
  return whenThere(executor.one<{ content: string }>(returning, parameters), (row) => row?.content);
}

const statements: Record<Dialect, StateStatements> = {
  sqlite: {
    ...common,
    upsert: counted((count) => `INSERT INTO living_state ${entries(count)} ${conflict}`),
    insertIfAbsent: `INSERT OR IGNORE INTO living_state ${columns}`,
    upsertRefs: counted((count) => `INSERT INTO living_state_ref ${references(count)} ${refConflict}`),
    purge: (kinds) =>
      `DELETE FROM living_state WHERE rowid IN (SELECT rowid FROM living_state WHERE ${purgeable(kinds)} LIMIT ?)`,
    purgeRefs:
      'DELETE FROM living_state_ref WHERE rowid IN (SELECT rowid FROM living_state_ref WHERE expires_at <= ? LIMIT ?)',
    take: takeReturning,
  },
  postgres: {
    ...common,
    upsert: counted((count) => `INSERT INTO living_state ${entries(count)} ${conflict}`),
    insertIfAbsent: `INSERT INTO living_state ${columns} ON CONFLICT DO NOTHING RETURNING 1`,
    upsertRefs: counted((count) => `INSERT INTO living_state_ref ${references(count)} ${refConflict}`),
    purge: (kinds) =>
      `DELETE FROM living_state WHERE ctid = ANY (ARRAY(SELECT ctid FROM living_state WHERE ${purgeable(kinds)} LIMIT ?))`,
    purgeRefs:
      'DELETE FROM living_state_ref WHERE ctid = ANY (ARRAY(SELECT ctid FROM living_state_ref WHERE expires_at <= ? LIMIT ?))',
    take: takeReturning,
  },
  mysql: {
    ...common,
    upsert: counted(
      (count) =>
        `INSERT INTO living_state ${entries(count)} ON DUPLICATE KEY UPDATE content = VALUES(content), expires_at = VALUES(expires_at), version = version + 1`,
    ),
    insertIfAbsent: `INSERT IGNORE INTO living_state ${columns}`,
    upsertRefs: counted(
      (count) =>
        `INSERT INTO living_state_ref ${references(count)} ON DUPLICATE KEY UPDATE expires_at = VALUES(expires_at)`,
    ),
    purge: (kinds) => `DELETE FROM living_state WHERE ${purgeable(kinds)} LIMIT ?`,
    purgeRefs: 'DELETE FROM living_state_ref WHERE expires_at <= ? LIMIT ?',
    async take(executor, parameters) {
      const row = await executor.one<{ content: string }>(`${common.get} FOR UPDATE`, parameters);
      if (row) await executor.run(common.remove, parameters.slice(0, 3));
      return row?.content;
    },
  },
};

/** The statements for a dialect. */
export const statementsFor = (dialect: Dialect): StateStatements => statements[dialect];
