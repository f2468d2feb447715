import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { idColumn, integerColumn, longTextColumn, textColumn, timeColumn } from '../columns.js';

/** Tables of the SQL state store. */
export class LivingState2026112100001 implements MigrationInterface {
  name = 'LivingState2026112100001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'living_state',
        columns: [
          idColumn('org_id', { isPrimary: true }),
          textColumn('kind', 32, { isPrimary: true }),
          textColumn('id', 128, { isPrimary: true }),
          longTextColumn('content'),
          timeColumn('expires_at'),
          integerColumn('version'),
        ],
        indices: [{ name: 'ix_living_state_expires_at', columnNames: ['expires_at'] }],
      }),
      true,
    );
    await runner.createTable(
      new Table({
        name: 'living_state_ref',
        columns: [
          idColumn('org_id', { isPrimary: true }),
          textColumn('kind', 32, { isPrimary: true }),
          textColumn('ref', 160, { isPrimary: true }),
          textColumn('id', 128, { isPrimary: true }),
          timeColumn('expires_at'),
        ],
        indices: [{ name: 'ix_living_state_ref_expires_at', columnNames: ['expires_at'] }],
      }),
      true,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('living_state_ref');
    await runner.dropTable('living_state');
  }
}
