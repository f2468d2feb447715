import { type MigrationInterface, type QueryRunner, Table } from 'typeorm';
import { idColumn, longTextColumn, textColumn, timeColumn } from '#core/persistence';

/** Senders, template types and templates of organizations. */
export class Notifications2026112100061 implements MigrationInterface {
  name = 'Notifications2026112100061';

  async up(runner: QueryRunner): Promise<void> {
    await runner.createTable(
      new Table({
        name: 'notification_sender',
        columns: [
          idColumn('id', { isPrimary: true }),
          idColumn('org_id'),
          textColumn('channel', 8),
          textColumn('name', 191),
          textColumn('name_key', 191),
          textColumn('provider', 64),
          longTextColumn('sealed'),
          timeColumn('created_at'),
        ],
        indices: [
          { name: 'ux_notification_sender_name', columnNames: ['org_id', 'channel', 'name_key'], isUnique: true },
        ],
      }),
      true,
    );
    await runner.createTable(
      new Table({
        name: 'notification_template_type',
        columns: [
          idColumn('org_id', { isPrimary: true }),
          textColumn('channel', 8, { isPrimary: true }),
          textColumn('name_key', 191, { isPrimary: true }),
          textColumn('name', 191),
          timeColumn('created_at'),
        ],
      }),
      true,
    );
    await runner.createTable(
      new Table({
        name: 'notification_template',
        columns: [
          idColumn('org_id', { isPrimary: true }),
          textColumn('channel', 8, { isPrimary: true }),
          textColumn('type_key', 191, { isPrimary: true }),
          idColumn('app_id', { isPrimary: true }),
          textColumn('locale', 16, { isPrimary: true }),
          textColumn('content_type', 64),
          longTextColumn('subject'),
          longTextColumn('body'),
          longTextColumn('footer'),
          timeColumn('modified_at'),
        ],
      }),
      true,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['notification_template', 'notification_template_type', 'notification_sender'])
      await runner.dropTable(table);
  }
}
