import { expect } from 'chai';
import type { DataSource } from 'typeorm';
import { type DatabasePlace, databaseKinds, databasePlace, openNode } from '../../support/databases.js';
import { skipWithout } from '../../support/services.js';
import { wholeSchema } from '../../support/whole-schema.js';

for (const kind of databaseKinds) {
  describe(`migrations (${kind})`, () => {
    let schema: Awaited<ReturnType<typeof wholeSchema>>;
    let place: DatabasePlace;
    before(async function () {
      skipWithout(this, kind);
      schema = await wholeSchema();
    });
    beforeEach(async () => {
      place = await databasePlace(kind);
    });
    afterEach(() => place.drop());

    const tables = async (source: DataSource) => {
      const runner = source.createQueryRunner();
      try {
        const found: string[] = [];
        for (const { tableName } of source.entityMetadatas) if (await runner.hasTable(tableName)) found.push(tableName);
        return found;
      } finally {
        await runner.release();
      }
    };
    const pendingSql = async (source: DataSource) => {
      if (kind === 'postgres') await expectPlainOrder(source);
      return (await source.driver.createSchemaBuilder().log()).upQueries.map(({ query }) => query);
    };

    /**
     * Keys are compared by code points: on PostgreSQL that is the collation "C", a name that the other databases do not
     * know, so the entities cannot say it. The mapper is told of it here; any other collation is still a drift.
     */
    const expectPlainOrder = async (source: DataSource) => {
      const found = await source.query<{ table_name: string; column_name: string }[]>(
        "SELECT table_name, column_name FROM information_schema.columns WHERE collation_name = 'C' AND table_schema = 'public'",
      );
      const plain = new Set(found.map((one) => `${one.table_name}.${one.column_name}`));
      for (const { tableName, columns } of source.entityMetadatas)
        for (const column of columns) if (plain.has(`${tableName}.${column.databaseName}`)) column.collation = 'C';
    };

    it('make from an empty database what the entities say, with no drift', async () => {
      const node = await openNode(place, schema);
      try {
        expect(await pendingSql(node.connections.writer)).to.deep.equal([]);
      } finally {
        await node.close();
      }
    });

    it('do nothing at the second start', async () => {
      await (await openNode(place, schema)).close();
      const node = await openNode(place, schema);
      try {
        const rows = await node.database.sql.all<{ name: string }>('SELECT name FROM schema_migration', []);
        expect(rows.map((row) => row.name).sort()).to.deep.equal(schema.migrations.map(({ name }) => name).sort());
      } finally {
        await node.close();
      }
    });

    it('can be run by several nodes that start at once', async () => {
      const nodes = await Promise.all([1, 2, 3].map(() => openNode(place, schema)));
      try {
        const rows = await nodes[0]?.database.sql.all<{ name: string }>('SELECT name FROM schema_migration', []);
        expect(rows).to.have.length(schema.migrations.length);
      } finally {
        for (const node of nodes) await node.close();
      }
    });

    it('go down to nothing and up again', async () => {
      const node = await openNode(place, schema);
      const { writer } = node.connections;
      try {
        const all = await tables(writer);
        for (const _ of schema.migrations) await writer.undoLastMigration();
        expect(await tables(writer)).to.deep.equal([]);
        await writer.runMigrations();
        expect(await tables(writer)).to.deep.equal(all);
        expect(await pendingSql(writer)).to.deep.equal([]);
      } finally {
        await node.close();
      }
    });
  });
}
