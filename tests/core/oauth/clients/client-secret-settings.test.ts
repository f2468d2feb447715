import { expect } from 'chai';
import { SignJWT } from 'jose';
import { DatabaseToken } from '#core/persistence';
import { ClientEntity } from '../../../../core/oauth/clients/client.entity.js';
import { assertionClaims, assertionFields } from '../../../support/client-assertion.js';
import { databaseKinds } from '../../../support/databases.js';
import { eventually } from '../../../support/eventually.js';
import { type HeldClock, heldClock } from '../../../support/held-clock.js';
import { onServices } from '../../../support/services.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { secretsAs, tokenBy } from './client-secret-client.js';

const REGISTER = '/api/identity/oauth2/dcr/v1.1/register';

describe('several secrets that are kept readable', () => {
  let server: TestServer;
  let clock: HeldClock;
  let app: ReturnType<typeof secretsAs>;

  before(async function () {
    this.timeout(60_000);
    clock = heldClock();
    const toml = '[oauth]\nhash_client_secret = false\n[oauth.multiple_client_secrets]\nmax_secret_count = 3';
    server = await startTestServer({ clock, toml });
    app = secretsAs(server);
  });
  after(() => server?.stop());

  const inSeconds = (seconds: number) => Math.floor(clock.now() / 1000) + seconds;

  it('are as many as the operator allows', async () => {
    const { id } = await app.make();
    expect([await app.add(id), await app.add(id), await app.add(id)].map(({ status }) => status)).to.deep.equal([
      201, 201, 409,
    ]);
  });

  it('are shown one by one; the configuration shows the latest that has not expired', async () => {
    const { id, clientId, first } = await app.make();
    const second = await app.added(id, inSeconds(30));
    for (const secret of await app.list(id)) expect(secret).to.not.have.property('secretValue');
    const [older] = await app.list(id);
    expect((await app.one(id, older?.secretId ?? '')).body).to.include({ secretValue: first });
    expect((await app.one(id, second.secretId)).body).to.include({ secretValue: second.secretValue });
    const shown = async () => (await app.api.get(app.pathOf(id))).body;
    expect(await shown()).to.include({ clientSecret: second.secretValue, clientSecretExpiresAt: second.expiresAt });
    expect((await app.api.put(app.pathOf(id), await shown())).status).to.equal(200);
    clock.advance(30_000);
    expect(await shown()).to.include({ clientSecret: first, clientSecretExpiresAt: 0 });
    expect((await app.api.put(app.pathOf(id), await shown())).status).to.equal(200);
    expect((await tokenBy(server, clientId, first)).status).to.equal(200);
  });

  it('lie sealed in the database', async () => {
    const { id, first } = await app.make();
    const { secretValue } = await app.added(id);
    const { sql } = server.server.container.get(DatabaseToken);
    const [row] = await sql.all<Record<string, unknown>>('SELECT * FROM oauth_client WHERE app_id = ?', [id]);
    expect(String(row?.['client_secrets'])).to.match(/"sealed:.*"sealed:/);
    for (const value of [first, secretValue]) expect(JSON.stringify(row)).to.not.contain(value);
  });

  const asserted = async (clientId: string, secret: string) => {
    const claims = assertionClaims(clientId, `${server.origin}/oauth2/token`, {}, clock.now());
    const jwt = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret));
    const response = await server.fetch('/oauth2/token', {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ grant_type: 'client_credentials', ...assertionFields(jwt) }).toString(),
    });
    return { status: response.status, body: (await response.json()) as { error?: string } };
  };

  it('each of them signs assertions, until it expires or is deleted', async () => {
    const { id, clientId, first } = await app.make();
    const second = await app.added(id, inSeconds(30));
    const third = await app.added(id);
    for (const secret of [first, second.secretValue, third.secretValue])
      expect((await asserted(clientId, secret)).status).to.equal(200);
    clock.advance(30_000);
    expect(await asserted(clientId, second.secretValue)).to.deep.include({ status: 401 });
    await app.remove(id, (await app.list(id))[0]?.secretId ?? '');
    for (const secret of [first, second.secretValue, 'another-secret-that-is-long-enough'])
      expect((await asserted(clientId, secret)).body.error).to.equal('invalid_client');
    expect((await asserted(clientId, third.secretValue)).status).to.equal(200);
  });

  it('registered clients are told when theirs expires', async () => {
    const metadata = { client_name: 'registered', grant_types: ['client_credentials'] };
    const { body } = await server.api('POST', REGISTER, metadata);
    expect(body).to.include({ client_secret_expires_at: 0 });
    const path = `/api/server/v1/applications?filter=name+eq+registered`;
    const found = (await server.api<{ applications: { id: string }[] }>('GET', path)).body.applications[0]?.id ?? '';
    const made = await app.added(found, inSeconds(60));
    const wanted = { client_secret: made.secretValue, client_secret_expires_at: made.expiresAt };
    const own = `${REGISTER}/${String(body['client_id'])}`;
    expect((await server.api('GET', own)).body).to.include(wanted);
    expect((await server.api('PUT', own, metadata)).body).to.include(wanted);
    expect((await tokenBy(server, String(body['client_id']), String(body['client_secret']))).status).to.equal(200);
  });
});

