import type { MigrationInterface, QueryRunner } from 'typeorm';

const rename = (from: string, to: string) => `UPDATE identity_data SET name = '${to}' WHERE name = '${from}'`;

/** Secrets lie under names that no claim has; `secretkey` is the name of one. */
export class Secrets2026112100641 implements MigrationInterface {
  name = 'Secrets2026112100641';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(rename('secretkey', 'secret:secretkey'));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(rename('secret:secretkey', 'secretkey'));
  }
}
