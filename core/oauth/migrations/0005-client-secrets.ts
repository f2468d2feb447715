import { type MigrationInterface, type QueryRunner, TableColumn } from 'typeorm';
import { v4 as uuid } from 'uuid';
import { longTextColumn, migrationSql, textColumn } from '#core/persistence';

const CLIENTS = 'oauth_client';
const one = textColumn('client_secret', 512, { isNullable: true });
const several = longTextColumn('client_secrets', { isNullable: true });

interface Before {
  readonly app_id: string;
  readonly client_secret: string;
  readonly tokens_valid_from: number | string;
}
interface After {
  readonly app_id: string;
  readonly client_secrets: string;
}

/** Several secrets of a client in the place of one. */
export class ClientSecrets2026112100700 implements MigrationInterface {
  name = 'ClientSecrets2026112100700';

  async up(runner: QueryRunner): Promise<void> {
    await runner.addColumn(CLIENTS, new TableColumn(several));
    const sql = migrationSql(runner);
    const query = `SELECT app_id, client_secret, tokens_valid_from FROM ${CLIENTS} WHERE client_secret IS NOT NULL`;
    for (const { app_id, client_secret: value, tokens_valid_from } of await sql.all<Before>(query, [])) {
      // Whenever a client got a secret, the tokens of before ended.
      const createdAt = Math.floor(Number(tokens_valid_from) / 1000);
      const secrets = JSON.stringify([{ id: uuid(), value, createdAt, expiresAt: 0 }]);
      await sql.run(`UPDATE ${CLIENTS} SET client_secrets = ? WHERE app_id = ?`, [secrets, app_id]);
    }
    await runner.dropColumn(CLIENTS, one.name);
  }

  /** Keeps the newest secret of each client that never expires: before, there was no other kind. */
  async down(runner: QueryRunner): Promise<void> {
    await runner.addColumn(CLIENTS, new TableColumn(one));
    const sql = migrationSql(runner);
    const query = `SELECT app_id, client_secrets FROM ${CLIENTS} WHERE client_secrets IS NOT NULL`;
    for (const { app_id, client_secrets } of await sql.all<After>(query, [])) {
      const all = JSON.parse(client_secrets) as { value: string; expiresAt: number }[];
      const kept = all.findLast(({ expiresAt }) => expiresAt === 0);
      await sql.run(`UPDATE ${CLIENTS} SET client_secret = ? WHERE app_id = ?`, [kept?.value ?? null, app_id]);
    }
    await runner.dropColumn(CLIENTS, several.name);
  }
}
