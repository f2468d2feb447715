import { appendFile, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { inject, injectable } from 'tsyringe';
import { MoreThan } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { type SecretBox, SecretBoxToken } from '#core/crypto';
import { type Clock, ClockToken, currentRequest, type Logger, LoggerToken, reasonOf, token } from '#core/kernel';
import { type Database, DatabaseToken } from '#core/persistence';
import { AuditChainEntity, AuditRecordEntity } from './audit-record.entity.js';

/** Injection token of the audit log. */
export const AuditLogToken = token<AuditLog>('audit.log');
/** Injection token of the path of the file that gets a copy of each record. */
export const AuditFileToken = token<string>('audit.file');

/** Something security-relevant that was done or refused. Names as in the published audit log. */
export interface AuditEvent {
  readonly orgId: string;
  /** `create-application`, `Login`, ... */
  readonly action: string;
  /** Who did it; whoever the request was authenticated as when absent. */
  readonly initiatorId?: string | undefined;
  readonly initiatorType?: 'User' | 'System' | 'Application';
  readonly targetId: string;
  readonly targetType: string;
  /** Details without secrets; names of people go through {@link masked}. */
  readonly data?: Readonly<Record<string, unknown>>;
}

/** What `verify` found. */
export interface ChainReport {
  readonly checked: number;
  /** First record that is not as it was written, or undefined when all are. */
  readonly brokenAt?: { readonly seq: number; readonly id: string; readonly why: string };
}

const CHAIN_ID = 'audit';
const START = '0'.repeat(64);
const CHUNK = 500;
const LINK_DELAY_MS = 200;

// Plain SQL: each sign-in writes a record and links it.
const INSERT = 'INSERT INTO audit_record (id, org_id, record, seq, hash, created_at) VALUES (?, ?, ?, NULL, NULL, ?)';
const SELECT_END = 'SELECT seq, hash FROM audit_chain WHERE id = ?';
const INSERT_END = 'INSERT INTO audit_chain (id, seq, hash) VALUES (?, 0, ?)';
const SELECT_UNLINKED = 'SELECT id, record FROM audit_record WHERE seq IS NULL ORDER BY created_at, id LIMIT ?';
const LINK = 'UPDATE audit_record SET seq = ?, hash = ? WHERE id = ?';
const MOVE_END = 'UPDATE audit_chain SET seq = ?, hash = ? WHERE id = ?';

/** Keeps the first and the last character: `a*****a`. */
export function masked(value: string): string {
  return value.length <= 2 ? '*****' : `${value[0]}*****${value.at(-1)}`;
}

/**
 * The audit log. A record is written in the unit of work of what it tells about, then linked into a chain of keyed
 * hashes, so that a record that is changed, removed or put in later is found by `gatehouse audit verify`.
 */
@injectable()
export class AuditLog {
  #linking: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    @inject(DatabaseToken) private readonly database: Database,
    @inject(SecretBoxToken) private readonly box: SecretBox,
    @inject(ClockToken) private readonly clock: Clock,
    @inject(LoggerToken) private readonly logger: Logger,
    @inject(AuditFileToken) private readonly file: string,
  ) {}

  /** Writes a record; in the unit of work in progress when there is one. */
  async record(event: AuditEvent): Promise<void> {
    const request = currentRequest();
    const createdAt = this.clock.now();
    const id = uuid();
    const record = JSON.stringify({
      id,
      recordedAt: new Date(createdAt).toISOString(),
      requestId: request?.correlationId ?? id,
      initiatorId: event.initiatorId ?? request?.initiatorId ?? 'System',
      initiatorType: event.initiatorType ?? (event.initiatorId || request?.initiatorId ? 'User' : 'System'),
      targetId: event.targetId,
      targetType: event.targetType,
      action: event.action,
      data: event.data ?? {},
      ...(request?.ip ? { remoteAddress: request.ip } : {}),
    });
    await this.database.run(async () => {
      await this.database.sql.run(INSERT, [id, event.orgId, record, createdAt]);
      await this.database.afterCommit(() => this.#link());
    });
  }

  /** Newest records of an organization. */
  async list(orgId: string, limit: number): Promise<Record<string, unknown>[]> {
    const rows = await this.database.manager.find(AuditRecordEntity, {
      where: { orgId },
      order: { createdAt: 'DESC', id: 'DESC' },
      take: limit,
    });
    return rows.map((row) => JSON.parse(row.record) as Record<string, unknown>);
  }

  /** Links what a crash left unlinked. */
  start(): void {
    this.#link();
  }

  /** Waits until everything is linked. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#linkNow();
  }

  /** Links what is not linked yet, then recomputes the whole chain. */
  async verify(): Promise<ChainReport> {
    await this.#linkNow();
    let hash = START;
    let seq = 0;
    for (;;) {
      // Read before the records: what it counts must be among them, even while others go on linking.
      const end = await this.database.manager.findOneBy(AuditChainEntity, { id: CHAIN_ID });
      const rows = await this.database.manager.find(AuditRecordEntity, {
        where: { seq: MoreThan(seq) },
        order: { seq: 'ASC' },
        take: CHUNK,
      });
      if (rows.length === 0) return wholeChain(seq, hash, end);
      for (const row of rows) {
        const why = row.seq !== seq + 1 ? `record ${seq + 1} is missing` : 'the record is not as it was written';
        hash = this.#hash(hash, row.record);
        if (row.seq !== seq + 1 || row.hash !== hash)
          return { checked: seq, brokenAt: { seq: row.seq as number, id: row.id, why } };
        seq++;
      }
    }
  }

  #hash(previous: string, record: string): string {
    return this.box.mac('audit-chain', `${previous}\n${record}`);
  }

  /** Many records that come close together are linked in one go. */
  #link(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#linkNow();
    }, LINK_DELAY_MS);
  }

  #linkNow(): Promise<void> {
    const before = this.#linking;
    this.#linking = before
      .then(() => this.#linkAll())
      .catch((error: unknown) => this.logger.error({ err: reasonOf(error) }, 'audit records could not be linked yet'));
    return this.#linking;
  }

  async #linkAll(): Promise<void> {
    for (;;) {
      const lines = await this.database.run(() => this.#linkChunk());
      if (lines.length > 0) await this.#copy(lines);
      if (lines.length < CHUNK) return;
    }
  }

  async #linkChunk(): Promise<string[]> {
    const { sql, dialect } = this.database;
    const end = await sql.one<{ seq: number | string; hash: string }>(
      dialect === 'sqlite' ? SELECT_END : `${SELECT_END} FOR UPDATE`,
      [CHAIN_ID],
    );
    if (!end) await sql.run(INSERT_END, [CHAIN_ID, START]);
    const rows = await sql.all<{ id: string; record: string }>(SELECT_UNLINKED, [CHUNK]);
    let seq = Number(end?.seq ?? 0);
    let hash = end?.hash ?? START;
    for (const row of rows) {
      seq++;
      hash = this.#hash(hash, row.record);
      await sql.run(LINK, [seq, hash, row.id]);
    }
    if (rows.length > 0) await sql.run(MOVE_END, [seq, hash, CHAIN_ID]);
    return rows.map((row) => `${row.record}\n`);
  }

  async #copy(lines: readonly string[]): Promise<void> {
    await mkdir(dirname(this.file), { recursive: true });
    await appendFile(this.file, lines.join(''));
  }
}

/** The report on a chain whose records are all as they were written, given what its end says. */
function wholeChain(seq: number, hash: string, end: AuditChainEntity | null): ChainReport {
  const missing = (end?.seq ?? 0) - seq;
  if (missing === 0 && (!end || end.hash === hash)) return { checked: seq };
  const why =
    missing > 0 ? `the newest ${missing} records are missing` : 'the end of the chain is not as it was written';
  return { checked: seq, brokenAt: { seq: seq + 1, id: '', why } };
}
