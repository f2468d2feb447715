import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { idColumn, longTextColumn, textColumn } from '#core/persistence';

/** What organizations have made of the claims that ship, and who has a value that only one may have. */
export class Claims2026112100530 implements MigrationInterface {
  name = 'Claims2026112100530';

  async up(runner: QueryRunner): Promise<void> {
    const overlay = [
      idColumn('org_id', { isPrimary: true }),
      textColumn('item_id', 64, { isPrimary: true }),
      textColumn('dialect_uri', 255),
      textColumn('claim_uri', 255),
      longTextColumn('data', { isNullable: true }),
    ];
    await runner.createTable(new Table({ name: 'claim_overlay', columns: overlay }), true);
    const values = [
      idColumn('org_id', { isPrimary: true }),
      textColumn('value_id', 64, { isPrimary: true }),
      textColumn('claim_id', 64),
      idColumn('user_id'),
    ];
    const indices = [{ name: 'ix_unique_claim_value_user', columnNames: ['org_id', 'user_id', 'claim_id'] }];
    await runner.createTable(new Table({ name: 'unique_claim_value', columns: values, indices }), true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('unique_claim_value');
    await runner.dropTable('claim_overlay');
  }
}
