import { expect } from 'chai';
import { type Database, DatabaseToken } from '#core/persistence';
import { ClientSecrets2026112100700 } from '../../../../core/oauth/migrations/0005-client-secrets.js';
import { onEachDatabase } from '../../../support/databases.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { secretsAs, tokenBy } from './client-secret-client.js';

interface Row {
  readonly client_secret: string | null;
  readonly settings: string;
  readonly tokens_valid_from: number | string;
}

onEachDatabase('the one secret of clients from before', (kind) => {
  for (const hashed of [true, false])
    it(`is the first of several now, ${hashed ? 'as a hash' : 'sealed'}; back again, the newest is the one`, async function () {
      this.timeout(120_000);
      const server = await startTestServer({ database: kind, toml: `[oauth]\nhash_client_secret = ${hashed}` });
      try {
        const app = secretsAs(server);
        const [plain, rotated] = [await app.make(), await app.make()];
        const { secretValue } = await app.added(rotated.id);
        const code = { grantTypes: ['authorization_code'], callbackURLs: ['https://app.example.com/cb'] };
        const spa = await app.make({ ...code, publicClient: true });
        await inUnit(server, (migration, runner) => migration.down(runner));
        const before = await rowOf(server, plain.id);
        expect(before.client_secret).to.match(hashed ? /^sha256:[0-9a-f]{64}$/ : /^sealed:/);
        expect((await rowOf(server, spa.id)).client_secret).to.equal(null);
        await inUnit(server, (migration, runner) => migration.up(runner));
        await server.restart();
        expect(await rowOf(server, plain.id)).to.not.have.property('client_secret');
        expect(await rowOf(server, plain.id)).to.deep.include({ settings: before.settings });
        const status = async (clientId: string, secret: string) => (await tokenBy(server, clientId, secret)).status;
        expect(await status(plain.clientId, plain.first)).to.equal(200);
        expect(await status(rotated.clientId, secretValue)).to.equal(200);
        expect(await status(rotated.clientId, rotated.first)).to.equal(401);
        const [only, ...others] = await app.list(plain.id);
        expect(others).to.deep.equal([]);
        const createdAt = Math.floor(Number(before.tokens_valid_from) / 1000);
        expect(only).to.include({ status: 'ACTIVE', latest: true, expiresAt: 0, createdAt });
        expect(await app.list(spa.id)).to.deep.equal([]);
        const further = await app.added(plain.id);
        for (const secret of [plain.first, further.secretValue])
          expect(await status(plain.clientId, secret)).to.equal(200);
      } finally {
        await server.stop();
      }
    });
});

type Runner = Parameters<ClientSecrets2026112100700['up']>[0];

/** Runs a part of the migration on the database of a running server. */
function inUnit(server: TestServer, work: (migration: ClientSecrets2026112100700, runner: Runner) => Promise<void>) {
  const database: Database = server.server.container.get(DatabaseToken);
  return database.run(async () => {
    const { queryRunner } = database.manager;
    if (!queryRunner) throw new Error('there is no unit of work');
    await work(new ClientSecrets2026112100700(), queryRunner);
  });
}

async function rowOf(server: TestServer, id: string): Promise<Row> {
  const { sql } = server.server.container.get(DatabaseToken);
  const row = await sql.one<Row>('SELECT * FROM oauth_client WHERE app_id = ?', [id]);
  if (!row) throw new Error('the row is not there');
  return row;
}
