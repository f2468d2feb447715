import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { idColumn, integerColumn, textColumn, timeColumn } from '#core/persistence';

const owner = () => [idColumn('org_id', { isPrimary: true }), idColumn('user_id', { isPrimary: true })];
const counts = () => [integerColumn('failed'), integerColumn('under_way'), timeColumn('lost_after')];
const KEPT = 'org_id, user_id, failed, under_way, lost_after';
const PASSWORD = 'failedLoginAttempts';

/** Tries are counted for each factor of a sign-in, not only for passwords. */
export class Factors2026112100640 implements MigrationInterface {
  name = 'Factors2026112100640';

  async up(runner: QueryRunner): Promise<void> {
    const columns = [...owner(), textColumn('factor', 64, { isPrimary: true }), ...counts(), integerColumn('lockouts')];
    await runner.createTable(new Table({ name: 'sign_in_try', columns }), true);
    await runner.query(
      `INSERT INTO sign_in_try (${KEPT}, factor, lockouts) SELECT ${KEPT}, '${PASSWORD}', 0 FROM login_try`,
    );
    await runner.dropTable('login_try');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.createTable(new Table({ name: 'login_try', columns: [...owner(), ...counts()] }), true);
    await runner.query(`INSERT INTO login_try (${KEPT}) SELECT ${KEPT} FROM sign_in_try WHERE factor = '${PASSWORD}'`);
    await runner.dropTable('sign_in_try');
  }
}
