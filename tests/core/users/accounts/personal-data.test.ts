import { expect } from 'chai';
import { claimUri, UserSecretsToken, UserServiceToken } from '#core/users';
import { createApp, createUser, type TestApp, tokensOf } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { Visitor } from '../../../support/visitor.js';

const BASE = '/api/identity/user/v1.0';

interface Export {
  readonly user_profile: Readonly<Record<string, unknown>>;
  readonly consents: readonly Readonly<Record<string, unknown>>[];
  readonly security: Readonly<Record<string, unknown>>;
}

describe('the export of personal data', () => {
  let server: TestServer;
  let app: TestApp;
  before(async () => {
    server = await startTestServer();
    app = await createApp(server, { asksConsent: true });
  });
  after(() => server?.stop());
  const own = async (token: string) => {
    const response = await server.fetch(`${BASE}/me`, { headers: { authorization: `Bearer ${token}` } });
    return { status: response.status, body: (await response.json()) as Export };
  };

  it('[A30] has profile, consents and security, without secrets', async () => {
    const user = await createUser(server, 'petra', { emailaddress: ['petra@example.com'], givenname: ['Petra'] });
    await server.server.container.get(UserSecretsToken).write(user, 'some-seed', 'SEED-VALUE');
    const secrets = ['oneTimePassword', 'challengeQuestion1', 'challengeQuestion2', 'identity/backupCodes'];
    const claims = Object.fromEntries(secrets.map((name) => [claimUri(name), ['A-SECRET-CLAIM']]));
    await server.server.container.get(UserServiceToken).writeClaims(user.orgId, user.id, claims);
    const consent = { consent: 'approveAlways' };
    const visit = await app.visit(
      new Visitor(server),
      { scope: 'openid internal_login' },
      { username: 'petra', consent },
    );
    const { access } = tokensOf(await app.redeem(visit.location?.searchParams.get('code') ?? ''));
    const { status, body } = await own(access);
    expect(status).to.equal(200);
    expect(Object.keys(body)).to.deep.equal(['user_profile', 'consents', 'security']);
    expect(body.user_profile).to.include({
      username: 'petra',
      userId: user.id,
      [claimUri('emailaddress')]: 'petra@example.com',
      [claimUri('givenname')]: 'Petra',
    });
    expect(body.consents.map(({ appId }) => appId)).to.deep.equal([app.application.id]);
    expect(body.security).to.include({ [claimUri('identity/accountState')]: 'UNLOCKED' });
    expect(body.security).to.have.property(claimUri('identity/lastPasswordUpdateTime'));
    expect(JSON.stringify(body)).not.to.match(/argon2|SEED-VALUE|some-seed|Correct-horse|A-SECRET-CLAIM/);
  });

  it('is for the user alone, with a token for it', async () => {
    await createUser(server, 'paul');
    const { access } = await app.tokens('paul', { scope: 'openid' });
    expect((await own(access)).status).to.equal(403);
    expect((await server.fetch(`${BASE}/me`)).status).to.equal(401);
    const { body } = await app.token({ grant_type: 'client_credentials' });
    expect((await own(body.access_token ?? '')).status).to.equal(403);
  });

  it('is for administrators, by name and by id', async () => {
    const user = await createUser(server, 'pavel');
    const byName = await server.api<Export>('GET', `${BASE}/pi-info?username=pavel`);
    expect(byName.body.user_profile).to.include({ username: 'pavel', userId: user.id });
    const id = Buffer.from(user.id).toString('base64url');
    expect((await server.api('GET', `${BASE}/pi-info/${id}`)).body).to.deep.equal(byName.body);
    expect((await server.api('GET', `${BASE}/pi-info?username=nobody`)).status).to.equal(404);
    expect((await server.api('GET', `${BASE}/pi-info/bm9ib2R5`)).status).to.equal(404);
    expect((await server.api('GET', `${BASE}/pi-info`)).status).to.equal(400);
    const authorization = `Basic ${btoa('pavel:Correct-horse-1')}`;
    expect((await server.fetch(`${BASE}/pi-info?username=admin`, { headers: { authorization } })).status).to.equal(403);
  });
});
