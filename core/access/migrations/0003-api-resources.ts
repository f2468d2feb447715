import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { idColumn, integerColumn, longTextColumn, textColumn } from '#core/persistence';

const resources = new Table({
  name: 'access_api_resource',
  columns: [
    idColumn('id', { isPrimary: true }),
    idColumn('org_id'),
    textColumn('identifier', 255),
    textColumn('name', 255),
    longTextColumn('description', { isNullable: true }),
    textColumn('type', 16),
    integerColumn('requires_authorization'),
  ],
  indices: [{ name: 'ux_access_api_resource', columnNames: ['org_id', 'identifier'], isUnique: true }],
});

const scopes = new Table({
  name: 'access_api_scope',
  columns: [
    idColumn('id', { isPrimary: true }),
    idColumn('org_id'),
    idColumn('api_id'),
    textColumn('name', 191),
    textColumn('display_name', 255),
    longTextColumn('description', { isNullable: true }),
  ],
  indices: [
    { name: 'ux_access_api_scope', columnNames: ['org_id', 'name'], isUnique: true },
    { name: 'ix_access_api_scope', columnNames: ['api_id'] },
  ],
});

/** API resources of organizations, with their scopes. */
export class ApiResources2026112100053 implements MigrationInterface {
  name = 'ApiResources2026112100053';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(resources, true);
    await runner.createTable(scopes, true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable(scopes);
    await runner.dropTable(resources);
  }
}
