import {
  type MigrationInterface,
  type QueryRunner,
  Table,
  type TableColumnOptions,
  type TableIndexOptions,
} from 'typeorm';
import { idColumn, integerColumn, longTextColumn, textColumn, timeColumn } from '#core/persistence';

const tables: { name: string; columns: TableColumnOptions[]; indices: TableIndexOptions[] }[] = [
  {
    name: 'um_user',
    columns: [
      idColumn('id', { isPrimary: true }),
      idColumn('org_id'),
      textColumn('domain', 64),
      textColumn('username', 255),
      textColumn('username_key', 255),
      textColumn('password_hash', 512, { isNullable: true }),
      timeColumn('created_at'),
      timeColumn('modified_at'),
    ],
    indices: [{ name: 'ux_um_user_name', columnNames: ['org_id', 'domain', 'username_key'], isUnique: true }],
  },
  {
    name: 'um_user_attribute',
    columns: [
      idColumn('user_id', { isPrimary: true }),
      textColumn('name', 100, { isPrimary: true }),
      integerColumn('position', { isPrimary: true }),
      idColumn('org_id'),
      longTextColumn('attribute_value'),
      textColumn('value_key', 191),
    ],
    indices: [{ name: 'ix_um_user_attribute_value', columnNames: ['org_id', 'name', 'value_key'] }],
  },
  {
    name: 'um_group',
    columns: [
      idColumn('id', { isPrimary: true }),
      idColumn('org_id'),
      textColumn('domain', 64),
      textColumn('name', 255),
      textColumn('name_key', 255),
    ],
    indices: [{ name: 'ux_um_group_name', columnNames: ['org_id', 'domain', 'name_key'], isUnique: true }],
  },
  {
    name: 'um_group_member',
    columns: [idColumn('group_id', { isPrimary: true }), idColumn('user_id', { isPrimary: true }), idColumn('org_id')],
    indices: [{ name: 'ix_um_group_member_user', columnNames: ['user_id'] }],
  },
];

/** Tables of the SQL user store. */
export class SqlUserStore2026112100041 implements MigrationInterface {
  name = 'SqlUserStore2026112100041';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of tables) await runner.createTable(new Table(table), true);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [...tables].reverse()) await runner.dropTable(table.name);
  }
}
