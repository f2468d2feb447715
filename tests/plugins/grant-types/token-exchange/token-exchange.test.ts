import { expect } from 'chai';
import { decodeJwt, type JWTPayload } from 'jose';
import { ApiResourcesToken } from '#core/access';
import { FederatedAssociationsToken } from '#core/connections';
import { claimUri, type User, UserServiceToken } from '#core/users';
import { MAY_ASK_HERE } from '../../../support/key-endpoint.js';
import {
  type AppOptions,
  createApp,
  createUser,
  expectError,
  superPlace,
  type TestApp,
  tokensOf,
} from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { TrustedIssuer } from '../../../support/trusted-issuer.js';

const grant_type = 'urn:ietf:params:oauth:grant-type:token-exchange';
const type = (name: string) => `urn:ietf:params:oauth:token-type:${name}`;
const grantTypes = [grant_type, 'authorization_code', 'refresh_token', 'client_credentials'];
const client = { grantTypes, accessToken: { type: 'JWT' } };
const now = () => Math.floor(Date.now() / 1000);

describe('the exchange of tokens', () => {
  let server: TestServer;
  let app: TestApp;
  let partner: TrustedIssuer;
  let issuer = '';

  before(async function () {
    this.timeout(60_000);
    server = await startTestServer({ toml: MAY_ASK_HERE });
    issuer = `${server.origin}/oauth2/token`;
    const implicitAssociation = { isEnabled: true, lookupAttribute: ['email'] };
    partner = await TrustedIssuer.start(server, 'partner', { implicitAssociation });
    app = await createApp(server, { client });
  });
  after(async () => {
    partner?.stop();
    await server?.stop();
  });

  const exchange = (subject_token: string, more = {}, of = app) =>
    of.token({ grant_type, subject_token, subject_token_type: type('jwt'), ...more });
  const foreign = async (claims: JWTPayload = {}, more = {}, of = app) =>
    exchange(await partner.sign(claims), more, of);
  const users = () => server.server.container.get(UserServiceToken);
  const linking = (subject: object, more: AppOptions = {}) =>
    createApp(server, { client, application: { claimConfiguration: { subject } }, ...more });
  const link = async (user: User, subject: string) => {
    const idp = { id: partner.id, orgId: superPlace.orgId, name: 'partner' };
    await server.server.container.get(FederatedAssociationsToken).link(user, idp, subject);
  };
  const nameOf = async (answer: Awaited<ReturnType<typeof exchange>>, of = app) =>
    (await of.introspect(tokensOf(answer).access)).body['username'];
  const lock = (user: User) =>
    users().writeClaims(user.orgId, user.id, { [claimUri('identity/accountLocked')]: ['true'] });

  it('gives a token for the subject of a trusted issuer, says what it is, and carries over nothing but the name', async () => {
    const wide = await createApp(server, {
      client: { grantTypes, accessToken: { type: 'JWT', accessTokenAttributes: ['email'] } },
      claims: ['emailaddress'],
    });
    const answer = tokensOf(await foreign({ email: 'x@partner.example' }, { scope: 'openid email' }, wide));
    expect(answer.body).to.include({ issued_token_type: type('access_token'), token_type: 'Bearer' });
    expect(decodeJwt(answer.access)).to.include({ sub: 'outsider', iss: issuer }).and.not.have.property('email');
    expect(decodeJwt(answer.id)).to.include({ sub: 'outsider' }).and.not.have.property('email');
    expect(decodeJwt(tokensOf(await wide.refresh(answer.refresh)).access).sub).to.equal('outsider');
    const jwt = tokensOf(await foreign({ aud: issuer }, { requested_token_type: type('jwt') }, wide));
    expect(jwt.body).to.include({ issued_token_type: type('jwt') });
  });

  it('[G8] refuses an audience that is neither issuer nor alias', async () => {
    expectError(await foreign({ aud: 'nobody' }), 400, 'invalid_target', 'Invalid audience values provided');
    expectError(await foreign({ aud: [app.id] }), 400, 'invalid_target');
    tokensOf(await foreign({ aud: ['nobody', partner.alias] }));
  });

  it('[G11] refuses kinds of tokens that it does not know', async () => {
    const saml = type('saml2');
    const text = (what: string) => `Unsupported ${what} token type : ${saml} provided`;
    expectError(await foreign({}, { subject_token_type: saml }), 400, 'invalid_request', text('subject'));
    expectError(await foreign({}, { requested_token_type: saml }), 400, 'invalid_request', text('requested'));
    expectError(await foreign({}, { actor_token: 'x' }), 400, 'invalid_request');
    expectError(await foreign({}, { actor_token_type: type('jwt') }), 400, 'invalid_request');
    const opaque = await createApp(server, { client: { grantTypes } });
    expectError(await foreign({}, { requested_token_type: type('jwt') }, opaque), 400, 'invalid_request');
    tokensOf(await foreign({}, {}, opaque));
  });

  it('checks issuer, signature and times before the audience', async () => {
    const wrong = { aud: 'nobody' };
    expectError(await foreign({ ...wrong, iss: 'https://x' }), 400, 'invalid_request');
    expectError(await foreign({ ...wrong, exp: now() - 5 }), 400, 'invalid_request', 'The JSON Web Token is expired.');
    expectError(await foreign({ ...wrong, nbf: now() + 50 }), 400, 'invalid_request');
    expectError(await foreign({ ...wrong, iat: now() - 61 * 60 }), 400, 'invalid_request');
    const forged = `${(await partner.sign()).split('.').slice(0, 2).join('.')}.AAAA`;
    expectError(await exchange(forged), 400, 'invalid_request', 'Signature or Message Authentication invalid.');
    tokensOf(await foreign({ iat: now() - 59 * 60 }));
  });

  it('[G12] wants a linked account where the application says that it is mandatory', async () => {
    const user = await createUser(server, 'linked');
    await link(user, 'known');
    const mandatory = await linking({ useMappedLocalSubject: true, mappedLocalSubjectMandatory: true });
    const optional = await linking({ useMappedLocalSubject: true });
    const text = 'The application needs a linked local account, and the subject has none.';
    expectError(await foreign({ sub: 'unknown' }, {}, mandatory), 400, 'invalid_request', text);
    expect(await nameOf(await foreign({ sub: 'unknown' }, {}, optional), optional)).to.equal('unknown');
    for (const which of [mandatory, optional])
      expect(await nameOf(await foreign({ sub: 'known' }, {}, which), which)).to.equal('linked');
    expect(await nameOf(await foreign({ sub: 'known' }))).to.equal('known');
  });

  it('links by an attribute only where a link is mandatory', async () => {
    await createUser(server, 'by-mail', { emailaddress: ['by-mail@example.com'] });
    const claims = { sub: 'new-one', email: 'by-mail@example.com' };
    const optional = await linking({ useMappedLocalSubject: true });
    const mandatory = await linking({ mappedLocalSubjectMandatory: true });
    expect(await nameOf(await foreign(claims, {}, optional), optional)).to.equal('new-one');
    expect(await nameOf(await foreign(claims, {}, mandatory), mandatory)).to.equal('by-mail');
    expect(await nameOf(await foreign(claims, {}, optional), optional)).to.equal('by-mail');
  });

  it('refuses a linked account that is locked', async () => {
    const user = await createUser(server, 'shut');
    await link(user, 'shut-out');
    await lock(user);
    const optional = await linking({ useMappedLocalSubject: true });
    expectError(
      await foreign({ sub: 'shut-out' }, {}, optional),
      400,
      'invalid_request',
      'The linked local account is locked, disabled or not there any more.',
    );
  });

  it('names an audience that the application is authorized for, and no other', async () => {
    const apis = await server.server.container.get(ApiResourcesToken).all(superPlace.orgId);
    const api = apis.find(({ identifier }) => identifier.startsWith('/'));
    if (!api) throw new Error('no API resource ships');
    const audience = server.origin + api.identifier;
    expectError(await foreign({}, { audience }), 400, 'invalid_target');
    expectError(await foreign({}, { audience: 'https://api.example' }), 400, 'invalid_target');
    expect(decodeJwt(tokensOf(await foreign({}, { audience: app.id })).access).aud).to.equal(app.id);
    await app.authorize('NO_POLICY', [], api.id);
    const { access } = tokensOf(await foreign({}, { audience }));
    expect(decodeJwt(access).aud).to.deep.equal([app.id, audience]);
  });

  it('is not for applications that run in a browser, nor for more than the operator allows', async () => {
    const spa = { publicClient: true, grantTypes: [grant_type], accessToken: { type: 'JWT' } };
    const inBrowser = await createApp(server, { client: spa, application: { templateId: 'single-page-application' } });
    expectError(await foreign({}, {}, inBrowser), 400, 'unauthorized_client');
    tokensOf(await foreign({}, {}, await createApp(server, { client: spa })));
  });

  describe('with tokens of this server', () => {
    let from: TestApp;
    before(async () => {
      from = await createApp(server, { client: { ...client, idToken: { audience: [issuer] } } });
      for (const name of ['own', 'agent', 'second', 'third']) await createUser(server, name);
    });
    const act = async (subject: string, actor: string, more = {}) =>
      exchange(subject, { actor_token: actor, actor_token_type: type('access_token'), ...more }, from);

    it('takes a live access token, and gives no more scopes than it had', async () => {
      const { access } = await from.tokens('own', { scope: 'openid email' });
      const token = tokensOf(
        await exchange(access, { scope: 'openid profile', subject_token_type: type('access_token') }),
      );
      expect(token.body.scope).to.equal('openid');
      expect((await app.introspect(token.access)).body['username']).to.equal('own');
      expect(tokensOf(await exchange(access)).body.scope).to.equal('openid email');
    });

    it('takes no revoked, no refresh, no application and, as an access token, no ID token', async () => {
      const { access, refresh, id } = await from.tokens('own');
      const as = { subject_token_type: type('access_token') };
      expectError(await exchange(id, as), 400, 'invalid_request', 'The subject token is no access token.');
      expectError(await exchange(refresh, as), 400, 'invalid_request');
      const machine = tokensOf(await from.token({ grant_type: 'client_credentials' })).access;
      expectError(await exchange(machine, as), 400, 'invalid_request');
      tokensOf(await exchange(id));
      await from.revoke(access);
      expectError(await exchange(access, as), 400, 'invalid_request', 'The access token is not active any more.');
    });

    it('takes no ID token that is not meant for this server, not even of the application itself', async () => {
      const plain = await createApp(server, { client });
      const { id, access } = await plain.tokens('own');
      expectError(await exchange(id, {}, plain), 400, 'invalid_target');
      tokensOf(await exchange(access, {}, plain));
      expectError(await exchange(access), 400, 'invalid_target');
    });

    it('lets another act for the user, and who acted before stands below', async () => {
      const actorOf = async (name: string) => (await from.tokens(name)).access;
      const subject = (await from.tokens('own', { scope: 'openid email' })).access;
      const [agent, second] = [await actorOf('agent'), await actorOf('second')];
      const once = tokensOf(await act(subject, agent, { scope: 'openid profile' }));
      const agentId = decodeJwt(agent).sub;
      expect(decodeJwt(once.access)).to.deep.include({
        act: { sub: agentId },
        scope: 'openid',
        sub: decodeJwt(subject).sub,
      });
      expect(decodeJwt(once.id)['act']).to.deep.equal({ sub: agentId });
      const twice = tokensOf(await act(once.access, second));
      const chain = { sub: decodeJwt(second).sub, act: { sub: agentId } };
      expect(decodeJwt(twice.access)['act']).to.deep.equal(chain);
      expect((await from.introspect(twice.access)).body['act']).to.deep.equal(chain);
      // An equal request ends the JWT before it.
      const again = tokensOf(await act(twice.access, second));
      expect(decodeJwt(again.access)['act']).to.deep.equal(chain);
      expect(decodeJwt(tokensOf(await exchange(again.access, {}, from)).access)['act']).to.deep.equal(chain);
      expect(decodeJwt(tokensOf(await from.refresh(twice.refresh)).access)['act']).to.deep.equal(chain);
    });

    it('limits how many act for each other', async () => {
      let subject = (await from.tokens('own')).access;
      const actors = [(await from.tokens('agent')).access, (await from.tokens('second')).access];
      for (let count = 0; count < 5; count++) subject = tokensOf(await act(subject, actors[count % 2] ?? '')).access;
      expectError(
        await act(subject, actors[1] ?? ''),
        400,
        'invalid_request',
        'At most 5 can act for each other in a row.',
      );
    });

    it('refuses an actor who is locked, acts for somebody else, or shows another kind of token', async () => {
      const subject = (await from.tokens('own')).access;
      const { access, id } = await from.tokens('third');
      expectError(await act(subject, id), 400, 'invalid_request');
      expectError(await act(subject, await partner.sign()), 400, 'invalid_request');
      expectError(await act(subject, access, { actor_token_type: type('saml2') }), 400, 'invalid_request');
      const acting = tokensOf(await act(subject, access)).access;
      expectError(await act(access, acting), 400, 'invalid_request');
      const third = await users().findByUsername(superPlace.orgId, 'third');
      if (third) await lock(third);
      expectError(await act(subject, access), 400, 'invalid_request');
    });

    it('does not let the ID token of somebody acted for pass as one of its own', async () => {
      const actor = (await from.tokens('agent')).access;
      const { id } = tokensOf(await act((await from.tokens('own')).access, actor));
      expectError(await exchange(id), 400, 'invalid_request');
    });
  });
});
