import { expect } from 'chai';
import { SecretBoxToken } from '#core/crypto';
import { createApp, createUser, type TestApp, USER_PASSWORD } from '../support/oauth-client.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { type Hop, Visitor, withQuery } from '../support/visitor.js';

/** Keys like a good one, and no good. */
function tampered(key: string): string[] {
  const dot = key.indexOf('.');
  const flip = (at: number) => key.slice(0, at) + (key[at] === 'A' ? 'B' : 'A') + key.slice(at + 1);
  return [
    ...[0, dot + 1, dot + 16, dot + 30, key.length >> 1, key.length - 2].map(flip),
    key.slice(0, -4),
    key.slice(dot),
    key.slice(0, dot + 1),
    `${key.slice(0, dot)}.${'A'.repeat(100)}`,
    `${key}${key.slice(dot + 1)}`,
    key.replace('.', ''),
    '.',
    '',
  ];
}

describe('sealed keys', () => {
  let server: TestServer;
  let app: TestApp;
  let visitor: Visitor;
  /** One good key of each kind, all of the same browser. */
  const keys = { login: '', result: '', consent: '', logout: '' };
  before(async () => {
    server = await startTestServer();
    await createUser(server, 'alice');
    app = await createApp(server, { asksConsent: true });
    await app.authorize('NO_POLICY', ['api:read']);
    visitor = new Visitor(server);
    const keyOf = ({ location }: Hop, name = 'sessionDataKey') => location?.searchParams.get(name) ?? '';
    const page = await visitor.get(app.authorizePath({ scope: 'openid api:read' }));
    const back = await visitor.post('/commonauth', {
      sessionDataKey: keyOf(page),
      username: 'alice',
      password: USER_PASSWORD,
    });
    keys.result = keyOf(back);
    keys.consent = keyOf(await visitor.follow(back), 'sessionDataKeyConsent');
    keys.logout = keyOf(await visitor.get('/oidc/logout'));
    keys.login = keyOf(await visitor.get(app.authorizePath({ prompt: 'login' })));
    expect(new Set(Object.values(keys)).size).to.equal(4);
  });
  after(() => server?.stop());

  /** Where each kind of key is taken. A refusal leaves the session as it is. */
  const doors: Record<keyof typeof keys, (key: string) => Promise<Hop>> = {
    login: (key) => visitor.post('/commonauth', { sessionDataKey: key, username: 'alice', password: USER_PASSWORD }),
    result: (key) => visitor.get(withQuery('/oauth2/authorize', { sessionDataKey: key })),
    consent: (key) => visitor.post('/oauth2/authorize', { sessionDataKeyConsent: key, consent: 'approve' }),
    logout: (key) => visitor.post('/oidc/logout', { sessionDataKey: key, consent: 'approve' }),
  };
  const isRefused = ({ status, location }: Hop) => {
    expect(status).to.equal(302);
    expect(location?.pathname).to.match(/\/authenticationendpoint\/(retry|oauth2_error)\.do$/);
  };

  for (const door of Object.keys(doors) as (keyof typeof keys)[]) {
    it(`that were changed are refused where the ${door} waits`, async () => {
      for (const key of tampered(keys[door])) isRefused(await doors[door](key));
    });

    it(`of another purpose are refused where the ${door} waits`, async () => {
      for (const [kind, key] of Object.entries(keys)) if (kind !== door) isRefused(await doors[door](key));
      const box = server.server.container.get(SecretBoxToken);
      isRefused(await doors[door](box.seal('client-secret', '{"orgId":"10084a8d-113f-4211-a0d5-efe36b082211"}')));
    });

    it(`of another server are refused where the ${door} waits`, async () => {
      const { SecretBox } = await import('../../core/crypto/secret-box.js');
      const id = keys[door].split('.')[0] ?? '';
      const forged = new SecretBox([{ id, bytes: Buffer.alloc(32, 7) }]);
      isRefused(await doors[door](forged.seal(door, '{}')));
    });
  }

  it('say nothing about what is in them', () => {
    for (const key of Object.values(keys)) {
      const bytes = Buffer.from(key.slice(key.indexOf('.') + 1), 'base64url').toString('latin1');
      for (const word of [app.id, 'openid', 'app.example', 'orgId']) expect(bytes).not.to.contain(word);
    }
  });

  it('are good where they belong, as the last proof that the doors work', async () => {
    expect((await doors.result(keys.result)).location?.pathname).to.match(/oauth2_consent\.do$/);
    expect((await doors.consent(keys.consent)).location?.searchParams.has('code')).to.equal(true);
    expect((await doors.logout(keys.logout)).location?.pathname).to.match(/oauth2_logout\.do$/);
  });
});
