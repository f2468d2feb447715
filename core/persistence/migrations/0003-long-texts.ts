import type { MigrationInterface, QueryRunner } from 'typeorm';
import { migrationSql } from '../migration-sql.js';

interface TextColumn {
  readonly tableName: string;
  readonly columnName: string;
  readonly nullable: 'YES' | 'NO';
}

const SHORT_TEXTS =
  'SELECT table_name AS tableName, column_name AS columnName, is_nullable AS nullable FROM information_schema.columns' +
  " WHERE table_schema = DATABASE() AND data_type = 'text'";

/** On MariaDB and MySQL: texts that were made when they ended after 64 KiB no longer do. */
export class LongTexts2026112100690 implements MigrationInterface {
  name = 'LongTexts2026112100690';

  async up(runner: QueryRunner): Promise<void> {
    const { options, entityMetadatas } = runner.connection;
    if (options.type !== 'mysql' && options.type !== 'mariadb') return;
    const own = new Set(entityMetadatas.map(({ tableName }) => tableName));
    const changes = new Map<string, string[]>();
    for (const column of await migrationSql(runner).all<TextColumn>(SHORT_TEXTS, [])) {
      const { tableName, columnName, nullable } = column;
      // Others may keep tables in the same database.
      if (!own.has(tableName)) continue;
      const change = `MODIFY ${quoted(columnName)} longtext ${nullable === 'YES' ? 'NULL' : 'NOT NULL'}`;
      changes.set(tableName, [...(changes.get(tableName) ?? []), change]);
    }
    for (const [table, parts] of changes) await runner.query(`ALTER TABLE ${quoted(table)} ${parts.join(', ')}`);
  }

  /** Nothing is made short again: what is there might not fit. */
  async down(): Promise<void> {}
}

const quoted = (name: string): string => `\`${name.replaceAll('`', '``')}\``;
