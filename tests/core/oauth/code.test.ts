import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { type HeldClock, heldClock } from '../../support/held-clock.js';
import {
  createApp,
  createTenant,
  createUser,
  expectError,
  type TestApp,
  tokensOf,
} from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

describe('authorization codes', () => {
  let server: TestServer;
  let clock: HeldClock;
  let app: TestApp;
  before(async () => {
    clock = heldClock();
    server = await startTestServer({ clock });
    await createUser(server, 'alice');
    app = await createApp(server);
  });
  after(() => server?.stop());

  const unknown = 'Invalid authorization code received from token request';

  it('are opaque and long enough not to be guessed', async () => {
    expect(await app.code('alice')).to.match(/^[\w-]{43}$/);
  });

  it('give tokens with openid, which must not be cached', async () => {
    const answer = await app.redeem(await app.code('alice'));
    const { id, body } = tokensOf(answer);
    expect(body.token_type).to.equal('Bearer');
    expect(body.expires_in).to.equal(3600);
    expect(decodeJwt(id).aud).to.equal(app.id);
    expect(answer.headers.get('cache-control')).to.equal('no-store');
    expect(answer.headers.get('pragma')).to.equal('no-cache');
  });

  it('a replay also ends what was refreshed in between', async () => {
    const code = await app.code('alice');
    const second = tokensOf(await app.refresh(tokensOf(await app.redeem(code)).refresh));
    expectError(await app.redeem(code), 400, 'invalid_grant');
    expect(await app.isActive(second.access)).to.equal(false);
    expectError(await app.refresh(second.refresh), 400, 'invalid_grant');
  });

  it('a wrong redirect URI burns the code', async () => {
    for (const redirect_uri of ['https://app.example/cb/', 'https://app.example/CB', '']) {
      const code = await app.code('alice');
      expectError(await app.redeem(code, { redirect_uri }), 400, 'invalid_grant', 'Callback url mismatch');
      expectError(await app.redeem(code), 400, 'invalid_grant', unknown);
    }
  });

  it('another client burns the code', async () => {
    const other = await createApp(server);
    const code = await app.code('alice');
    expectError(await other.redeem(code), 400, 'invalid_grant', unknown);
    expectError(await app.redeem(code), 400, 'invalid_grant', unknown);
  });

  it('a client that fails to authenticate does not burn the code', async () => {
    const code = await app.code('alice');
    const authorization = `Basic ${Buffer.from(`${app.id}:wrong`).toString('base64')}`;
    const fields = { grant_type: 'authorization_code', code, redirect_uri: 'https://app.example/cb' };
    expectError(await app.send('/oauth2/token', fields, { authorization }), 401, 'invalid_client');
    tokensOf(await app.redeem(code));
  });

  it('are good in their organization only', async () => {
    const tenant = await createTenant(server, 'codes.example');
    const clientId = 'the_same_id_in_two_places';
    const here = await createApp(server, { clientId });
    const there = await createApp(server, { clientId, place: tenant });
    const code = await here.code('alice');
    expectError(await there.redeem(code), 400, 'invalid_grant', unknown);
    tokensOf(await here.redeem(code));
  });

  it('of 50 redemptions at once exactly one succeeds', async () => {
    const code = await app.code('alice');
    const answers = await Promise.all(Array.from({ length: 50 }, () => app.redeem(code)));
    const good = answers.filter(({ status }) => status === 200);
    expect(good).to.have.length(1);
    for (const answer of answers) if (answer.status !== 200) expectError(answer, 400, 'invalid_grant');
  });

  it('live five minutes', async () => {
    const early = await app.code('alice');
    clock.advance(5 * 60_000 - 1);
    tokensOf(await app.redeem(early));
    const late = await app.code('alice');
    clock.advance(5 * 60_000);
    expectError(await app.redeem(late), 400, 'invalid_grant', unknown);
  });

  it('parameters of the grant that are absent or empty are named', async () => {
    const absent = await app.token({ grant_type: 'authorization_code', redirect_uri: 'https://app.example/cb' });
    expectError(absent, 400, 'invalid_request', 'Missing parameters: code');
    expectError(await app.redeem(''), 400, 'invalid_request', 'Missing parameters: code');
    expectError(await app.redeem('x'.repeat(600)), 400, 'invalid_request', 'Invalid parameters: code');
  });
});

it('[oauth.token_validation] authorization_code_validity says how long a code lives', async () => {
  const clock = heldClock();
  const toml = '[oauth.token_validation]\nauthorization_code_validity = "10s"';
  const server = await startTestServer({ clock, toml });
  try {
    const app = await createApp(server);
    const code = await app.code('admin');
    clock.advance(10_000);
    expectError(await app.redeem(code), 400, 'invalid_grant');
  } finally {
    await server.stop();
  }
});
