import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { idColumn, textColumn } from '#core/persistence';

const inbound = new Table({
  name: 'scim_inbound',
  columns: [idColumn('org_id', { isPrimary: true }), textColumn('domain', 64)],
});

/** The user store of what comes by SCIM without naming one. */
export class InboundScim2026112100600 implements MigrationInterface {
  name = 'InboundScim2026112100600';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(inbound, true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(inbound);
  }
}
