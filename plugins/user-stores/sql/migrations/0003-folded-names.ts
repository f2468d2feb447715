import type { MigrationInterface, QueryRunner } from 'typeorm';
import { refoldNames, refoldValues } from '#core/users';
import { COUNT_BY_MARKS } from '../search/name-marks.js';

/** Names and values are found whichever way their accents are written. */
export class FoldedNames2026112100621 implements MigrationInterface {
  name = 'FoldedNames2026112100621';

  async up(runner: QueryRunner): Promise<void> {
    const key = ['user_id', 'name', 'position'];
    await refoldValues(runner, { name: 'um_user_attribute', value: 'attribute_value', key });
    await refoldNames(runner, { table: 'um_group', name: 'name', key: 'name_key' });
    if (!(await refoldNames(runner, { table: 'um_user', name: 'username', key: 'username_key' }))) return;
    await runner.query(
      'UPDATE um_group_member SET member_key = (SELECT u.username_key FROM um_user u WHERE u.id = um_group_member.user_id)',
    );
    await runner.query('DELETE FROM um_user_mark');
    await runner.query(COUNT_BY_MARKS);
  }

  async down(): Promise<void> {
    // What was compared before is lost, and nothing needs it.
  }
}
