import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { idColumn, longTextColumn, textColumn } from '#core/persistence';

/** Scopes that organizations have registered, with the roles that they are bound to. */
export class RegisteredScope2026112100710 implements MigrationInterface {
  name = 'RegisteredScope2026112100710';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'oauth_registered_scope',
        columns: [
          idColumn('org_id', { isPrimary: true }),
          textColumn('name', 191, { isPrimary: true }),
          textColumn('display_name', 255),
          longTextColumn('description'),
          longTextColumn('bindings'),
        ],
      }),
      true,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('oauth_registered_scope');
  }
}
