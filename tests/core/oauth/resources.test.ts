import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { ApiResourcesToken } from '#core/access';
import {
  createApp,
  createUser,
  expectError,
  expectRedirectError,
  superPlace,
  type TestApp,
  type TokenBody,
  tokensOf,
} from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { Visitor } from '../../support/visitor.js';

const BOOKINGS = 'https://bookings.example/v1';
const SEATS = 'https://seats.example/mcp';
const APIS = { [BOOKINGS]: ['bookings:read', 'bookings:write'], [SEATS]: ['seats:read'] };
const ALL = 'openid bookings:read bookings:write seats:read';

describe('resource indicators', () => {
  let server: TestServer;
  let app: TestApp;
  before(async () => {
    server = await startTestServer();
    await createUser(server, 'alice');
    app = await createApp(server, {
      client: {
        callbackURLs: ['https://app.example/cb'],
        grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
        accessToken: { type: 'JWT' },
      },
    });
    for (const [identifier, names] of Object.entries(APIS)) {
      const scopes = names.map((name) => ({ name, displayName: name }));
      const api = { identifier, name: identifier, requiresAuthorization: false, scopes };
      const { status, body } = await server.api<{ id: string }>('POST', '/api/server/v1/api-resources', api);
      expect(status, JSON.stringify(body)).to.equal(201);
      await app.authorize('NO_POLICY', names, body.id);
    }
  });
  after(() => server?.stop());

  const claimsOf = (token: string) => {
    const { aud, scope } = decodeJwt(token);
    return { aud, scope };
  };
  const code = async (resource: string) => {
    const hop = await app.visit(new Visitor(server), { scope: ALL, resource }, { username: 'alice' });
    return hop.location?.searchParams.get('code') ?? '';
  };
  const clientToken = (resources: string[], scope = ALL) => {
    const fields: [string, string][] = [
      ['grant_type', 'client_credentials'],
      ['scope', scope],
      ...resources.map((uri): [string, string] => ['resource', uri]),
    ];
    return app.send<TokenBody>('/oauth2/token', fields, { authorization: app.basic });
  };

  it('the token names the resource as its audience, and has only the scopes of it', async () => {
    const { access, body } = tokensOf(await app.redeem(await code(BOOKINGS)));
    expect(claimsOf(access)).to.deep.equal({ aud: [app.id, BOOKINGS], scope: 'openid bookings:read bookings:write' });
    expect(body.scope).to.equal('openid bookings:read bookings:write');
    expect((await app.introspect(access)).body['aud']).to.deep.equal([app.id, BOOKINGS]);
  });

  it('several resources can be named, and each token be for some of them', async () => {
    const path = `${app.authorizePath({ scope: ALL, resource: BOOKINGS })}&resource=${encodeURIComponent(SEATS)}`;
    const visitor = new Visitor(server);
    await app.code('alice', {}, visitor);
    const hop = await visitor.get(path);
    const first = tokensOf(await app.redeem(hop.location?.searchParams.get('code') ?? '', { resource: SEATS }));
    expect(claimsOf(first.access)).to.deep.equal({ aud: [app.id, SEATS], scope: 'openid seats:read' });
    const second = tokensOf(await app.refresh(first.refresh, { resource: BOOKINGS }));
    expect(claimsOf(second.access)).to.deep.equal({
      aud: [app.id, BOOKINGS],
      scope: 'openid bookings:read bookings:write',
    });
    const third = tokensOf(await app.refresh(second.refresh));
    expect(claimsOf(third.access)).to.deep.equal({ aud: [app.id, BOOKINGS, SEATS], scope: ALL });
  });

  it('no more can be asked for than was granted', async () => {
    expectError(await app.redeem(await code(BOOKINGS), { resource: SEATS }), 400, 'invalid_target');
    const { refresh } = tokensOf(await app.redeem(await code(BOOKINGS)));
    expectError(await app.refresh(refresh, { resource: SEATS }), 400, 'invalid_target');
    tokensOf(await app.refresh(refresh, { resource: BOOKINGS }));
  });

  it('a grant without resources can be narrowed to one', async () => {
    const { refresh, access } = await app.tokens('alice', { scope: ALL });
    expect(claimsOf(access)).to.deep.equal({ aud: app.id, scope: ALL });
    const narrowed = tokensOf(await app.refresh(refresh, { resource: SEATS }));
    expect(claimsOf(narrowed.access)).to.deep.equal({ aud: [app.id, SEATS], scope: 'openid seats:read' });
    expect(claimsOf(tokensOf(await app.refresh(narrowed.refresh)).access).scope).to.equal(ALL);
  });

  it('an application on its own names them too, in a form or in JSON', async () => {
    const { access } = tokensOf(await clientToken([SEATS, BOOKINGS]));
    expect(claimsOf(access).aud).to.deep.equal([app.id, SEATS, BOOKINGS]);
    const response = await server.fetch('/oauth2/token', {
      method: 'POST',
      headers: { authorization: app.basic, 'content-type': 'application/json' },
      body: JSON.stringify({ grant_type: 'client_credentials', scope: ALL, resource: [SEATS, BOOKINGS] }),
    });
    const body = (await response.json()) as TokenBody;
    expect(claimsOf(body.access_token ?? '').aud).to.deep.equal([app.id, SEATS, BOOKINGS]);
  });

  it('an API of this server is named by its address', async () => {
    const all = await server.server.container.get(ApiResourcesToken).all(superPlace.orgId);
    const resource = all.find(({ identifier }) => identifier.startsWith('/'));
    const admin = await createApp(server, {
      client: { callbackURLs: ['https://app.example/cb'], accessToken: { type: 'JWT' } },
    });
    await admin.authorize('NO_POLICY', [resource?.scopes[0]?.name ?? ''], resource?.id);
    const uri = `${server.origin}${resource?.identifier}`;
    expect(claimsOf((await admin.tokens('alice', { resource: uri })).access).aud).to.deep.equal([admin.id, uri]);
  });

  describe('invalid_target', () => {
    const bad = [
      'https://unknown.example/',
      `${BOOKINGS}#part`,
      '/relative',
      'bookings',
      'javascript:alert(1)',
      'https://bookings.example/v1\n',
      `https://bookings.example/${'x'.repeat(1100)}`,
    ];
    for (const resource of bad)
      it(`for ${JSON.stringify(resource.slice(0, 40))}`, async () => {
        expectRedirectError(await new Visitor(server).get(app.authorizePath({ resource })), 'invalid_target');
        expectError(await clientToken([resource]), 400, 'invalid_target');
      });

    it('for the resource of another application', async () => {
      const other = await createApp(server);
      expectRedirectError(await new Visitor(server).get(other.authorizePath({ resource: BOOKINGS })), 'invalid_target');
    });

    it('for a crowd of them', async () => {
      expectError(await clientToken(Array.from({ length: 11 }, (_, at) => `${BOOKINGS}/${at}`)), 400, 'invalid_target');
    });
  });
});
