import type { MigrationInterface, QueryRunner } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { migrationSql, type SqlExecutor } from '#core/persistence';
import { consoleIdOf } from '../console-roles.js';

/** Those that the console had when this was written; what they give ships with the server. */
const OF_CONSOLE = [
  'Administrator',
  'Auditor',
  'Editor - Applications',
  'Viewer - Applications',
  'Editor - Users',
  'Viewer - Users',
  'Editor - Connections',
];

interface Organization {
  readonly id: string;
  readonly owner_id: string | null;
}
interface Named {
  readonly id: string;
  readonly name: string;
  readonly name_key: string;
  readonly system_role: string | null;
}
type Audience = readonly [type: 'organization' | 'application', id: string];

/** Gives organizations from before the roles that new ones have: that of every user, and those of the console. */
export class OwnRoles2026112100610 implements MigrationInterface {
  name = 'OwnRoles2026112100610';

  async up(runner: QueryRunner): Promise<void> {
    const sql = migrationSql(runner);
    for (const organization of await sql.all<Organization>('SELECT id, owner_id FROM organization', [])) {
      await giveEveryone(sql, organization.id);
      await giveConsole(sql, organization);
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    const sql = migrationSql(runner);
    const own = "SELECT id FROM access_role WHERE system_role = 'console'";
    await sql.run(`DELETE FROM access_role_member WHERE role_id IN (${own})`, []);
    await sql.run("DELETE FROM access_role WHERE system_role = 'console'", []);
  }
}

/** A role of the name that somebody has made is renamed: what it gives is not for everybody. */
async function giveEveryone(sql: SqlExecutor, orgId: string): Promise<void> {
  const roles = await sql.all<Named>(
    "SELECT id, name, name_key, system_role FROM access_role WHERE org_id = ? AND audience_type = 'organization'",
    [orgId],
  );
  if (roles.some(({ system_role }) => system_role === 'everyone')) return;
  const keys = new Set(roles.map(({ name_key }) => name_key));
  const other = roles.find(({ name_key }) => name_key === 'everyone');
  if (other) {
    let count = 2;
    while (keys.has(`everyone ${count}`)) count++;
    const name = [`${other.name} ${count}`, `everyone ${count}`];
    await sql.run('UPDATE access_role SET name = ?, name_key = ? WHERE id = ?', [...name, other.id]);
  }
  await insert(sql, orgId, ['organization', orgId], 'everyone', 'everyone');
}

async function giveConsole(sql: SqlExecutor, { id: orgId, owner_id: owner }: Organization): Promise<void> {
  for (const name of OF_CONSOLE) {
    const id = await insert(sql, orgId, ['application', consoleIdOf(orgId)], name, 'console');
    if (name === 'Administrator' && owner !== null)
      await sql.run('INSERT INTO access_role_member (role_id, member_id, org_id, member_type) VALUES (?, ?, ?, ?)', [
        id,
        owner,
        orgId,
        'user',
      ]);
  }
}

async function insert(
  sql: SqlExecutor,
  orgId: string,
  [type, audienceId]: Audience,
  name: string,
  system: 'everyone' | 'console',
): Promise<string> {
  const id = uuid();
  const now = Date.now();
  const row = [id, orgId, name, name.toLowerCase(), type, audienceId, '[]', system, now, now, 0];
  await sql.run(
    'INSERT INTO access_role (id, org_id, name, name_key, audience_type, audience_id, permissions, system_role,' +
      ` created_at, modified_at, revision) VALUES (${row.map(() => '?').join(', ')})`,
    row,
  );
  return id;
}
