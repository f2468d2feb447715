import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { idColumn, longTextColumn, textColumn, timeColumn } from '#core/persistence';

/** Identity providers. */
export class IdentityProvider2026112100065 implements MigrationInterface {
  name = 'IdentityProvider2026112100065';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'identity_provider',
        columns: [
          idColumn('id', { isPrimary: true }),
          idColumn('org_id'),
          textColumn('name', 191),
          textColumn('name_key', 191),
          textColumn('issuer', 1024, { isNullable: true }),
          textColumn('issuer_key', 64, { isNullable: true }),
          textColumn('status', 16),
          textColumn('kind', 32),
          longTextColumn('settings'),
          timeColumn('created_at'),
          timeColumn('modified_at'),
        ],
        indices: [
          { name: 'ux_identity_provider_name', columnNames: ['org_id', 'name_key'], isUnique: true },
          { name: 'ux_identity_provider_issuer', columnNames: ['org_id', 'issuer_key'], isUnique: true },
        ],
      }),
      true,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('identity_provider');
  }
}
