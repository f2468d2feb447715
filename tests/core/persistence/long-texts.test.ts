import { expect } from 'chai';
import type { QueryRunner } from 'typeorm';
import { migrationSql } from '#core/persistence';
import { LongTexts2026112100690 } from '../../../core/persistence/migrations/0003-long-texts.js';
import { OutboxMessageEntity } from '../../../core/persistence/tables.entity.js';
import { databasePlace, openNode } from '../../support/databases.js';
import { persistenceSchema } from '../../support/persistence-schema.js';
import { servicesOf } from '../../support/services.js';

interface Column {
  readonly name: string;
  readonly type: string;
  readonly nullable: string;
  readonly collation: string;
}

describe('texts of a database from before (mariadb)', () => {
  before(servicesOf('mariadb'));

  const typesIn = async (runner: QueryRunner, table: string) => {
    const columns = await migrationSql(runner).all<Column>(
      'SELECT column_name AS name, data_type AS type, is_nullable AS nullable, collation_name AS collation' +
        " FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ? AND data_type LIKE '%text'" +
        ' ORDER BY column_name',
      [table],
    );
    return columns.map(({ name, type, nullable, collation }) => `${name} ${type} ${nullable} ${collation}`);
  };

  it('end after 64 KiB no longer; what others keep there stays as it is', async () => {
    const place = await databasePlace('mariadb');
    const node = await openNode(place, persistenceSchema);
    const runner = node.connections.writer.createQueryRunner();
    try {
      await runner.query('ALTER TABLE outbox_message MODIFY payload text NOT NULL, MODIFY last_error text NULL');
      await runner.query('CREATE TABLE theirs (note text)');
      await runner.query("INSERT INTO outbox_message VALUES ('1', 'o', 't', '{}', 'dead', 0, 0, NULL, 0)");
      await new LongTexts2026112100690().up(runner);
      expect(await typesIn(runner, 'outbox_message')).to.deep.equal([
        'last_error longtext YES utf8mb4_nopad_bin',
        'payload longtext NO utf8mb4_nopad_bin',
      ]);
      expect((await typesIn(runner, 'theirs'))[0]).to.match(/^note text /);
      expect(await node.database.manager.countBy(OutboxMessageEntity, { id: '1' })).to.equal(1);
    } finally {
      await runner.release();
      await node.close();
      await place.drop();
    }
  });
});
