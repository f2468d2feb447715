import { expect } from 'chai';
import { failures, notify, peersAllowed } from '../../../core/notifications/notification-calls.js';
import { eventually } from '../../../support/eventually.js';
import { type HeldClock, heldClock } from '../../../support/held-clock.js';
import { type HttpPeer, type PeerAnswer, startHttpPeer } from '../../../support/http-peer.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

const SENDERS = '/api/server/v2/notification-senders/sms';
const PHONE = '+49 170 1234567';

describe('SMS by a gateway of HTTP', () => {
  let server: TestServer;
  let gateway: HttpPeer;
  let clock: HeldClock;
  before(async () => {
    clock = heldClock();
    server = await startTestServer({ clock, toml: peersAllowed() });
  });
  after(() => server?.stop());
  beforeEach(async () => {
    gateway = await startHttpPeer();
  });
  afterEach(async () => {
    await gateway.stop();
    await server.api('DELETE', `${SENDERS}/SMSPublisher`);
    for (const { id } of await failures(server))
      await server.api('DELETE', `/api/server/v1/notification-failures/${id}`);
  });

  async function sender(change: object = {}, body = '{"to":"{{mobile}}","text":"{{body}}"}'): Promise<void> {
    const answer = await server.api('POST', SENDERS, {
      provider: 'Custom',
      providerURL: `${gateway.origin}/send`,
      contentType: 'JSON',
      properties: [
        { key: 'body', value: body },
        { key: 'http.headers', value: 'X-Version: 1, Accept: application/json, text/plain' },
      ],
      ...change,
    });
    expect(answer.status, JSON.stringify(answer.body)).to.equal(201);
  }
  const send = (binding = 'Pay 10') =>
    notify(server, {
      channel: 'SMS',
      template: 'CIBASMSAuthenticationNotification',
      to: { address: PHONE },
      placeholders: {
        'binding-message': binding,
        'expiry-time': '12:00',
        'ciba-auth-url': 'https://id.example/x?a=1&b=2',
      },
    });
  const asked = (path: string, count = 1) =>
    eventually(`request ${count} to ${path}`, () => gateway.requests.filter((one) => one.path === path)[count - 1]);

  it('sends the filled template with the headers, whatever stands in the values', async () => {
    await sender();
    await send('say "yes"\\\n}{{mobile}}');
    const { method, headers, body } = await asked('/send');
    expect(method).to.equal('POST');
    expect(headers).to.include({
      'content-type': 'application/json',
      'x-version': '1',
      accept: 'application/json, text/plain',
    });
    expect(JSON.parse(body)).to.deep.equal({
      to: PHONE,
      text: 'Super: say "yes"\\\n}{{mobile}} Confirm your sign-in until 12:00: https://id.example/x?a=1&b=2',
    });
    expect(headers.authorization).to.equal(undefined);
  });

  it('writes a form where the gateway wants one', async () => {
    await sender({
      contentType: 'FORM',
      properties: [
        { key: 'body', value: 'to={{mobile}}&text={{body}}' },
        { key: 'http.method', value: 'PUT' },
      ],
    });
    await send('a&to=+4900');
    const { method, headers, body } = await asked('/send');
    expect([method, headers['content-type']]).to.deep.equal(['PUT', 'application/x-www-form-urlencoded']);
    const form = [...new URLSearchParams(body)];
    expect(form[0]).to.deep.equal(['to', PHONE]);
    expect(form).to.have.length(2);
    expect(form[1]?.[1]).to.contain('a&to=+4900');
  });

  for (const { type, properties, header, value } of [
    {
      type: 'BASIC',
      properties: { username: 'u', password: 'p:w' },
      header: 'authorization',
      value: `Basic ${Buffer.from('u:p:w').toString('base64')}`,
    },
    { type: 'BEARER', properties: { accessToken: 'abc' }, header: 'authorization', value: 'Bearer abc' },
    { type: 'BEARER', properties: { token: 'abc' }, header: 'authorization', value: 'Bearer abc' },
    { type: 'API_KEY', properties: { header: 'X-Api-Key', value: 'k1' }, header: 'x-api-key', value: 'k1' },
  ])
    it(`authenticates by ${type} (${Object.keys(properties)})`, async () => {
      await sender({ authentication: { type, properties } });
      await send();
      expect((await asked('/send')).headers[header]).to.equal(value);
    });

  it('authenticates with a token of another server, and gets a new one when that is refused', async () => {
    let current = 0;
    gateway.answer = ({ path, headers }): PeerAnswer => {
      if (path === '/token') return { status: 200, json: { access_token: `t${++current}`, expires_in: 600 } };
      return { status: headers.authorization === `Bearer t${current}` ? 202 : 401 };
    };
    const properties = { clientId: 'c', clientSecret: 's', tokenEndpoint: `${gateway.origin}/token`, scopes: 'send' };
    await sender({ authentication: { type: 'CLIENT_CREDENTIAL', properties } });
    await send();
    expect((await asked('/send')).headers.authorization).to.equal('Bearer t1');
    current = 7;
    await send();
    expect((await asked('/send', 2)).headers.authorization).to.equal('Bearer t1');
    await eventually('the third request', () => {
      clock.advance(1500);
      return gateway.requests.filter(({ path }) => path === '/send').length === 3;
    });
    expect((await asked('/send', 3)).headers.authorization).to.equal('Bearer t8');
  });

  it('tries again what may pass, and gives up at once what cannot', async () => {
    await sender();
    let count = 0;
    gateway.answer = () => ({ status: ++count === 1 ? 503 : 200 });
    await send();
    await asked('/send');
    await eventually('the second attempt', () => {
      clock.advance(1500);
      return count === 2;
    });
    gateway.answer = () => ({ status: 400 });
    await send();
    const [failure] = await eventually('it is given up', async () => {
      const found = await failures(server);
      return found.length > 0 && found;
    });
    expect(failure).to.include({ attempts: 1, channel: 'SMS', to: '+*****7' });
    expect(failure?.reason).to.contain('status 400');
  });

  it('does not follow redirects', async () => {
    await sender();
    gateway.answer = () => ({ status: 302 });
    await send();
    const [failure] = await eventually('it is given up', async () => {
      const found = await failures(server);
      return found.length > 0 && found;
    });
    expect(failure?.reason).to.contain('status 302');
  });

  it('refuses senders that could never send', async () => {
    const refused = async (change: object, code: string, text: RegExp) => {
      const { status, body } = await server.api('POST', SENDERS, {
        provider: 'Custom',
        providerURL: 'https://sms.example/send',
        contentType: 'JSON',
        properties: [{ key: 'body', value: '"{{body}}"' }],
        ...change,
      });
      expect([status, body['code']], JSON.stringify(body)).to.deep.equal([400, code]);
      expect(body['description']).to.match(text);
    };
    const properties = (list: Record<string, string>) => ({
      properties: Object.entries({ body: '"{{body}}"', ...list }).map(([key, value]) => ({ key, value })),
    });
    await refused({ provider: 'Pigeon' }, 'NSM-60003', /Pigeon.*Known: Custom/);
    await refused({ providerURL: 'file:///etc/passwd' }, 'NSM-60001', /providerURL/);
    await refused({ contentType: 'XML' }, 'NSM-60001', /contentType/);
    await refused(properties({ body: '{"text": {{body}}' }), 'NSM-60001', /no JSON/);
    await refused(properties({ body: '{"text": "hello"}' }), 'NSM-60001', /\{\{body\}\}/);
    await refused(properties({ 'http.method': 'DELETE' }), 'NSM-60001', /POST or PUT/);
    await refused(properties({ 'http.headers': 'Host: other.example' }), 'NSM-60001', /http\.headers/);
    await refused(properties({ 'http.headers': 'A: b\r\nX: y' }), 'NSM-60001', /http\.headers/);
    const authentication = (type: string, own: object) => ({ authentication: { type, properties: own } });
    await refused(authentication('BASIC', { username: 'u' }), 'NSM-60012', /password/);
    await refused(authentication('MAGIC', {}), 'NSM-60012', /MAGIC/);
    await refused(authentication('BEARER', { accessToken: 'a\r\nX: y' }), 'NSM-60012', /accessToken/);
    const client = { clientId: 'c', clientSecret: 's', scopes: '' };
    await refused(authentication('CLIENT_CREDENTIAL', client), 'NSM-60012', /tokenEndpoint/);
  });
});
