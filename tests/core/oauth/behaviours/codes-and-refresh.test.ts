import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { sha256Hex } from '#core/crypto';
import { type GrantRecord, KINDS } from '#core/oauth';
import { StateStoreToken } from '#core/persistence';
import { type HeldClock, heldClock } from '../../../support/held-clock.js';
import {
  CHALLENGE,
  createApp,
  createUser,
  expectError,
  type TestApp,
  tokensOf,
  VERIFIER,
} from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

const grantTypes = ['authorization_code', 'refresh_token'];

describe('behaviours of codes and refresh tokens', () => {
  let server: TestServer;
  let clock: HeldClock;
  let app: TestApp;
  before(async function () {
    this.timeout(60_000);
    clock = heldClock();
    server = await startTestServer({ clock });
    await createUser(server, 'alice');
    app = await createApp(server);
  });
  after(() => server?.stop());

  it('[O1] given no openid scope, when a code is redeemed, there is no id_token', async () => {
    const { body } = await app.redeem(await app.code('alice', { scope: 'profile' }));
    expect(body).to.have.keys('access_token', 'refresh_token', 'scope', 'token_type', 'expires_in');
    expect(body.scope).to.equal('profile');
  });

  it('[O2] given a code already redeemed, the second use is invalid_grant and ends the first access token', async () => {
    for (const type of ['Default', 'JWT']) {
      const own = await createApp(server, { client: { grantTypes, accessToken: { type } } });
      const code = await own.code('alice');
      const first = tokensOf(await own.redeem(code));
      const bystander = await own.tokens('alice');
      expect(await own.isActive(first.access)).to.equal(true);
      const text = 'Inactive authorization code received from token request';
      expectError(await own.redeem(code), 400, 'invalid_grant', text);
      expect(await own.isActive(first.access)).to.equal(false);
      expect(await own.isActive(first.refresh)).to.equal(false);
      expectError(await own.refresh(first.refresh), 400, 'invalid_grant');
      expect(await own.isActive(bystander.access), 'tokens of another code').to.equal(true);
    }
  });

  it('[O3] given a wrong code_verifier, invalid_grant, and a retry with the right one also fails', async () => {
    const code = await app.code('alice', { code_challenge: CHALLENGE, code_challenge_method: 'S256' });
    const wrong = { code_verifier: 'w'.repeat(43) };
    expectError(await app.redeem(code, wrong), 400, 'invalid_grant', 'PKCE validation failed');
    expectError(await app.redeem(code, { code_verifier: VERIFIER }), 400, 'invalid_grant');
  });

  it('[G9] given an app without refresh_token in grantTypes, a code gives no refresh token', async () => {
    const other = await createApp(server, { client: { grantTypes: ['authorization_code'] } });
    const { body } = await other.redeem(await other.code('alice'));
    expect(body).not.to.have.property('refresh_token');
  });

  it('[O16] a scope never granted is invalid_scope, a subset is 200', async () => {
    const first = await app.tokens('alice', { scope: 'openid profile' });
    expectError(await app.refresh(first.refresh, { scope: 'openid email' }), 400, 'invalid_scope', 'Invalid Scope!');
    const narrow = tokensOf(await app.refresh(first.refresh, { scope: 'profile' }));
    expect(narrow.body.scope).to.equal('profile');
    expect(narrow.id).to.equal('');
  });

  it('[O17] given renewRefreshToken=true, a new refresh token and the old gives invalid_grant', async () => {
    const first = await app.tokens('alice');
    const second = tokensOf(await app.refresh(first.refresh));
    expect(second.refresh)
      .to.match(/^[\w-]{43}$/)
      .and.not.equal(first.refresh);
    expectError(await app.refresh(first.refresh), 400, 'invalid_grant');
  });

  it('[O17] given renewRefreshToken=false, the same refresh token', async () => {
    const keeping = await createApp(server, { client: { grantTypes, refreshToken: { renewRefreshToken: false } } });
    const first = await keeping.tokens('alice');
    expect(tokensOf(await keeping.refresh(first.refresh)).refresh).to.equal(first.refresh);
  });

  it('[G31] given a grant with an actor, each JWT of two refreshes still has it', async () => {
    const own = await createApp(server, { client: { grantTypes, accessToken: { type: 'JWT' } } });
    const first = await own.tokens('alice');
    // The grant as an impersonation leaves it.
    const state = server.server.container.get(StateStoreToken);
    const { orgId } = own.place;
    const refresh = await state.get<{ grantId: string }>({
      orgId,
      kind: KINDS.refreshToken,
      id: sha256Hex(first.refresh),
    });
    const id = refresh?.grantId ?? '';
    const actor = { sub: 'impersonator', act: { sub: 'agent' } };
    const terms = { actor, resources: ['https://api.example'], authorizationDetails: [{ type: 'payment' }] };
    await state.update<GrantRecord>({ orgId, kind: KINDS.grant, id }, (grant) => ({
      value: { ...grant, ...terms, subjectType: 'AGENT' },
      expiresAt: clock.now() + 86_400_000,
    }));
    let token = first.refresh;
    for (let round = 0; round < 2; round++) {
      const next = tokensOf(await own.refresh(token));
      const claims = decodeJwt(next.access);
      expect(claims).to.deep.include({ act: actor, authorization_details: terms.authorizationDetails, aut: 'AGENT' });
      expect(claims.aud).to.deep.equal([own.id, 'https://api.example']);
      expect(claims.sub).to.equal(decodeJwt(first.access).sub);
      expect((await own.introspect(next.access)).body).to.deep.include({ act: actor });
      token = next.refresh;
    }
    expect((await state.get<GrantRecord>({ orgId, kind: KINDS.grant, id }))?.grantType).to.equal('authorization_code');
  });

  it('a refresh names the access token that it ends', async () => {
    for (const type of ['Default', 'JWT']) {
      const own = await createApp(server, { client: { grantTypes, accessToken: { type } } });
      const first = await own.tokens('alice');
      const answer = await own.refresh(first.refresh);
      expect(answer.headers.get('deactivatedaccesstoken')).to.equal(first.access);
      expect(await own.isActive(first.access)).to.equal(false);
      const next = await own.refresh(tokensOf(answer).refresh);
      expect(next.headers.get('deactivatedaccesstoken')).to.equal(tokensOf(answer).access);
    }
    expect((await app.token({ grant_type: 'client_credentials' })).headers.get('deactivatedaccesstoken')).to.equal(
      null,
    );
  });
});

