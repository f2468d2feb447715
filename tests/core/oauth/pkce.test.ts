import {
  CHALLENGE,
  createApp,
  createUser,
  expectError,
  expectRedirectError,
  type TestApp,
  tokensOf,
  VERIFIER,
} from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { Visitor } from '../../support/visitor.js';

const NOT_UP_TO = 'Code challenge used is not up to RFC 7636 specifications.';
const MANDATORY =
  'PKCE is mandatory for this application. PKCE Challenge is not provided or is not upto RFC 7636 specification.';

describe('PKCE', () => {
  let server: TestServer;
  let app: TestApp;
  let strict: TestApp;
  let plain: TestApp;
  before(async () => {
    server = await startTestServer();
    await createUser(server, 'alice');
    app = await createApp(server);
    strict = await createApp(server, { client: { pkce: { mandatory: true } } });
    plain = await createApp(server, { client: { pkce: { supportPlainTransformAlgorithm: true } } });
  });
  after(() => server?.stop());

  const ask = (of: TestApp, parameters: Record<string, string>) =>
    new Visitor(server).get(of.authorizePath(parameters));
  const s256 = { code_challenge: CHALLENGE, code_challenge_method: 'S256' };

  it('[O4] mandatory and no code_challenge is an invalid_request error and no login page', async () => {
    expectRedirectError(await ask(strict, {}), 'invalid_request', MANDATORY);
  });

  it('is mandatory for public clients', async () => {
    const spa = await createApp(server, { client: { publicClient: true } });
    expectRedirectError(await ask(spa, {}), 'invalid_request', MANDATORY);
    tokensOf(await spa.redeem(await spa.code('alice', s256), { code_verifier: VERIFIER }));
  });

  it('[O5] plain not supported and no code_challenge_method is invalid_request', async () => {
    const text = 'This application does not support "plain" transformation algorithm.';
    expectRedirectError(await ask(app, { code_challenge: CHALLENGE }), 'invalid_request', text);
    const named = { code_challenge: CHALLENGE, code_challenge_method: 'plain' };
    expectRedirectError(await ask(app, named), 'invalid_request', text);
  });

  it('knows no other methods', async () => {
    for (const code_challenge_method of ['s256', 'S512', 'none']) {
      const answer = await ask(app, { code_challenge: CHALLENGE, code_challenge_method });
      expectRedirectError(answer, 'invalid_request', 'Unsupported PKCE Challenge Method');
    }
  });

  it('takes only challenges that RFC 7636 allows', async () => {
    for (const code_challenge of ['short', `${CHALLENGE}x`, `${'a'.repeat(42)}*`, 'a'.repeat(129)]) {
      expectRedirectError(await ask(app, { ...s256, code_challenge }), 'invalid_request', NOT_UP_TO);
    }
    const long = { code_challenge: 'a'.repeat(129), code_challenge_method: 'plain' };
    expectRedirectError(await ask(plain, long), 'invalid_request', NOT_UP_TO);
  });

  it('gives tokens for the right verifier, S256 and plain', async () => {
    tokensOf(await app.redeem(await app.code('alice', s256), { code_verifier: VERIFIER }));
    const code = await plain.code('alice', { code_challenge: VERIFIER });
    tokensOf(await plain.redeem(code, { code_verifier: VERIFIER }));
  });

  it('the challenge itself is no verifier', async () => {
    const code = await app.code('alice', s256);
    expectError(await app.redeem(code, { code_verifier: CHALLENGE }), 400, 'invalid_grant', 'PKCE validation failed');
  });

  it('no verifier for a code that needs one, and one that is not up to the RFC', async () => {
    const empty =
      'Empty PKCE code_verifier sent. This authorization code requires a PKCE verification to obtain an access token.';
    expectError(await app.redeem(await app.code('alice', s256)), 400, 'invalid_grant', empty);
    const text = 'Code verifier used is not up to RFC 7636 specifications.';
    for (const code_verifier of ['short', 'v'.repeat(129), `${'v'.repeat(42)}!`]) {
      expectError(await app.redeem(await app.code('alice', s256), { code_verifier }), 400, 'invalid_grant', text);
    }
  });

  it('a verifier for a code that has no challenge is the sign of a downgrade', async () => {
    const code = await app.code('alice');
    expectError(await app.redeem(code, { code_verifier: VERIFIER }), 400, 'invalid_grant', 'PKCE validation failed');
    expectError(await app.redeem(code), 400, 'invalid_grant');
  });

  it('becoming mandatory counts for codes that are under way', async () => {
    const changing = await createApp(server);
    const code = await changing.code('alice');
    await changing.configure({ pkce: { mandatory: true } });
    const text = 'No PKCE code verifier found.PKCE is mandatory for this oAuth 2.0 application.';
    expectError(await changing.redeem(code), 400, 'invalid_grant', text);
  });
});
