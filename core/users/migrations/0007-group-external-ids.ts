import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { idColumn, textColumn } from '#core/persistence';

const names = new Table({
  name: 'group_external_id',
  columns: [
    idColumn('org_id', { isPrimary: true }),
    textColumn('group_id', 191, { isPrimary: true }),
    textColumn('external_id', 191),
  ],
  indices: [{ name: 'ix_group_external_id', columnNames: ['org_id', 'external_id'] }],
});

/** What clients call groups. */
export class GroupExternalIds2026112100602 implements MigrationInterface {
  name = 'GroupExternalIds2026112100602';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(names, true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(names);
  }
}
