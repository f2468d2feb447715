import { type MigrationInterface, type QueryRunner, TableColumn, TableIndex } from 'typeorm';
import { idColumn, integerColumn, migrationSql, textColumn, timeColumn } from '#core/persistence';

const ROLES = 'access_role';
const MEMBERS = 'access_role_member';

const added = [
  textColumn('name_key', 191, { default: "''" }),
  textColumn('system_role', 16, { isNullable: true }),
  idColumn('shared_from', { isNullable: true }),
  timeColumn('created_at', { default: 0 }),
  timeColumn('modified_at', { default: 0 }),
  integerColumn('revision', { default: 0 }),
];

const audience = ['org_id', 'audience_type', 'audience_id'];
const byName = new TableIndex({ name: 'ux_access_role_name', columnNames: [...audience, 'name'], isUnique: true });
const byKey = new TableIndex({
  name: 'ux_access_role_name_key',
  columnNames: [...audience, 'name_key'],
  isUnique: true,
});
const byType = new TableIndex({
  name: 'ix_access_role_member_type',
  columnNames: ['role_id', 'member_type', 'member_id'],
});

type Row = Readonly<Record<'id' | 'org_id' | 'audience_type' | 'audience_id' | 'name' | 'permissions', string>>;

/** Names of roles without regard to the case of letters, roles of the server's own, shared roles, pages of members. */
export class Roles2026112100550 implements MigrationInterface {
  name = 'Roles2026112100550';

  async up(runner: QueryRunner): Promise<void> {
    for (const column of added) await runner.addColumn(ROLES, new TableColumn(column));
    await fillIn(runner);
    await runner.dropIndex(ROLES, byName);
    await runner.createIndex(ROLES, byKey);
    await runner.createIndex(MEMBERS, byType);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.dropIndex(MEMBERS, byType);
    await runner.dropIndex(ROLES, byKey);
    await runner.createIndex(ROLES, byName);
    for (const { name } of added) await runner.dropColumn(ROLES, name);
  }
}

/** Of roles whose names differ in case only, those after the first keep their name as their key. */
async function fillIn(runner: QueryRunner): Promise<void> {
  const sql = migrationSql(runner);
  const taken = new Set<string>();
  for (const role of await sql.all<Row>('SELECT * FROM access_role ORDER BY id', [])) {
    const { id, org_id, audience_type, audience_id, name, permissions } = role;
    const place = `${org_id} ${audience_type} ${audience_id}`;
    const lower = name.toLowerCase();
    const key = taken.has(`${place} ${lower}`) ? name : lower;
    taken.add(`${place} ${key}`);
    const system = permissions === '["*"]' ? 'admin' : null;
    await sql.run('UPDATE access_role SET name_key = ?, system_role = ? WHERE id = ?', [key, system, id]);
  }
}
