import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { idColumn, integerColumn, longTextColumn, textColumn } from '#core/persistence';

/** Identity data with several values of one name, and found by value. */
export class IdentityValues2026112100480 implements MigrationInterface {
  name = 'IdentityValues2026112100480';

  async up(runner: QueryRunner): Promise<void> {
    const columns = [
      idColumn('org_id', { isPrimary: true }),
      idColumn('user_id', { isPrimary: true }),
      textColumn('name', 100, { isPrimary: true }),
      integerColumn('position', { isPrimary: true }),
      longTextColumn('data_value'),
      textColumn('value_key', 191),
    ];
    const indices = [{ name: 'ix_identity_value', columnNames: ['org_id', 'name', 'value_key'] }];
    await runner.createTable(new Table({ name: 'identity_value', columns, indices }), true);
    await runner.query(
      'INSERT INTO identity_value (org_id, user_id, name, position, data_value, value_key)' +
        ' SELECT org_id, user_id, name, 0, data_value, SUBSTR(LOWER(data_value), 1, 191) FROM identity_data',
    );
    await runner.dropTable('identity_data');
    await runner.renameTable('identity_value', 'identity_data');
  }

  async down(runner: QueryRunner): Promise<void> {
    const columns = [
      idColumn('org_id', { isPrimary: true }),
      idColumn('user_id', { isPrimary: true }),
      textColumn('name', 100, { isPrimary: true }),
      longTextColumn('data_value'),
    ];
    await runner.renameTable('identity_data', 'identity_value');
    await runner.createTable(new Table({ name: 'identity_data', columns }), true);
    await runner.query(
      'INSERT INTO identity_data (org_id, user_id, name, data_value)' +
        ' SELECT org_id, user_id, name, data_value FROM identity_value WHERE position = 0',
    );
    await runner.dropTable('identity_value');
  }
}
