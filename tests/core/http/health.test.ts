import { expect } from 'chai';
import { DatabaseToken } from '#core/persistence';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const HEALTH = '/api/health-check/v1.0/health';

describe('health', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  it('says 200 with facts while the database answers', async () => {
    const response = await server.fetch(HEALTH);
    expect(response.status).to.equal(200);
    const body = (await response.json()) as { health: { key: string; value: string }[] };
    expect(body.health[0]).to.include.keys('key', 'value');
  });

  it('says 503 with the reason when the database does not answer', async () => {
    const database = server.server.container.get(DatabaseToken);
    const all = database.sql.all;
    database.sql.all = () => Promise.reject(new Error('gone: secret host name'));
    try {
      const response = await server.fetch(HEALTH);
      expect(response.status).to.equal(503);
      const text = await response.text();
      expect(text).not.to.contain('secret host name');
      expect((JSON.parse(text) as { errors: { code: string }[] }).errors[0]?.code).to.equal('HC_00001');
    } finally {
      database.sql.all = all;
    }
    expect((await server.fetch(HEALTH)).status).to.equal(200);
  });
});

it('does not offer the health address when it is switched off', async () => {
  const server = await startTestServer({ toml: '[carbon_health_check]\nenable = false' });
  try {
    expect((await server.fetch(HEALTH)).status).to.equal(404);
  } finally {
    await server.stop();
  }
});
