import { expect } from 'chai';
import { ClientServiceToken } from '../../../core/oauth/clients/client.service.js';
import { createApp, expectError, type TestApp, tokensOf } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const basic = (id: string, secret: string) => `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
const good = { grant_type: 'client_credentials' };

describe('the authentication of clients', () => {
  let server: TestServer;
  let app: TestApp;
  before(async () => {
    server = await startTestServer();
    app = await createApp(server);
  });
  after(() => server?.stop());

  const send = (fields: Record<string, string>, authorization?: string, of = app) =>
    of.send('/oauth2/token', { ...good, ...fields }, authorization === undefined ? {} : { authorization });
  const both = () => ({ client_id: app.id, client_secret: app.secret });

  it('client_secret_basic and client_secret_post', async () => {
    tokensOf(await send({}, app.basic));
    tokensOf(await send(both()));
    tokensOf(await send({}, app.basic.replace('Basic', 'bASIC')));
  });

  it('[O10] a wrong client secret is 401 invalid_client with WWW-Authenticate: Basic realm=...', async () => {
    for (const answer of [
      await send({}, basic(app.id, 'wrong')),
      await send({}, basic(app.id, '')),
      await send({ ...both(), client_secret: 'wrong' }),
      await send({ ...both(), client_secret: '' }),
      await send({}, basic('nobody_of_that_name', 'x')),
      await send({ client_id: 'nobody_of_that_name' }),
    ]) {
      expectError(answer, 401, 'invalid_client', 'Client credentials are invalid.');
      expect(answer.headers.get('www-authenticate')).to.equal('Basic realm="localhost"');
    }
  });

  it('no client id at all', async () => {
    for (const authorization of [undefined, 'Basic', basic('', 'x'), 'Basic !!!', `Basic ${btoa('no-colon')}`])
      expectError(await send({}, authorization), 401, 'invalid_client', 'Client ID not found in the request.');
  });

  it('[O11] a Basic header plus the secret in the body', async () => {
    const text = 'Request body and headers contain authorization information';
    expectError(await send(both(), app.basic), 400, 'invalid_request', text);
    expectError(await send({ client_secret: app.secret }, app.basic), 400, 'invalid_request', text);
  });

  it('a client_id in the body beside the header may only be the same', async () => {
    tokensOf(await send({ client_id: app.id }, app.basic));
    expectError(await send({ client_id: 'another_client_id' }, app.basic), 400, 'invalid_request');
  });

  it('credentials in the header are form-encoded, and may be plain', async () => {
    const odd = await createApp(server);
    const encoded = `Basic ${btoa(`${encodeURIComponent(odd.id).replaceAll('_', '%5F')}:${odd.secret}`)}`;
    tokensOf(await send({}, encoded, odd));
    expectError(await send({}, `Basic ${btoa(`${odd.id}:%E0%A4%A`)}`, odd), 401, 'invalid_client');
  });

  it('a confidential client without its secret is nobody', async () => {
    expectError(await send({ client_id: app.id }), 401, 'invalid_client');
    expectError(
      await app.send('/oauth2/token', { grant_type: 'refresh_token', refresh_token: 'x', client_id: app.id }),
      401,
      'invalid_client',
    );
  });

  it('a public client has no secret that would be right', async () => {
    const spa = await createApp(server, { client: { publicClient: true, grantTypes: ['authorization_code'] } });
    const redeem = { grant_type: 'authorization_code', code: 'x' };
    expectError(await spa.redeem('x'), 400, 'invalid_grant');
    for (const client_secret of ['', 'null', 'undefined', 'x'])
      expectError(
        await spa.send('/oauth2/token', { ...redeem, client_id: spa.id, client_secret }),
        401,
        'invalid_client',
      );
    expectError(await spa.send('/oauth2/token', redeem, { authorization: basic(spa.id, '') }), 401, 'invalid_client');
  });

  it('the method that the application names is the only one', async () => {
    const post = await createApp(server, {
      client: {
        grantTypes: ['client_credentials'],
        clientAuthentication: { tokenEndpointAuthMethod: 'client_secret_post' },
      },
    });
    tokensOf(await send({ client_id: post.id, client_secret: post.secret }, undefined, post));
    expectError(await send({}, post.basic, post), 401, 'invalid_client', 'Client credentials are invalid.');
    const header = await createApp(server, {
      client: {
        grantTypes: ['client_credentials'],
        clientAuthentication: { tokenEndpointAuthMethod: 'client_secret_basic' },
      },
    });
    tokensOf(await send({}, header.basic, header));
    expectError(
      await send({ client_id: header.id, client_secret: header.secret }, undefined, header),
      401,
      'invalid_client',
    );
  });

  it('client ids and secrets are exact: case, blanks and ends count', async () => {
    for (const id of [app.id.toUpperCase(), app.id.toLowerCase(), `${app.id} `, ` ${app.id}`, `${app.id}\0`])
      if (id !== app.id) expectError(await send({ client_id: id, client_secret: app.secret }), 401, 'invalid_client');
    for (const client_secret of [
      app.secret.slice(0, -1),
      `${app.secret} `,
      `${app.secret}\0`,
      app.secret.toUpperCase(),
    ])
      expectError(await send({ client_id: app.id, client_secret }), 401, 'invalid_client');
  });

  it('[G24] after regeneration the old secret gives 401 and the new one is good', async () => {
    const other = await createApp(server);
    const fresh = await server.server.container.get(ClientServiceToken).regenerateSecret(other.client);
    expectError(await other.token(good), 401, 'invalid_client');
    tokensOf(await send({}, basic(other.id, fresh ?? ''), other));
  });

  it('an application that is revoked or disabled says so only to who knows its secret', async () => {
    const { container } = server.server;
    const revoked = await createApp(server);
    await container.get(ClientServiceToken).revoke(revoked.client);
    expectError(await revoked.token(good), 401, 'invalid_client', 'Oauth application is not in active state.');
    expectError(await send({}, basic(revoked.id, 'x')), 401, 'invalid_client', 'Client credentials are invalid.');
    const disabled = await createApp(server);
    await disabled.disable();
    expectError(await disabled.token(good), 401, 'invalid_client', 'Application is disabled.');
  });

  it('[G29] the same client id twice in one tenant is refused', async () => {
    const clientId = 'twice_in_one_tenant';
    await createApp(server, { clientId });
    const error = await createApp(server, { clientId }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).to.include({ code: 'OAUTH-60008', status: 409 });
  });
});

for (const hashed of [true, false]) {
  it(`secrets are good when they are ${hashed ? 'hashed' : 'kept readable'}`, async () => {
    const server = await startTestServer({ toml: `[oauth]\nhash_client_secret = ${hashed}` });
    try {
      const app = await createApp(server);
      tokensOf(await app.token(good));
      expectError(await send401(app), 401, 'invalid_client');
      const clients = server.server.container.get(ClientServiceToken);
      expect(clients.readableSecret(app.client)).to.equal(hashed ? undefined : app.secret);
    } finally {
      await server.stop();
    }
  });
}

const send401 = (app: TestApp) => app.send('/oauth2/token', good, { authorization: basic(app.id, 'wrong') });
