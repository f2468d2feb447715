import {
  type MigrationInterface,
  type QueryRunner,
  Table,
  type TableColumnOptions,
  type TableIndexOptions,
} from 'typeorm';
import { idColumn, longTextColumn, textColumn, timeColumn } from '#core/persistence';

const tables: { name: string; columns: TableColumnOptions[]; indices?: TableIndexOptions[] }[] = [
  {
    name: 'access_role',
    columns: [
      idColumn('id', { isPrimary: true }),
      idColumn('org_id'),
      textColumn('name', 191),
      textColumn('audience_type', 16),
      idColumn('audience_id'),
      longTextColumn('permissions'),
    ],
    indices: [
      { name: 'ux_access_role_name', columnNames: ['org_id', 'audience_type', 'audience_id', 'name'], isUnique: true },
    ],
  },
  {
    name: 'access_role_member',
    columns: [
      idColumn('role_id', { isPrimary: true }),
      idColumn('member_id', { isPrimary: true }),
      idColumn('org_id'),
      textColumn('member_type', 8),
    ],
    indices: [{ name: 'ix_access_role_member', columnNames: ['org_id', 'member_id'] }],
  },
  {
    name: 'access_authorized_api',
    columns: [
      idColumn('app_id', { isPrimary: true }),
      idColumn('api_id', { isPrimary: true }),
      idColumn('org_id'),
      textColumn('policy_id', 32),
      longTextColumn('scopes'),
    ],
  },
  {
    name: 'access_consent',
    columns: [
      idColumn('user_id', { isPrimary: true }),
      idColumn('app_id', { isPrimary: true }),
      idColumn('org_id'),
      longTextColumn('scopes'),
      longTextColumn('claims'),
      timeColumn('given_at'),
    ],
  },
];

/** Roles, authorized APIs, consents. */
export class Access2026112100050 implements MigrationInterface {
  name = 'Access2026112100050';

  async up(runner: QueryRunner): Promise<void> {
    for (const table of tables) await runner.createTable(new Table(table), true);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of [...tables].reverse()) await runner.dropTable(table.name);
  }
}
