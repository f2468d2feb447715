import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { idColumn, longTextColumn, textColumn } from '#core/persistence';

/** What organizations have made of the scopes that stand for claims. */
export class OidcScope2026112100074 implements MigrationInterface {
  name = 'OidcScope2026112100074';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'oauth_oidc_scope',
        columns: [
          idColumn('org_id', { isPrimary: true }),
          textColumn('name', 191, { isPrimary: true }),
          textColumn('display_name', 255),
          longTextColumn('description'),
          longTextColumn('claims', { isNullable: true }),
        ],
      }),
      true,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('oauth_oidc_scope');
  }
}
