import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { idColumn, integerColumn, longTextColumn, textColumn, timeColumn } from '#core/persistence';

const has = (name: string) =>
  `EXISTS (SELECT 1 FROM identity_data o WHERE o.org_id = d.org_id AND o.user_id = d.user_id AND o.name = '${name}'` +
  " AND o.value_key = 'true')";
const state = `CASE WHEN ${has('accountDisabled')} THEN 'DISABLED' WHEN ${has('accountLocked')} THEN 'LOCKED' ELSE 'UNLOCKED' END`;
const stateKey = `LOWER(${state})`;

/** Values that organizations set, tries of passwords, passwords of the past, and a state for each account. */
export class Accounts2026112100560 implements MigrationInterface {
  name = 'Accounts2026112100560';

  async up(runner: QueryRunner): Promise<void> {
    const values = [
      idColumn('org_id', { isPrimary: true }),
      textColumn('topic', 100, { isPrimary: true }),
      textColumn('name', 150, { isPrimary: true }),
      longTextColumn('setting_value'),
    ];
    await runner.createTable(new Table({ name: 'organization_value', columns: values }), true);
    const tries = [
      idColumn('org_id', { isPrimary: true }),
      idColumn('user_id', { isPrimary: true }),
      integerColumn('failed'),
      integerColumn('under_way'),
      timeColumn('lost_after'),
    ];
    await runner.createTable(new Table({ name: 'login_try', columns: tries }), true);
    const history = [
      idColumn('id', { isPrimary: true }),
      idColumn('org_id'),
      idColumn('user_id'),
      textColumn('password_hash', 255),
      timeColumn('set_at'),
    ];
    const indices = [{ name: 'ix_password_history_user', columnNames: ['org_id', 'user_id', 'set_at'] }];
    await runner.createTable(new Table({ name: 'password_history', columns: history, indices }), true);
    // Each user with a password has this time; whoever has none yet has never been locked either.
    await runner.query(
      'INSERT INTO identity_data (org_id, user_id, name, position, data_value, value_key)' +
        ` SELECT d.org_id, d.user_id, 'accountState', 0, ${state}, ${stateKey} FROM identity_data d` +
        " WHERE d.name = 'lastPasswordUpdateTime' AND d.position = 0 AND NOT EXISTS (SELECT 1 FROM identity_data s" +
        " WHERE s.org_id = d.org_id AND s.user_id = d.user_id AND s.name = 'accountState')",
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropTable('password_history');
    await runner.dropTable('login_try');
    await runner.dropTable('organization_value');
  }
}
