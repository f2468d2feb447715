import type { MigrationInterface, QueryRunner } from 'typeorm';
import { refoldValues } from '../stores/value-columns.js';

/** Identity data is found whichever way its accents are written. */
export class FoldedIdentity2026112100620 implements MigrationInterface {
  name = 'FoldedIdentity2026112100620';

  async up(runner: QueryRunner): Promise<void> {
    const key = ['org_id', 'user_id', 'name', 'position'];
    await refoldValues(runner, { name: 'identity_data', value: 'data_value', key });
  }

  async down(): Promise<void> {
    // What was compared before is lost, and nothing needs it.
  }
}
