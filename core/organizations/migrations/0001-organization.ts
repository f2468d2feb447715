import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { idColumn, textColumn, timeColumn } from '#core/persistence';

/** Tenants and organizations. */
export class Organization2026112100030 implements MigrationInterface {
  name = 'Organization2026112100030';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'organization',
        columns: [
          idColumn('id', { isPrimary: true }),
          textColumn('handle', 255),
          textColumn('name', 255),
          idColumn('parent_id', { isNullable: true }),
          idColumn('root_id'),
          textColumn('status', 16),
          idColumn('owner_id', { isNullable: true }),
          textColumn('owner_name', 255, { isNullable: true }),
          timeColumn('created_at'),
        ],
        indices: [
          { name: 'ux_organization_handle', columnNames: ['handle'], isUnique: true },
          { name: 'ix_organization_parent', columnNames: ['parent_id'] },
        ],
      }),
      true,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('organization');
  }
}
