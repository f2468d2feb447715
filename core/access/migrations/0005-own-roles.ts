import type { MigrationInterface, QueryRunner } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { consoleIdOf } from '../console-roles.js';

const ROLES = 'access_role';
const MEMBERS = 'access_role_member';

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

/** Gives organizations from before the roles that new ones have: that of every user, and those of the console. */
export class OwnRoles2026112100610 implements MigrationInterface {
  name = 'OwnRoles2026112100610';

  async up(runner: QueryRunner): Promise<void> {
    const { manager } = runner;
    const all = await manager
      .createQueryBuilder()
      .select(['o.id AS id', 'o.owner_id AS owner_id'])
      .from<Organization>('organization', 'o')
      .getRawMany<Organization>();
    for (const organization of all) {
      await giveEveryone(runner, organization.id);
      await giveConsole(runner, organization);
    }
  }

  async down({ manager }: QueryRunner): Promise<void> {
    const own = await manager
      .createQueryBuilder()
      .select('role.id', 'id')
      .from<Named>(ROLES, 'role')
      .where("role.system_role = 'console'")
      .getRawMany<{ id: string }>();
    for (const { id } of own) {
      await manager.createQueryBuilder().delete().from(MEMBERS).where('role_id = :id', { id }).execute();
      await manager.createQueryBuilder().delete().from(ROLES).where('id = :id', { id }).execute();
    }
  }
}

/** A role of the name that somebody has made is renamed: what it gives is not for everybody. */
async function giveEveryone({ manager }: QueryRunner, orgId: string): Promise<void> {
  const roles = await manager
    .createQueryBuilder()
    .select(['role.id AS id', 'role.name AS name', 'role.name_key AS name_key', 'role.system_role AS system_role'])
    .from<Named>(ROLES, 'role')
    .where("role.org_id = :orgId AND role.audience_type = 'organization'", { orgId })
    .getRawMany<Named>();
  if (roles.some(({ system_role }) => system_role === 'everyone')) return;
  const keys = new Set(roles.map(({ name_key }) => name_key));
  const other = roles.find(({ name_key }) => name_key === 'everyone');
  if (other) {
    let count = 2;
    while (keys.has(`everyone ${count}`)) count++;
    const name = { name: `${other.name} ${count}`, name_key: `everyone ${count}` };
    await manager.createQueryBuilder().update(ROLES).set(name).where('id = :id', { id: other.id }).execute();
  }
  await insert(manager, { org_id: orgId, name: 'everyone', audience_type: 'organization', audience_id: orgId });
}

async function giveConsole({ manager }: QueryRunner, { id: orgId, owner_id: owner }: Organization): Promise<void> {
  for (const name of OF_CONSOLE) {
    const audience = { audience_type: 'application', audience_id: consoleIdOf(orgId) };
    const role_id = await insert(manager, { org_id: orgId, name, ...audience });
    if (name !== 'Administrator' || owner === null) continue;
    const member = { role_id, member_id: owner, org_id: orgId, member_type: 'user' };
    await manager.createQueryBuilder().insert().into(MEMBERS).values(member).execute();
  }
}

interface NewRow {
  readonly org_id: string;
  readonly name: string;
  readonly audience_type: string;
  readonly audience_id: string;
}

async function insert(manager: QueryRunner['manager'], role: NewRow): Promise<string> {
  const id = uuid();
  const now = Date.now();
  const system_role = role.audience_type === 'organization' ? 'everyone' : 'console';
  const times = { created_at: now, modified_at: now };
  const row = { id, ...role, name_key: role.name.toLowerCase(), permissions: '[]', system_role, ...times, revision: 0 };
  await manager.createQueryBuilder().insert().into(ROLES).values(row).execute();
  return id;
}
