import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { idColumn, longTextColumn, textColumn, timeColumn } from '#core/persistence';

/** The audit log and the end of its chain. */
export class Audit2026112100020 implements MigrationInterface {
  name = 'Audit2026112100020';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'audit_record',
        columns: [
          idColumn('id', { isPrimary: true }),
          idColumn('org_id'),
          longTextColumn('record'),
          timeColumn('seq', { isNullable: true }),
          textColumn('hash', 64, { isNullable: true }),
          timeColumn('created_at'),
        ],
        indices: [
          { name: 'ux_audit_record_seq', columnNames: ['seq'], isUnique: true },
          { name: 'ix_audit_record_org', columnNames: ['org_id', 'created_at'] },
        ],
      }),
      true,
    );
    const chain = new Table({
      name: 'audit_chain',
      columns: [idColumn('id', { isPrimary: true }), timeColumn('seq'), textColumn('hash', 64)],
    });
    await runner.createTable(chain, true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('audit_chain');
    await runner.dropTable('audit_record');
  }
}
