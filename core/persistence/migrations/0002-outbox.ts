import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { idColumn, integerColumn, longTextColumn, textColumn, timeColumn } from '../columns.js';

/** Tables of the outbox and of cache invalidation. */
export class Outbox2026112100002 implements MigrationInterface {
  name = 'Outbox2026112100002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'outbox_message',
        columns: [
          idColumn('id', { isPrimary: true }),
          idColumn('org_id'),
          textColumn('topic', 64),
          longTextColumn('payload'),
          textColumn('status', 16),
          integerColumn('attempts'),
          timeColumn('next_at'),
          longTextColumn('last_error', { isNullable: true }),
          timeColumn('created_at'),
        ],
        indices: [{ name: 'ix_outbox_message_due', columnNames: ['status', 'next_at'] }],
      }),
      true,
    );
    await runner.createTable(
      new Table({
        name: 'config_version',
        columns: [textColumn('kind', 64, { isPrimary: true }), integerColumn('version')],
      }),
      true,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('config_version');
    await runner.dropTable('outbox_message');
  }
}
