import type { MigrationInterface, QueryRunner } from 'typeorm';
import { consoleIdOf } from '#core/access';
import { migrationSql } from '#core/persistence';
import { CONSOLE_CLIENT, consoleClientSettings } from '../clients/console-client.js';

/** Gives the consoles of organizations from before their client, unless another application has its id. */
export class ConsoleClient2026112100612 implements MigrationInterface {
  name = 'ConsoleClient2026112100612';

  async up(runner: QueryRunner): Promise<void> {
    const sql = migrationSql(runner);
    for (const { id: orgId } of await sql.all<{ readonly id: string }>('SELECT id FROM organization', [])) {
      const known = await sql.one('SELECT app_id FROM oauth_client WHERE org_id = ? AND lower(client_id) = ?', [
        orgId,
        CONSOLE_CLIENT.toLowerCase(),
      ]);
      if (known) continue;
      await sql.run(
        'INSERT INTO oauth_client (app_id, org_id, client_id, state, settings, tokens_valid_from)' +
          ' VALUES (?, ?, ?, ?, ?, ?)',
        [consoleIdOf(orgId), orgId, CONSOLE_CLIENT, 'ACTIVE', JSON.stringify(consoleClientSettings()), Date.now()],
      );
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    const sql = migrationSql(runner);
    for (const { id: orgId } of await sql.all<{ readonly id: string }>('SELECT id FROM organization', []))
      await sql.run('DELETE FROM oauth_client WHERE org_id = ? AND app_id = ?', [orgId, consoleIdOf(orgId)]);
  }
}
