import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { idColumn, longTextColumn, textColumn, timeColumn } from '#core/persistence';

/** OAuth clients. */
export class OAuthClient2026112100070 implements MigrationInterface {
  name = 'OAuthClient2026112100070';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'oauth_client',
        columns: [
          idColumn('app_id', { isPrimary: true }),
          idColumn('org_id'),
          textColumn('client_id', 64),
          textColumn('client_secret', 512, { isNullable: true }),
          textColumn('state', 16),
          longTextColumn('settings'),
          timeColumn('tokens_valid_from'),
        ],
        indices: [{ name: 'ux_oauth_client_client_id', columnNames: ['org_id', 'client_id'], isUnique: true }],
      }),
      true,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('oauth_client');
  }
}
