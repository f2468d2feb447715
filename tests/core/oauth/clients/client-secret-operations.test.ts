import { expect } from 'chai';
import { AuditLogToken } from '#core/audit';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { ConfigurationCachesToken } from '#core/persistence';
import { eventually } from '../../../support/eventually.js';
import { type HeldClock, heldClock } from '../../../support/held-clock.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import type { ApiFailure } from '../../applications/application-api.js';
import { secretsAs, tokenBy } from './client-secret-client.js';

describe('several secrets of a client, beside the other operations', () => {
  let server: TestServer;
  let clock: HeldClock;
  let app: ReturnType<typeof secretsAs>;

  before(async function () {
    this.timeout(60_000);
    clock = heldClock();
    server = await startTestServer({ clock });
    app = secretsAs(server);
  });
  after(() => server?.stop());

  const inSeconds = (seconds: number) => Math.floor(clock.now() / 1000) + seconds;
  const pass = (seconds: number) => clock.advance(seconds * 1000);
  const statusOf = async (clientId: string, secret: string) => (await tokenBy(server, clientId, secret)).status;
  const isLive = async (token: string) => {
    const headers = { authorization: server.admin, 'content-type': 'application/x-www-form-urlencoded' };
    const response = await server.fetch('/oauth2/introspect', { method: 'POST', headers, body: `token=${token}` });
    return ((await response.json()) as { active: boolean }).active;
  };

  it('a new secret in the place of all ends all, with their tokens', async () => {
    const { id, clientId, first } = await app.make();
    const { secretValue: second } = await app.added(id);
    const { access_token: token = '' } = (await tokenBy(server, clientId, second)).body;
    pass(1);
    const { body } = await app.api.post(`${app.pathOf(id)}/regenerate-secret`);
    expect(body).to.include({ multipleClientSecretsConfigured: false, clientSecretExpiresAt: 0 });
    for (const old of [first, second]) expect(await statusOf(clientId, old)).to.equal(401);
    expect(await statusOf(clientId, String(body['clientSecret']))).to.equal(200);
    expect(await isLive(token)).to.equal(false);
    expect(await app.list(id)).to.have.length(1);
  });

  it('a revocation ends all of them until there is a new one in their place', async () => {
    const { id, clientId, first } = await app.make();
    const { secretValue: second, secretId } = await app.added(id);
    await app.api.post<unknown>(`${app.pathOf(id)}/revoke`);
    for (const old of [first, second]) expect(await statusOf(clientId, old)).to.equal(401);
    expect(await app.list(id)).to.deep.equal([]);
    expect((await app.one(id, secretId)).status).to.equal(404);
    const { status, body } = await app.add(id);
    expect([status, body.code]).to.deep.equal([409, 'OAUTH-60012']);
    expect(body.description).to.contain('regenerate-secret');
    const { body: again } = await app.api.post(`${app.pathOf(id)}/regenerate-secret`);
    for (const old of [first, second]) expect(await statusOf(clientId, old)).to.equal(401);
    expect(await statusOf(clientId, String(again['clientSecret']))).to.equal(200);
    expect(await app.list(id)).to.have.length(1);
  });

  it('a change of the configuration leaves them alone, and cannot change them', async () => {
    const { id, clientId, first } = await app.make();
    const { secretValue: second } = await app.added(id, inSeconds(60));
    const { body: shown } = await app.api.get(app.pathOf(id));
    const put = (change: object) => app.api.put<ApiFailure>(app.pathOf(id), { ...shown, ...change });
    for (const change of [{}, { clientSecret: first }, { clientSecret: second }, { clientSecretExpiresAt: null }])
      expect((await put(change)).status).to.equal(200);
    for (const change of [{ clientSecretExpiresAt: 0 }, { clientSecretExpiresAt: inSeconds(90) }]) {
      const { status, body } = await put(change);
      expect([status, body.code]).to.deep.equal([400, 'OAUTH-60001']);
      expect(body.description).to.contain('clientSecretExpiresAt');
    }
    for (const secret of [first, second]) expect(await statusOf(clientId, secret)).to.equal(200);
    expect(await app.list(id)).to.have.length(2);
  });

  it('a creation may say when the first one expires, a decent time', async () => {
    const { id, clientId } = await app.make({ clientSecret: 'my-own-secret', clientSecretExpiresAt: inSeconds(20) });
    expect((await app.list(id))[0]).to.include({ expiresAt: inSeconds(20), latest: true });
    expect(await statusOf(clientId, 'my-own-secret')).to.equal(200);
    for (const clientSecretExpiresAt of [-1, inSeconds(0), clock.now(), '0', 1.5]) {
      const oidc = { grantTypes: ['client_credentials'], clientSecretExpiresAt };
      const { status, body } = await app.api.post<ApiFailure>('', {
        name: 'indecent',
        inboundProtocolConfiguration: { oidc },
      });
      expect([status, body.code], String(clientSecretExpiresAt)).to.deep.equal([400, 'OAUTH-60001']);
      expect(body.description).to.contain('clientSecretExpiresAt');
    }
  });

  it('whoever creates and deletes them is in the audit log, their values are not', async () => {
    const { id, clientId, first } = await app.make();
    const brief = await app.added(id, inSeconds(5));
    pass(5);
    const second = await app.added(id);
    const oldest = (await app.list(id))[0]?.secretId ?? '';
    await app.remove(id, oldest);
    await app.remove(id, second.secretId);
    const records = await server.server.container.get(AuditLogToken).list(SUPER_ORGANIZATION.id, 50);
    const own = records.filter((record) => record['targetId'] === id).reverse();
    const acts = own.filter((record) => /client-secret/.test(String(record['action'])));
    expect(acts.map(({ action, data }) => [action, data])).to.deep.equal([
      ['create-client-secret', { clientId, secretId: brief.secretId, expiresAt: brief.expiresAt, removed: [] }],
      ['create-client-secret', { clientId, secretId: second.secretId, expiresAt: 0, removed: [brief.secretId] }],
      ['delete-client-secret', { clientId, secretId: oldest }],
    ]);
    for (const value of [first, brief.secretValue, second.secretValue])
      expect(JSON.stringify([own, server.logs])).to.not.contain(value);
  });

  it('no token request reads a client anew, whichever secret it has', async () => {
    const { id, clientId, first } = await app.make();
    const { secretValue: second } = await app.added(id);
    const reads = () => server.server.container.get(ConfigurationCachesToken).stats()['oauth-client']?.misses;
    expect(reads()).to.be.a('number');
    // The node forgets clients once more when it hears of its own change.
    await eventually('requests read no client', async () => {
      const before = reads();
      for (const secret of [first, second, 'wrong']) await statusOf(clientId, secret);
      return reads() === before;
    });
  });
});
