import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { idColumn, longTextColumn, textColumn } from '#core/persistence';

/** What the server knows of users. */
export class IdentityData2026112100040 implements MigrationInterface {
  name = 'IdentityData2026112100040';

  async up(runner: QueryRunner): Promise<void> {
    const columns = [
      idColumn('org_id', { isPrimary: true }),
      idColumn('user_id', { isPrimary: true }),
      textColumn('name', 100, { isPrimary: true }),
      longTextColumn('data_value'),
    ];
    await runner.createTable(new Table({ name: 'identity_data', columns }), true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('identity_data');
  }
}