describe('the limit of client secrets', () => {
  it('may be one, and a lower limit than before takes no secret away', async function () {
    this.timeout(60_000);
    const server = await startTestServer({ toml: '[oauth.multiple_client_secrets]\nmax_secret_count = 1' });
    try {
      const app = secretsAs(server);
      const [{ id, clientId, first }, other] = [await app.make(), await app.make()];
      expect((await app.add(id)).status).to.equal(409);
      // As if both had been made under a higher limit.
      const database = server.server.container.get(DatabaseToken);
      const secretsOf = async (appId: string) => {
        const row = await database.manager.findOneByOrFail(ClientEntity, { appId });
        return row.clientSecrets;
      };
      const clientSecrets = [...(await secretsOf(id)), ...(await secretsOf(other.id))];
      await database.run(() => database.manager.update(ClientEntity, { appId: id }, { clientSecrets }));
      await server.restart();
      for (const secret of [first, other.first]) expect((await tokenBy(server, clientId, secret)).status).to.equal(200);
      expect((await app.add(id)).status).to.equal(409);
      expect(await app.list(id)).to.have.length(2);
    } finally {
      await server.stop();
    }
  });
});

for (const database of databaseKinds.filter((kind) => kind !== 'sqlite')) {
  onServices(database)(`another node on ${database} knows new secrets and forgets deleted ones`, async function () {
    this.timeout(120_000);
    const one = await startTestServer({ database });
    try {
      const other = await startTestServer({ database, beside: one });
      try {
        const app = secretsAs(one);
        const { id, clientId, first } = await app.make();
        const there = async (secret: string) => (await tokenBy(other, clientId, secret)).status;
        await eventually('the client is known', async () => (await there(first)) === 200);
        const { secretValue } = await app.added(id);
        await eventually('the new secret is known', async () => (await there(secretValue)) === 200);
        expect(await there(first)).to.equal(200);
        await app.remove(id, (await app.list(id))[0]?.secretId ?? '');
        await eventually('the deleted one is not', async () => (await there(first)) === 401);
        expect(await there(secretValue)).to.equal(200);
        const answers = await Promise.all([app.add(id), secretsAs(other).add(id)]);
        expect(answers.map(({ status }) => status).sort()).to.deep.equal([201, 409]);
        await eventually('both lists are one', async () => {
          const lists = await Promise.all([app.list(id), secretsAs(other).list(id)]);
          return lists.every((list) => list.length === 2);
        });
      } finally {
        await other.stop();
      }
    } finally {
      await one.stop();
    }
  });
}
