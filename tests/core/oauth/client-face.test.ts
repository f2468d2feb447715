import { expect } from 'chai';
import { ClientServiceToken } from '#core/oauth';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { createUser } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { Visitor, withQuery } from '../../support/visitor.js';
import { DEVICE_CODE } from '../../support/waiting-clients.js';

const PATH = '/api/identity/oauth2/dcr/v1.1/register';
const redirect_uris = ['https://client.example/cb'];
const face = {
  client_uri: 'https://client.example/',
  logo_uri: 'https://img.client.example:8443/logo.png?size=2&theme=light',
  policy_uri: 'https://client.example/privacy',
  tos_uri: 'https://client.example/terms',
  'logo_uri#de': 'https://bilder.client.example/logo.svg',
  'policy_uri#de-AT': 'https://client.example/datenschutz',
  'tos_uri#fr': 'https://client.example/cgu',
};

interface Answer {
  readonly client_id: string;
  readonly registration_access_token: string;
  readonly error?: string;
  readonly error_description?: string;
  readonly [member: string]: unknown;
}

describe('logo and links of a client', () => {
  let server: TestServer;
  let count = 0;
  before(async () => {
    server = await startTestServer();
    await createUser(server, 'alice');
  });
  after(() => server?.stop());

  const register = (metadata: object = {}) =>
    server.api<Answer>('POST', PATH, { client_name: `faced ${++count}`, redirect_uris, ...metadata });
  const read = async ({ client_id, registration_access_token }: Answer, json?: object) => {
    const response = await server.fetch(`${PATH}/${client_id}`, {
      method: json ? 'PUT' : 'GET',
      headers: { authorization: `Bearer ${registration_access_token}`, 'content-type': 'application/json' },
      ...(json ? { body: JSON.stringify(json) } : {}),
    });
    return { status: response.status, body: (await response.json()) as Answer };
  };
  const applicationOf = async ({ client_id }: Answer) => {
    const client = await server.server.container.get(ClientServiceToken).find(SUPER_ORGANIZATION.id, client_id);
    return `/api/server/v1/applications/${client?.application.id}`;
  };
  const begin = (client: Answer, visitor: Visitor, more: Readonly<Record<string, string>> = {}) => {
    const request = { client_id: client.client_id, redirect_uri: redirect_uris[0] ?? '', response_type: 'code' };
    return visitor.get(withQuery('/oauth2/authorize', { ...request, scope: 'openid profile', ...more }));
  };
  /** The sign-in page of a client. */
  const signInPage = async (client: Answer, more: Readonly<Record<string, string>> = {}) => {
    const visitor = new Visitor(server);
    const { text, headers } = await visitor.follow(await begin(client, visitor, more));
    return { text, pictures: picturesIn(headers) };
  };
  const picturesIn = (headers: Headers | { get(name: string): string | null }) =>
    /img-src ([^;]*)/.exec(headers.get('content-security-policy') ?? '')?.[1];
  const linksIn = (text: string) =>
    [...text.matchAll(/<a href="([^"]+)" rel="noopener noreferrer" target="_blank">/g)].map(([, address]) => address);

  it('are registered, shown again and replaced, also for single languages', async () => {
    const { status, body } = await register(face);
    expect(status, JSON.stringify(body)).to.equal(201);
    expect(body).to.include(face);
    expect((await read(body)).body).to.include(face);
    const { tos_uri: _, 'tos_uri#fr': __, ...less } = face;
    const metadata = { redirect_uris, ...less, logo_uri: 'https://img.client.example/new.png' };
    const replaced = await read(body, metadata);
    expect(replaced.status, JSON.stringify(replaced.body)).to.equal(200);
    const again = (await read(body)).body;
    expect(again).to.include({ ...less, logo_uri: 'https://img.client.example/new.png' });
    expect(again).not.to.have.any.keys('tos_uri', 'tos_uri#fr');
  });

  it('outlive a change of the application and of its configuration, and show what an administrator sets', async () => {
    const { body } = await register(face);
    const application = await applicationOf(body);
    const oidc = `${application}/inbound-protocols/oidc`;
    const configuration = await server.api<Record<string, unknown>>('GET', oidc);
    expect((await server.api('PUT', oidc, configuration.body)).status).to.equal(200);
    expect((await server.api('PATCH', application, { description: 'changed' })).status).to.equal(200);
    expect((await read(body)).body).to.include(face);
    const imageUrl = 'https://cdn.example.com/other.png';
    expect((await server.api('PATCH', application, { imageUrl })).status).to.equal(200);
    expect((await read(body)).body).to.include({ ...face, logo_uri: imageUrl });
    const page = await signInPage(body);
    expect(page.text).to.contain(`src="${imageUrl}"`);
    expect(linksIn(page.text)).to.deep.equal([face.client_uri, face.policy_uri, face.tos_uri]);
  });

  it('are refused when they could run something, tell a secret, or are no addresses of the web', async () => {
    const hostile = [
      'javascript:alert(1)',
      'JaVaScRiPt:alert(1)',
      'data:image/png;base64,AAAA',
      'data:text/html,<script>alert(1)</script>',
      'http://client.example/logo.png',
      'https://bank.example@evil.example/logo.png',
      'https://user:word@client.example/logo.png',
      'https://client.example/a b',
      'https://client.example/\nlogo',
      'https:\\\\evil.example\\logo.png',
      'https:evil.example/logo.png',
      '//evil.example/logo.png',
      'https://*.example/logo.png',
      'https://*/logo.png',
      'https://127.0.0.1.evil.example:x/',
      'http://localhost.evil.example/',
      'file:///etc/passwd',
      'ftp://client.example/logo.png',
      '',
      `https://client.example/${'a'.repeat(1024)}`,
    ];
    for (const name of ['client_uri', 'logo_uri', 'policy_uri', 'tos_uri', 'logo_uri#de', 'policy_uri#en-GB'])
      for (const value of [...hostile, 1, ['https://client.example/'], { x: 1 }]) {
        const { status, body } = await register({ [name]: value });
        expect(`${status} ${body.error}`, `${name} ${JSON.stringify(value)}`).to.equal('400 invalid_client_metadata');
        expect(body.error_description).to.contain(name);
      }
  });

  it('take http for this machine alone, and languages by their tags', async () => {
    for (const logo_uri of ['http://localhost:8080/l.png', 'http://127.0.0.1/l.png', 'http://[::1]:3000/l.png'])
      expect((await register({ logo_uri })).status, logo_uri).to.equal(201);
    for (const tag of ['', 'x', '"><script>', 'de_DE', 'de#at', 'a'.repeat(40), '../../x'])
      expect((await register({ [`logo_uri#${tag}`]: face.logo_uri })).body.error, tag).to.equal(
        'invalid_client_metadata',
      );
    const many = Array.from({ length: 101 }, (_, at) => [`tos_uri#en-x-${at}`, face.tos_uri]);
    expect((await register(Object.fromEntries(many))).body.error_description).to.contain('at most 100');
  });

  it('a refused change leaves everything as it was', async () => {
    const { body } = await register(face);
    const before = (await read(body)).body;
    const change = { ...face, client_name: 'another name', redirect_uris, 'logo_uri#de': 'javascript:alert(1)' };
    expect((await read(body, change)).status).to.equal(400);
    expect((await read(body)).body).to.deep.equal(before);
  });

  it('stand on the page of the sign-in, and the policy lets in the origin of the logo alone', async () => {
    const { body } = await register(face);
    const { text, pictures } = await signInPage(body);
    expect(text).to.match(
      /<img class="face" src="https:\/\/img\.client\.example:8443\/logo\.png\?size=2&amp;theme=light" width="56" height="56" alt="Logo of faced \d+" referrerpolicy="no-referrer"/,
    );
    expect(pictures).to.equal("'self' data: https://img.client.example:8443");
    expect(linksIn(text)).to.deep.equal([face.client_uri, face.policy_uri, face.tos_uri]);
    const german = await signInPage(body, { ui_locales: 'de' });
    expect(german.text).to.contain(`src="${face['logo_uri#de']}"`);
    expect(german.pictures).to.equal("'self' data: https://bilder.client.example");
    expect(linksIn(german.text)).to.deep.equal([face.client_uri, face['policy_uri#de-AT'], face.tos_uri]);
  });

  it('leave the page as it is where there are none', async () => {
    const { text, pictures } = await signInPage((await register()).body);
    expect(text).to.not.contain('class="face"').and.not.contain('class="about"');
    expect(pictures).to.equal("'self' data:");
  });

  it('stand on the page of consent', async () => {
    const { body } = await register(face);
    const path = await applicationOf(body);
    await server.api('PATCH', path, { advancedConfigurations: { skipLoginConsent: false } });
    const visitor = new Visitor(server);
    const login = await begin(body, visitor);
    const sessionDataKey = login.location?.searchParams.get('sessionDataKey') ?? '';
    const fields = { sessionDataKey, username: 'alice', password: 'Correct-horse-1' };
    let hop = await visitor.follow(await visitor.post('/commonauth', fields));
    while (hop.location && !hop.text.includes('<main')) hop = await visitor.follow(hop);
    expect(hop.text).to.contain('name="sessionDataKeyConsent"').and.contain('src="https://img.client.example:8443/');
    expect(picturesIn(hop.headers)).to.equal("'self' data: https://img.client.example:8443");
    expect(linksIn(hop.text)).to.deep.equal([face.client_uri, face.policy_uri, face.tos_uri]);
  });

  it('stand on the page that asks whether a code is that of the own device', async () => {
    const { body } = await register({ ...face, grant_types: [DEVICE_CODE], token_endpoint_auth_method: 'none' });
    const visitor = new Visitor(server);
    const asked = await visitor.post('/oauth2/device_authorize', { client_id: body.client_id, scope: 'openid' });
    const { user_code } = JSON.parse(asked.text) as { user_code: string };
    const page = await visitor.get(`/authenticationendpoint/device.do?${new URLSearchParams({ user_code })}`);
    expect(page.text).to.contain('Is this your device?').and.contain('src="https://img.client.example:8443/');
    expect(picturesIn(page.headers)).to.equal("'self' data: https://img.client.example:8443");
    expect(linksIn(page.text)).to.deep.equal([face.client_uri, face.policy_uri, face.tos_uri]);
    const empty = await visitor.get('/authenticationendpoint/device.do');
    expect(picturesIn(empty.headers)).to.equal("'self' data:");
  });
});
