import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { idColumn, longTextColumn, textColumn, timeColumn } from '#core/persistence';

/** Applications. */
export class Application2026112100060 implements MigrationInterface {
  name = 'Application2026112100060';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'application',
        columns: [
          idColumn('id', { isPrimary: true }),
          idColumn('org_id'),
          textColumn('name', 191),
          textColumn('name_key', 191),
          longTextColumn('settings'),
          timeColumn('created_at'),
          timeColumn('modified_at'),
        ],
        indices: [{ name: 'ux_application_name', columnNames: ['org_id', 'name_key'], isUnique: true }],
      }),
      true,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('application');
  }
}
