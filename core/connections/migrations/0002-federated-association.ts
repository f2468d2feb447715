import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { idColumn, textColumn, timeColumn } from '#core/persistence';

/** Links between users and their accounts at identity providers. */
export class FederatedAssociation2026112100066 implements MigrationInterface {
  name = 'FederatedAssociation2026112100066';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'federated_association',
        columns: [
          idColumn('id', { isPrimary: true }),
          idColumn('org_id'),
          idColumn('idp_id'),
          textColumn('subject', 1024),
          textColumn('subject_key', 64),
          idColumn('user_id'),
          timeColumn('created_at'),
        ],
        indices: [
          {
            name: 'ux_federated_association_subject',
            columnNames: ['org_id', 'idp_id', 'subject_key'],
            isUnique: true,
          },
          { name: 'ix_federated_association_user', columnNames: ['org_id', 'user_id'] },
        ],
      }),
      true,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('federated_association');
  }
}
