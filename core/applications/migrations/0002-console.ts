import type { MigrationInterface, QueryRunner } from 'typeorm';
import { consoleIdOf } from '#core/access';
import { migrationSql, type SqlExecutor } from '#core/persistence';
import { CONSOLE_NAME, consoleSettings } from '../console-application.js';

const KEY = CONSOLE_NAME.toLowerCase();

/** Gives organizations from before their console. */
export class Console2026112100611 implements MigrationInterface {
  name = 'Console2026112100611';

  async up(runner: QueryRunner): Promise<void> {
    const sql = migrationSql(runner);
    for (const { id: orgId } of await sql.all<{ readonly id: string }>('SELECT id FROM organization', [])) {
      await clearName(sql, orgId);
      const now = Date.now();
      const row = [consoleIdOf(orgId), orgId, CONSOLE_NAME, KEY, JSON.stringify(consoleSettings()), now, now];
      await sql.run(
        'INSERT INTO application (id, org_id, name, name_key, settings, created_at, modified_at)' +
          ' VALUES (?, ?, ?, ?, ?, ?, ?)',
        row,
      );
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    const sql = migrationSql(runner);
    for (const { id: orgId } of await sql.all<{ readonly id: string }>('SELECT id FROM organization', []))
      await sql.run('DELETE FROM application WHERE org_id = ? AND id = ?', [orgId, consoleIdOf(orgId)]);
  }
}

/** Another application of the name is renamed: a registration could have it before. */
async function clearName(sql: SqlExecutor, orgId: string): Promise<void> {
  const ofName = (key: string) =>
    sql.one<{ readonly id: string }>('SELECT id FROM application WHERE org_id = ? AND name_key = ?', [orgId, key]);
  const other = await ofName(KEY);
  if (!other) return;
  let count = 2;
  while (await ofName(`${KEY} ${count}`)) count++;
  const names = [`${CONSOLE_NAME} ${count}`, `${KEY} ${count}`];
  await sql.run('UPDATE application SET name = ?, name_key = ? WHERE org_id = ? AND id = ?', [
    ...names,
    orgId,
    other.id,
  ]);
}
