import { expect } from 'chai';
import { AuditLogToken } from '#core/audit';
import {
  createApp,
  createTenant,
  createUser,
  superPlace,
  type TestApp,
  tokensOf,
  USER_PASSWORD,
} from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { Visitor } from '../../support/visitor.js';
import { type ApiFailure, providersAs } from '../connections/provider-api.js';

interface App {
  readonly id: string;
  readonly name: string;
  readonly clientId: string;
  readonly approvedScopes: readonly string[];
}
const V1 = '/api/users/v1/me/authorized-apps';
const V2 = '/api/users/v2/me/authorized-apps';
const basic = (name: string) => `Basic ${Buffer.from(`${name}:${USER_PASSWORD}`).toString('base64')}`;

describe('applications that may act for a user', () => {
  let server: TestServer;
  let count = 0;
  before(async function () {
    this.timeout(60_000);
    server = await startTestServer();
  });
  after(() => server?.stop());

  /** A user, with two applications that have tokens; the first has a consent too. */
  async function furnished() {
    const username = `user${++count}`;
    const user = await createUser(server, username, { nickname: ['Nick'] });
    const asking = await createApp(server, { name: `asking ${count}`, claims: ['nickname'], asksConsent: true });
    const plain = await createApp(server, { name: `plain ${count}` });
    const hop = await asking.visit(new Visitor(server), { scope: 'openid profile' }, { username });
    const first = tokensOf(await asking.redeem(hop.location?.searchParams.get('code') ?? ''));
    const second = await plain.tokens(username, { scope: 'openid internal_login' });
    return { username, user, asking, plain, first, second };
  }
  const as = (authorization: string, base = V2) => providersAs(server, { authorization }, base);
  const idOf = (app: TestApp) => app.application.id;

  it('are listed with what they may have, in both versions', async () => {
    const { username, asking, plain, second } = await furnished();
    const listed = (await as(basic(username)).get<App[]>('')).body;
    expect(listed).to.deep.equal([
      { id: idOf(asking), name: asking.application.name, clientId: asking.id, approvedScopes: ['openid', 'profile'] },
      {
        id: idOf(plain),
        name: plain.application.name,
        clientId: plain.id,
        approvedScopes: ['internal_login', 'openid'],
      },
    ]);
    expect((await as(`Bearer ${second.access}`).get<App>(`/${idOf(plain)}`)).body).to.deep.equal(listed[1]);
    expect((await as(basic(username), V1).get('')).body).to.deep.equal(
      [asking, plain].map((app) => ({ appId: app.application.name, clientId: app.id })),
    );
    const byName = `/${encodeURIComponent(plain.application.name)}`;
    expect((await as(basic(username), V1).get(byName)).body).to.include({ clientId: plain.id });
  });

  it('lose tokens and consent one by one', async () => {
    const { username, user, asking, plain, first, second } = await furnished();
    expect((await as(basic(username)).delete(`/${idOf(asking)}`)).status).to.equal(204);
    expect([await asking.isActive(first.access), await asking.isActive(first.refresh)]).to.deep.equal([false, false]);
    expect(await plain.isActive(second.access)).to.equal(true);
    expect((await as(basic(username)).get<App[]>('')).body.map(({ id }) => id)).to.deep.equal([idOf(plain)]);
    const again = await asking.visit(new Visitor(server), { scope: 'openid profile', prompt: 'none' }, { username });
    expect(again.location?.searchParams.get('error')).to.equal('login_required');
    const visitor = new Visitor(server);
    await plain.tokens(username, {}, visitor);
    const hop = await visitor.get(asking.authorizePath({ scope: 'openid profile', prompt: 'none' }));
    expect(hop.location?.searchParams.get('error')).to.equal('consent_required');
    const log = await server.server.container.get(AuditLogToken).list(superPlace.orgId, 50);
    const [record] = log.filter(({ action }) => action === 'revoke-authorized-app');
    expect(record).to.deep.include({ initiatorId: user.id, targetId: idOf(asking) });
  });

  it('lose everything at once, codes that were not redeemed too', async () => {
    const { username, asking, plain, first, second } = await furnished();
    const code = await plain.code(username);
    expect((await as(basic(username)).delete('')).status).to.equal(204);
    expect(await Promise.all([asking.isActive(first.access), plain.isActive(second.access)])).to.deep.equal([
      false,
      false,
    ]);
    expect((await plain.redeem(code)).body.error).to.equal('invalid_grant');
    expect((await as(basic(username)).get<App[]>('')).body).to.deep.equal([]);
    expect((await as(basic(username)).delete('')).status).to.equal(204);
  });

  it('end where tokens are not kept, too', async () => {
    const other = await startTestServer({ toml: '[oauth.token_persistence]\npersist_access_token = false' });
    try {
      await createUser(other, 'alice');
      const app = await createApp(other, { client: { accessToken: { type: 'JWT' } } });
      const { access } = await app.tokens('alice');
      expect(await app.isActive(access)).to.equal(true);
      const api = providersAs(other, { authorization: basic('alice') }, V2);
      expect((await api.delete(`/${idOf(app)}`)).status).to.equal(204);
      expect(await app.isActive(access)).to.equal(false);
    } finally {
      await other.stop();
    }
  });

  it('are nobody else’s business', async () => {
    const mine = await furnished();
    const theirs = await furnished();
    const answer = await as(basic(theirs.username)).delete<ApiFailure>(`/${idOf(mine.asking)}`);
    expect([answer.status, answer.body.code]).to.deep.equal([404, 'AUA-10001']);
    expect((await as(basic(theirs.username)).get<ApiFailure>('/nothing')).status).to.equal(404);
    await as(basic(theirs.username)).delete('');
    expect(await mine.asking.isActive(mine.first.access)).to.equal(true);
  });

  it('are shown to users only, and to tokens that are for it', async () => {
    const { asking, first } = await furnished();
    const { access } = tokensOf(await asking.token({ grant_type: 'client_credentials' }));
    for (const base of [V1, V2])
      for (const [method, path] of [
        ['GET', ''],
        ['DELETE', ''],
        ['GET', `/${idOf(asking)}`],
        ['DELETE', `/${idOf(asking)}`],
      ] as const) {
        expect((await as('Bearer nonsense', base).send(method, path)).status).to.equal(401);
        for (const token of [first.access, access])
          expect((await as(`Bearer ${token}`, base).send(method, path)).status, `${method} ${path}`).to.equal(403);
      }
    expect(await asking.isActive(first.access)).to.equal(true);
  });

  it('are those of the tenant', async () => {
    const place = await createTenant(server, 'apps.example');
    await createUser(server, 'same', {}, place);
    await createUser(server, 'same');
    const app = await createApp(server, { place });
    await app.tokens('same');
    const there = providersAs(server, { authorization: basic('same'), prefix: place.prefix }, V2);
    expect((await there.get<App[]>('')).body.map(({ id }) => id)).to.deep.equal([idOf(app)]);
    expect((await as(basic('same')).get<App[]>('')).body).to.deep.equal([]);
  });
});