describe('graceful rotation', () => {
  let server: TestServer;
  let clock: HeldClock;
  let app: TestApp;
  before(async function () {
    this.timeout(60_000);
    clock = heldClock();
    server = await startTestServer({ clock });
    await createUser(server, 'alice');
    const graceful = { gracefulRefreshTokenRotationEnabled: true, gracefulRefreshTokenReuseLimit: 2 };
    app = await createApp(server, { client: { grantTypes, refreshToken: graceful } });
  });
  after(() => server?.stop());

  it('lets a used token be used again, each time in place of the pair that it gave before', async () => {
    const first = await app.tokens('alice');
    const second = tokensOf(await app.refresh(first.refresh));
    clock.advance(29_000);
    const answer = await app.refresh(first.refresh);
    const third = tokensOf(answer);
    expect(answer.headers.get('deactivatedaccesstoken')).to.equal(second.access);
    expect(await app.isActive(second.access)).to.equal(false);
    expect(await app.isActive(second.refresh)).to.equal(false);
    expect(await app.isActive(third.access)).to.equal(true);
    tokensOf(await app.refresh(third.refresh));
  });

  it('ends when the new refresh token is used: then the old one is a stolen one', async () => {
    const first = await app.tokens('alice');
    const second = tokensOf(await app.refresh(first.refresh));
    const third = tokensOf(await app.refresh(second.refresh));
    expectError(await app.refresh(first.refresh), 400, 'invalid_grant');
    expect(await app.isActive(third.access)).to.equal(false);
  });

  it('ends with its limit', async () => {
    const first = await app.tokens('alice');
    for (let use = 0; use < 3; use++) tokensOf(await app.refresh(first.refresh));
    const answer = await app.refresh(first.refresh);
    expectError(answer, 400, 'invalid_grant');
    expect(answer.body.error_description).to.contain('graceful reuse limit');
  });

  it('ends with its period', async () => {
    const first = await app.tokens('alice');
    const second = tokensOf(await app.refresh(first.refresh));
    clock.advance(30_000);
    const answer = await app.refresh(first.refresh);
    expectError(answer, 400, 'invalid_grant');
    expect(answer.body.error_description).to.contain('grace period has expired');
    expect(await app.isActive(second.refresh)).to.equal(false);
  });

  it('is there for requests at once: all within the limit succeed, and one pair is left', async () => {
    const first = await app.tokens('alice');
    const answers = await Promise.all([1, 2, 3].map(() => app.refresh(first.refresh)));
    const pairs = answers.map((answer) => tokensOf(answer));
    const active = await Promise.all(pairs.map(({ refresh }) => app.isActive(refresh)));
    expect(active.filter(Boolean)).to.have.length(1);
  });

  it('is for the client of the token only', async () => {
    const first = await app.tokens('alice');
    const second = tokensOf(await app.refresh(first.refresh));
    const other = await createApp(server, { client: { grantTypes } });
    expectError(await other.refresh(first.refresh), 400, 'invalid_grant');
    expect(await app.isActive(second.access)).to.equal(true);
  });
});
