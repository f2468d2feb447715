import { expect } from 'chai';
import { decodeJwt, type JWTPayload, SignJWT } from 'jose';
import { KeySetsToken } from '#core/crypto';
import { assertionClaims, assertionFields, tokenEndpointOf } from '../support/client-assertion.js';
import { dpopKey } from '../support/dpop-client.js';
import { createApp, createUser, superPlace, type TestApp, type Tokens } from '../support/oauth-client.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { Visitor, withQuery } from '../support/visitor.js';

/** Types of all JWTs that this server signs, of those that clients sign for it, and what says nothing. */
const TYPES = [
  'at+jwt',
  'JWT',
  'jwt',
  'rt+jwt',
  'logout+jwt',
  'oauth-authz-resp+jwt',
  'oauth-authz-req+jwt',
  'client-authentication+jwt',
  'dpop+jwt',
  undefined,
];

describe('a JWT of one kind that is shown as one of another', () => {
  let server: TestServer;
  let app: TestApp;
  let tokens: Tokens;
  before(async () => {
    server = await startTestServer();
    await createUser(server, 'alice');
    const key = await dpopKey();
    app = await createApp(server, {
      application: { advancedConfigurations: { skipLoginConsent: true, skipLogoutConsent: true } },
      client: { accessToken: { type: 'JWT' }, registration: { jwks: { keys: [key.jwk] } } },
    });
    asClient = (typ, claims) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'ES256', ...(typ === undefined ? {} : { typ }) })
        .sign(key.privateKey);
    tokens = await app.tokens('alice');
  });
  after(() => server?.stop());

  let asClient: (typ: string | undefined, claims: JWTPayload) => Promise<string>;
  /** A JWT with the key of the organization, its claims perfect, of some type. */
  const asServer = (typ: string | undefined, claims: JWTPayload) =>
    server.server.container
      .get(KeySetsToken)
      .sign(superPlace.orgId, { alg: 'RS256', ...(typ === undefined ? {} : { typ }) }, claims);
  const takenAt = async (door: (typ: string | undefined) => Promise<boolean>) => {
    const taken: (string | undefined)[] = [];
    for (const typ of TYPES) if (await door(typ)) taken.push(typ);
    return taken;
  };

  it('is no access token: only at+jwt opens userinfo and is active', async () => {
    const claims = decodeJwt(tokens.access);
    const opens = async (typ: string | undefined) => (await app.userinfo(await asServer(typ, claims))).status === 200;
    expect(await takenAt(opens)).to.deep.equal(['at+jwt']);
    expect(await takenAt(async (typ) => app.isActive(await asServer(typ, claims)))).to.deep.equal(['at+jwt']);
  });

  it('is no ID token: only JWT is taken for a hint', async () => {
    const claims = decodeJwt(tokens.id);
    const hints = async (typ: string | undefined) => {
      const id_token_hint = await asServer(typ, claims);
      const hop = await new Visitor(server).get(app.authorizePath({ id_token_hint }));
      return hop.location?.pathname.endsWith('/login.do') === true;
    };
    expect(await takenAt(hints)).to.deep.equal(['JWT']);
    const ends = async (typ: string | undefined) => {
      const id_token_hint = await asServer(typ, claims);
      const hop = await new Visitor(server).get(withQuery('/oidc/logout', { id_token_hint }));
      return hop.location?.pathname.endsWith('/oauth2_logout.do') === true;
    };
    expect(await takenAt(ends)).to.deep.equal(['JWT']);
  });

  it('is no client assertion', async () => {
    const authenticates = async (typ: string | undefined) => {
      const assertion = await asClient(typ, assertionClaims(app.id, tokenEndpointOf(app)));
      const fields = { grant_type: 'client_credentials', ...assertionFields(assertion) };
      return (await app.send('/oauth2/token', fields)).status === 200;
    };
    expect(await takenAt(authenticates)).to.deep.equal(['JWT', 'jwt', 'client-authentication+jwt', undefined]);
  });

  it('is no request object', async () => {
    const asks = async (typ: string | undefined) => {
      const request = await asClient(typ, { iss: app.id, aud: tokenEndpointOf(app), scope: 'openid' });
      const hop = await new Visitor(server).get(app.authorizePath({ request }));
      return hop.location?.pathname.endsWith('/login.do') === true;
    };
    expect(await takenAt(asks)).to.deep.equal(['JWT', 'jwt', 'oauth-authz-req+jwt', undefined]);
  });
});
