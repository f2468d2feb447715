import type { MigrationInterface, QueryRunner } from 'typeorm';
import { dialectOf } from '#core/users';

/** Tables of the store. */
const TABLES = ['um_user', 'um_user_mark', 'um_user_attribute', 'um_group', 'um_group_member'];

/**
 * Every character of our tables counts, whatever the default of a MariaDB or MySQL database of others is. In the
 * server's own database they are made so from the beginning.
 */
export class SqlUserStoreCollation2026112100512 implements MigrationInterface {
  name = 'SqlUserStoreCollation2026112100512';

  async up(runner: QueryRunner): Promise<void> {
    if (dialectOf(runner) !== 'mysql') return;
    const [server] = (await runner.query('SELECT VERSION() AS version')) as [{ version: string }];
    const collation = /mariadb/i.test(server.version) ? 'utf8mb4_nopad_bin' : 'utf8mb4_0900_bin';
    for (const table of TABLES)
      await runner.query(`ALTER TABLE ${table} CONVERT TO CHARACTER SET utf8mb4 COLLATE ${collation}`);
  }

  async down(): Promise<void> {
    // Nothing depends on it.
  }
}
