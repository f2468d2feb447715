import { type MigrationInterface, type QueryRunner, TableColumn } from 'typeorm';
import { textColumn } from '#core/persistence';

const ROLES = 'access_role';
const externalId = textColumn('external_id', 191, { isNullable: true });

/** What clients call roles. */
export class RoleExternalIds2026112100601 implements MigrationInterface {
  name = 'RoleExternalIds2026112100601';

  async up(runner: QueryRunner): Promise<void> {
    await runner.addColumn(ROLES, new TableColumn(externalId));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropColumn(ROLES, externalId.name);
  }
}
