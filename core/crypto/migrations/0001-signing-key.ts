import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { idColumn, longTextColumn, textColumn, timeColumn } from '#core/persistence';

/** Keys of organizations. */
export class SigningKey2026112100010 implements MigrationInterface {
  name = 'SigningKey2026112100010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'signing_key',
        columns: [
          idColumn('id', { isPrimary: true }),
          idColumn('org_id'),
          textColumn('algorithm', 16),
          textColumn('kid', 128),
          longTextColumn('public_jwk'),
          longTextColumn('private_key'),
          longTextColumn('certificate'),
          timeColumn('created_at'),
          timeColumn('retires_at', { isNullable: true }),
        ],
        indices: [{ name: 'ix_signing_key_org', columnNames: ['org_id'] }],
      }),
      true,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('signing_key');
  }
}
