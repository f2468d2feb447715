import { type MigrationInterface, type QueryRunner, Table, TableColumn } from 'typeorm';
import { idColumn, longTextColumn, textColumn } from '#core/persistence';

const types = new Table({
  name: 'access_details_type',
  columns: [
    idColumn('id', { isPrimary: true }),
    idColumn('org_id'),
    idColumn('api_id'),
    textColumn('type', 191),
    textColumn('name', 255),
    longTextColumn('description', { isNullable: true }),
    longTextColumn('schema_text'),
  ],
  indices: [{ name: 'ux_access_details_type', columnNames: ['org_id', 'type'], isUnique: true }],
});

const columns = [
  ['access_authorized_api', 'details_types'],
  ['access_consent', 'details'],
] as const;

/** Types of authorization details (RFC 9396), and which of them applications and users have to do with. */
export class AuthorizationDetails2026112100052 implements MigrationInterface {
  name = 'AuthorizationDetails2026112100052';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(types, true);
    for (const [table, column] of columns)
      await runner.addColumn(table, new TableColumn(longTextColumn(column, { isNullable: true })));
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [table, column] of columns) await runner.dropColumn(table, column);
    await runner.dropTable(types);
  }
}
