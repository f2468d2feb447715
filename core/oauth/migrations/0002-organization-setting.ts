import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { idColumn, longTextColumn, textColumn } from '#core/persistence';

/** Settings of organizations for OAuth. */
export class OAuthOrganizationSetting2026112100471 implements MigrationInterface {
  name = 'OAuthOrganizationSetting2026112100471';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'oauth_organization_setting',
        columns: [
          idColumn('org_id', { isPrimary: true }),
          textColumn('name', 64, { isPrimary: true }),
          longTextColumn('content'),
        ],
      }),
      true,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('oauth_organization_setting');
  }
}
