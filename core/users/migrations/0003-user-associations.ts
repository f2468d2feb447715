import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { idColumn, timeColumn } from '#core/persistence';

/** Accounts that belong to one person. */
export class UserAssociations2026112100580 implements MigrationInterface {
  name = 'UserAssociations2026112100580';

  async up(runner: QueryRunner): Promise<void> {
    const columns = [
      idColumn('org_id', { isPrimary: true }),
      idColumn('user_id', { isPrimary: true }),
      idColumn('association_key'),
      timeColumn('created_at'),
    ];
    const indices = [{ name: 'ix_user_association_key', columnNames: ['org_id', 'association_key'] }];
    await runner.createTable(new Table({ name: 'user_association', columns, indices }), true);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('user_association');
  }
}
