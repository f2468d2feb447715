import { expect } from 'chai';
import { onEachDatabase } from '../support/databases.js';
import { CALLBACK, jsonOf, type TokenBody } from '../support/oauth-client.js';
import { ServerProcess } from '../support/server-process.js';
import { ADMIN_PASSWORD } from '../support/test-server.js';
import { type Hop, Visitor, withQuery } from '../support/visitor.js';

const admin = { authorization: `Basic ${btoa(`admin:${ADMIN_PASSWORD}`)}` };

interface Client {
  readonly id: string;
  readonly basic: string;
}

async function createClient(server: ServerProcess): Promise<Client> {
  const headers = { ...admin, 'content-type': 'application/json' };
  const requestedClaims = [{ claim: { uri: 'http://wso2.org/claims/username' } }];
  const made = await server.fetch('/api/server/v1/applications', {
    method: 'POST',
    headers,
    body: JSON.stringify({ name: 'shop', claimConfiguration: { requestedClaims } }),
  });
  expect(made.status, await made.text()).to.equal(201);
  const id = made.headers.get('location')?.split('/').at(-1);
  const written = await server.fetch(`/api/server/v1/applications/${id}/inbound-protocols/oidc`, {
    method: 'PUT',
    headers,
    body: JSON.stringify({ grantTypes: ['authorization_code', 'refresh_token'], callbackURLs: [CALLBACK] }),
  });
  const { clientId, clientSecret } = (await written.json()) as { clientId: string; clientSecret: string };
  return { id: clientId, basic: `Basic ${btoa(`${clientId}:${clientSecret}`)}` };
}

onEachDatabase('a sign-in through crashes of the server', (database) => {
  let server: ServerProcess;
  let client: Client;
  before(async function () {
    this.timeout(60_000);
    server = await ServerProcess.start(database);
    client = await createClient(server);
  });
  after(() => server?.stop());

  const authorize = (prompt = '') =>
    withQuery('/oauth2/authorize', {
      client_id: client.id,
      redirect_uri: CALLBACK,
      response_type: 'code',
      scope: 'openid profile',
      state: 's-1',
      ...(prompt === '' ? {} : { prompt }),
    });
  const parameter = (hop: Hop, name: string) => hop.location?.searchParams.get(name) ?? '';
  const token = async (fields: Record<string, string>) =>
    jsonOf<TokenBody>(await new Visitor(server).post('/oauth2/token', fields, { authorization: client.basic }));
  const isActive = async (value: string) => {
    const hop = await new Visitor(server).post('/oauth2/introspect', { token: value }, admin);
    return jsonOf(hop).body['active'];
  };

  it('goes on after a crash between any two requests, and nothing that was answered is lost', async function () {
    this.timeout(300_000);
    const browser = new Visitor(server);
    const begun = await browser.get(authorize());
    expect(begun.location?.pathname).to.match(/login\.do$/);

    await server.crash();
    expect((await browser.follow(begun)).status).to.equal(200);

    await server.crash();
    const login = { sessionDataKey: parameter(begun, 'sessionDataKey'), username: 'admin', password: ADMIN_PASSWORD };
    const back = await browser.post('/commonauth', login);
    expect(back.location?.pathname).to.equal('/oauth2/authorize');

    await server.crash();
    const asked = await browser.follow(back);
    expect(asked.location?.pathname).to.match(/oauth2_consent\.do$/);

    await server.crash();
    expect((await browser.follow(asked)).status).to.equal(200);
    const sessionDataKeyConsent = parameter(asked, 'sessionDataKeyConsent');
    const agreed = { sessionDataKeyConsent, consent: 'approveAlways', consent_0: 'on' };
    const done = await browser.post('/oauth2/authorize', agreed);
    expect(parameter(done, 'state')).to.equal('s-1');

    await server.crash();
    const code = parameter(done, 'code');
    const first = await token({ grant_type: 'authorization_code', code, redirect_uri: CALLBACK });
    expect(first.status, first.text).to.equal(200);

    await server.crash();
    expect(await isActive(first.body.access_token ?? '')).to.equal(true);
    const second = await token({ grant_type: 'refresh_token', refresh_token: first.body.refresh_token ?? '' });
    expect(second.status, second.text).to.equal(200);

    await server.crash();
    const third = await token({ grant_type: 'refresh_token', refresh_token: second.body.refresh_token ?? '' });
    expect(third.status, third.text).to.equal(200);
    const authorization = `Bearer ${third.body.access_token}`;
    const info = jsonOf(await new Visitor(server).get('/oauth2/userinfo', { authorization }));
    expect(info.body['username']).to.equal('admin');
    const silent = await browser.get(authorize('none'));
    expect(parameter(silent, 'code'), silent.location?.href ?? '').not.to.equal('');

    await server.crash();
    expect(await isActive(first.body.access_token ?? '')).to.equal(false);
    const replay = await token({ grant_type: 'authorization_code', code, redirect_uri: CALLBACK });
    expect(replay.body.error).to.equal('invalid_grant');
    expect(await isActive(third.body.access_token ?? '')).to.equal(false);
    expect(parameter(await browser.get(authorize('none')), 'code')).not.to.equal('');
  });

  it('of requests that are cut off, those that were answered count', async function () {
    this.timeout(180_000);
    const browser = new Visitor(server);
    let hop = await browser.get(authorize());
    const sessionDataKey = parameter(hop, 'sessionDataKey');
    hop = await browser.follow(
      await browser.post('/commonauth', { sessionDataKey, username: 'admin', password: ADMIN_PASSWORD }),
    );
    const answered: string[] = [];
    const load = Array.from({ length: 8 }, async () => {
      for (;;) {
        const granted = await browser.twin().get(authorize('none'));
        const code = parameter(granted, 'code');
        const { body } = await token({ grant_type: 'authorization_code', code, redirect_uri: CALLBACK });
        if (body.refresh_token === undefined) throw new Error('refused');
        answered.push(body.refresh_token);
        if (answered.length === 12) crashed = server.crash();
      }
    });
    let crashed: Promise<void> | undefined;
    await Promise.allSettled(load);
    await crashed;
    expect(answered.length).to.be.greaterThan(11);
    for (const refresh_token of answered) {
      const { status, text } = await token({ grant_type: 'refresh_token', refresh_token });
      expect(status, text).to.equal(200);
    }
  });
});
