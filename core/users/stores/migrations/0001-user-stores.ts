import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { idColumn, integerColumn, longTextColumn, textColumn, timeColumn } from '#core/persistence';

/** Secondary user stores, and users who are being made in stores over a network. */
export class UserStores2026112100520 implements MigrationInterface {
  name = 'UserStores2026112100520';

  async up(runner: QueryRunner): Promise<void> {
    const store = [
      idColumn('id', { isPrimary: true }),
      idColumn('org_id'),
      textColumn('domain', 64),
      textColumn('type', 100),
      longTextColumn('description'),
      textColumn('status', 16),
      longTextColumn('properties'),
      integerColumn('revision'),
      timeColumn('created_at'),
    ];
    const domains = [{ name: 'ux_user_store_domain', columnNames: ['org_id', 'domain'], isUnique: true }];
    await runner.createTable(new Table({ name: 'user_store', columns: store, indices: domains }), true);
    const unfinished = [
      idColumn('id', { isPrimary: true }),
      idColumn('org_id'),
      textColumn('domain', 64),
      textColumn('username', 255),
      textColumn('name_key', 64),
      textColumn('state', 16),
      timeColumn('due_at'),
    ];
    const indices = [
      { name: 'ux_user_unfinished_name', columnNames: ['org_id', 'domain', 'name_key'], isUnique: true },
      { name: 'ix_user_unfinished_due', columnNames: ['due_at'] },
    ];
    await runner.createTable(new Table({ name: 'user_unfinished', columns: unfinished, indices }), true);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const name of ['user_unfinished', 'user_store']) await runner.dropTable(name);
  }
}
