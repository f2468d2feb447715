import type { MigrationInterface, QueryRunner } from 'typeorm';
import { addValueColumns, dropValueColumns, type ValueTable } from '../stores/value-columns.js';

const table: ValueTable = {
  name: 'identity_data',
  value: 'data_value',
  key: ['org_id', 'user_id', 'name', 'position'],
};

/** Identity data can be compared by every operator, by index. */
export class IdentitySearch2026112100510 implements MigrationInterface {
  name = 'IdentitySearch2026112100510';

  async up(runner: QueryRunner): Promise<void> {
    await addValueColumns(runner, table, 'ix_identity');
  }

  async down(runner: QueryRunner): Promise<void> {
    await dropValueColumns(runner, table, 'ix_identity');
  }
}
