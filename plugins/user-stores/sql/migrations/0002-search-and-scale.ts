import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { idColumn, integerColumn, textColumn } from '#core/persistence';
import { addValueColumns, dropIndex, dropValueColumns, orderByCodePoints, type ValueTable } from '#core/users';
import { COUNT_BY_MARKS } from '../search/name-marks.js';

const attributes: ValueTable = {
  name: 'um_user_attribute',
  value: 'attribute_value',
  key: ['user_id', 'name', 'position'],
};

const marks = new Table({
  name: 'um_user_mark',
  columns: [
    idColumn('org_id', { isPrimary: true }),
    textColumn('domain', 64, { isPrimary: true }),
    textColumn('from_key', 255, { isPrimary: true }),
    integerColumn('users'),
  ],
});

/** Indices for every kind of search, counts of users, times of groups, members in the order of their names. */
export class SqlUserStoreSearch2026112100511 implements MigrationInterface {
  name = 'SqlUserStoreSearch2026112100511';

  async up(runner: QueryRunner): Promise<void> {
    await addValueColumns(runner, attributes, 'ix_um_user_attribute');
    await orderByCodePoints(runner, 'um_user', { username_key: 'varchar(255)' });
    await orderByCodePoints(runner, 'um_group', { name_key: 'varchar(255)' });
    await runner.query('CREATE INDEX ix_um_user_key ON um_user (username_key, domain)');
    for (const time of ['created', 'modified']) {
      await runner.query(`CREATE INDEX ix_um_user_${time} ON um_user (org_id, domain, ${time}_at, id)`);
      await runner.query(`ALTER TABLE um_group ADD COLUMN ${time}_at bigint`);
    }
    await runner.createTable(marks, true);
    await orderByCodePoints(runner, 'um_user_mark', { from_key: 'varchar(255)' });
    await runner.query(COUNT_BY_MARKS);
    await runner.query('ALTER TABLE um_group_member ADD COLUMN member_key varchar(255)');
    await orderByCodePoints(runner, 'um_group_member', { member_key: 'varchar(255)' });
    await runner.query(
      'UPDATE um_group_member SET member_key = (SELECT u.username_key FROM um_user u WHERE u.id = um_group_member.user_id)',
    );
    await dropIndex(runner, 'um_group_member', 'ix_um_group_member_user');
    await runner.query('CREATE INDEX ix_um_group_member_user ON um_group_member (user_id, group_id)');
    await runner.query('CREATE INDEX ix_um_group_member_key ON um_group_member (group_id, member_key, user_id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropIndex(runner, 'um_group_member', 'ix_um_group_member_key');
    await dropIndex(runner, 'um_group_member', 'ix_um_group_member_user');
    await runner.query('CREATE INDEX ix_um_group_member_user ON um_group_member (user_id)');
    await runner.query('ALTER TABLE um_group_member DROP COLUMN member_key');
    await runner.dropTable(marks.name);
    for (const time of ['created', 'modified']) {
      await dropIndex(runner, 'um_user', `ix_um_user_${time}`);
      await runner.query(`ALTER TABLE um_group DROP COLUMN ${time}_at`);
    }
    await dropIndex(runner, 'um_user', 'ix_um_user_key');
    await dropValueColumns(runner, attributes, 'ix_um_user_attribute');
  }
}
