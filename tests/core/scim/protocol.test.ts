import { expect } from 'chai';
import { createApp } from '../../support/oauth-client.js';
import { expectScimError, ScimClient, type ScimJson } from '../../support/scim-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const SCIM = 'application/scim+json';
const SYSTEM = 'urn:scim:wso2:schema';

describe('the SCIM protocol', () => {
  let server: TestServer;
  let scim: ScimClient;
  let kim: string;
  before(async () => {
    server = await startTestServer();
    scim = new ScimClient(server);
    kim = (await scim.user('kim')).id;
  });
  after(() => server.stop());

  it('[U32] a POST, PUT or PATCH without a Content-Type is told so in the form of SCIM', async () => {
    const body = new TextEncoder().encode('{"userName":"typeless"}');
    for (const [method, path] of [
      ['POST', '/Users'],
      ['POST', '/Users/.search'],
      ['PUT', `/Users/${kim}`],
      ['PATCH', `/Users/${kim}`],
      ['PUT', '/Me'],
      ['PATCH', '/Me'],
    ] as const)
      expectScimError(await scim.send(method, path, body), 415, undefined, `${method} ${path}`);
  });

  it('takes application/scim+json and application/json, in UTF-8', async () => {
    const body = JSON.stringify({ Operations: [{ op: 'replace', path: 'title', value: 'Zoë' }] });
    for (const type of [SCIM, 'application/json', `${SCIM}; charset=utf-8`, 'Application/JSON;charset="UTF-8"']) {
      const { status, body: user } = await scim.send('PATCH', `/Users/${kim}`, body, { 'content-type': type });
      expect([status, user['title']], type).to.deep.equal([200, 'Zoë']);
    }
    for (const type of [
      'text/plain',
      'application/xml',
      `${SCIM}; charset=latin1`,
      'application/x-www-form-urlencoded',
    ])
      expectScimError(await scim.send('PATCH', `/Users/${kim}`, body, { 'content-type': type }), 415, undefined, type);
  });

  it('answers in the type that is accepted', async () => {
    for (const [accept, expected] of [
      ['*/*', SCIM],
      ['application/*', SCIM],
      [SCIM, SCIM],
      ['application/json', 'application/json'],
      [`application/json, ${SCIM}`, SCIM],
      [`application/json, ${SCIM};q=0.5`, 'application/json'],
      ['text/html, */*;q=0.1', SCIM],
    ] as const) {
      const { headers } = await scim.call('GET', `/Users/${kim}`, undefined, { accept });
      expect(headers.get('content-type'), accept).to.equal(expected);
    }
    for (const accept of ['text/html', 'application/xml', `${SCIM};q=0`])
      expectScimError(await scim.call('GET', `/Users/${kim}`, undefined, { accept }), 406, undefined, accept);
    const error = await scim.call('GET', '/Users/nobody', undefined, { accept: 'application/json' });
    expect(error.headers.get('content-type')).to.equal('application/json');
  });

  it('tells of unknown addresses and of wrong methods in its own form', async () => {
    for (const path of ['', '/', '/nothing', '/Schemas/a/b', '/schemas', '/Me/too'])
      expectScimError(await scim.call('GET', path), 404, undefined, path);
    for (const [method, path] of [
      ['DELETE', '/Users'],
      ['PATCH', '/Users'],
      ['POST', `/Users/${kim}`],
      ['POST', '/Schemas'],
      ['DELETE', '/ServiceProviderConfig'],
    ] as const) {
      const refused = await scim.call(method, path);
      expectScimError(refused, 405, undefined, `${method} ${path}`);
      expect(refused.headers.get('allow')).to.be.a('string').that.is.not.empty;
    }
    // Other addresses keep their own form.
    expect(await (await server.fetch('/scim2x')).json()).to.have.property('code', '404');
  });

  it('wants credentials, and the scope of the operation', async () => {
    const app = await createApp(server);
    const scopes = ['list', 'view', 'create', 'update', 'delete'].map((name) => `internal_user_mgt_${name}`);
    await app.authorize('NO_POLICY', scopes);
    const bearer = async (scope: string) => {
      const { body } = await app.token({ grant_type: 'client_credentials', scope });
      return scim.as(`Bearer ${body.access_token ?? ''}`);
    };
    const calls = [
      ['GET', '/Users', undefined, 'list', 200],
      ['POST', '/Users/.search', {}, 'list', 200],
      ['POST', '/Users', { userName: 'by-app' }, 'create', 201],
      ['GET', `/Users/${kim}`, undefined, 'view', 200],
      ['PUT', `/Users/${kim}`, { userName: 'kim' }, 'update', 200],
      ['PATCH', `/Users/${kim}`, { Operations: [{ op: 'add', path: 'title', value: 'x' }] }, 'update', 200],
      ['DELETE', `/Users/${(await scim.user('gone')).id}`, undefined, 'delete', 204],
    ] as const;
    const [nobody, wrong] = [scim.as(''), scim.as('Bearer nonsense')];
    for (const [method, path, body, name, expected] of calls) {
      const scope = `internal_user_mgt_${name}`;
      expectScimError(await nobody.call(method, path, body), 401, undefined, `${method} ${path}`);
      const refused = await wrong.call(method, path, body);
      expectScimError(refused, 401, undefined, `${method} ${path}`);
      expect(refused.headers.get('www-authenticate')).to.be.a('string').that.is.not.empty;
      const others = await bearer(scopes.filter((one) => one !== scope).join(' '));
      expectScimError(await others.call(method, path, body), 403, undefined, `${method} ${path}`);
      expect((await (await bearer(scope)).call(method, path, body)).status, `${method} ${path}`).to.equal(expected);
    }
  });

  it('refuses bodies that are no JSON object, or nested too deeply', async () => {
    const type = { 'content-type': SCIM };
    const deep = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
    const wide = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    for (const [method, path] of [
      ['POST', '/Users'],
      ['POST', '/Users/.search'],
      ['PUT', `/Users/${kim}`],
      ['PATCH', `/Users/${kim}`],
    ] as const)
      for (const body of [
        '',
        '{',
        'null',
        '[]',
        '"text"',
        '7',
        '{"a":1}}',
        "{'a':1}",
        '\u0000',
        deep,
        wide,
        `{"userName":${deep}}`,
      ])
        expectScimError(
          await scim.send(method, path, body, type),
          400,
          'invalidSyntax',
          `${method} ${path} ${body.slice(0, 20)}`,
        );
  });

  it('refuses bodies that are too large with a 413', async () => {
    const body = JSON.stringify({ userName: 'large', title: 'x'.repeat(1_100_000) });
    expectScimError(await scim.send('POST', '/Users', body, { 'content-type': SCIM }), 413);
  });

  it('takes the last of members that are there twice, and refuses those that differ in case only', async () => {
    const type = { 'content-type': SCIM };
    const twice = await scim.send('POST', '/Users', '{"userName":"first-one","userName":"second-one"}', type);
    expect([twice.status, twice.body['userName']]).to.deep.equal([201, 'second-one']);
    const cased = await scim.send('POST', '/Users', '{"userName":"third","USERNAME":"fourth"}', type);
    expectScimError(cased, 400, 'invalidSyntax');
  });

  it('answers every wrong type with a 400', async () => {
    const values = [true, 0, 1e308, { a: 1 }, [[]], [null], [{}], { value: {} }, '\u0000'];
    const names = [
      'userName',
      'name',
      'emails',
      'addresses',
      'active',
      'password',
      'phoneNumbers',
      SYSTEM,
      'meta',
      'id',
    ];
    for (const name of names)
      for (const value of values) {
        const label = `${name} ${JSON.stringify(value)}`;
        const put = await scim.call('PUT', `/Users/${kim}`, { userName: 'kim', [name]: value });
        expect([200, 400], `PUT ${label} ${JSON.stringify(put.body)}`).to.include(put.status);
        const patched = await scim.patch(`/Users/${kim}`, { op: 'replace', path: name, value });
        expect([200, 400], `PATCH ${label} ${JSON.stringify(patched.body)}`).to.include(patched.status);
        if (put.status === 400) expectScimError(put, 400, String(put.body['scimType']), label);
        if (patched.status === 400) expectScimError(patched, 400, String(patched.body['scimType']), label);
      }
    expect((await scim.call('GET', `/Users/${kim}`)).body['userName']).to.equal('kim');
  });

  it('is not led astray by names of prototypes', async () => {
    const type = { 'content-type': SCIM };
    const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf'];
    for (const name of names) {
      const inner = `{"${name}":{"polluted":true,"prototype":{"polluted":true}}}`;
      const body = `{"userName":"kim","name":${inner},"${SYSTEM}":${inner},${inner.slice(1)}`;
      const put = await scim.send('PUT', `/Users/${kim}`, body, type);
      expect(put.status, `${name} ${JSON.stringify(put.body)}`).to.equal(200);
      for (const path of [
        name,
        `name.${name}`,
        `${SYSTEM}:${name}`,
        `emails[${name} eq 1]`,
        `emails[type eq "a"].${name}`,
      ])
        expect(
          (await scim.patch(`/Users/${kim}`, { op: 'add', path, value: { polluted: true } })).status,
          path,
        ).to.equal(400);
      const list = await scim.call('GET', `/Users?attributes=${name},name.${name}&excludedAttributes=${name}`);
      expect(list.status, name).to.equal(200);
      expectScimError(await scim.call('GET', `/Users?filter=${name}%20pr`), 400, 'invalidFilter', name);
    }
    expect(({} as ScimJson)['polluted']).to.equal(undefined);
  });

  it('bounds the names that may be asked for', async () => {
    const attributes = Array.from({ length: 501 }, (_, index) => `a${index}`);
    expectScimError(await scim.call('POST', '/Users/.search', { attributes }), 400, 'invalidValue');
  });

  it('reads even names that are as long as a body in one go', async () => {
    // By trying all ways to cut them into pieces these would take hours, and the test its time limit.
    const long = '1'.repeat(300_000);
    for (const name of [`${long}!`, `urn:${long}:${long}!`, `urn:${'1:'.repeat(200_000)}!`]) {
      const { status } = await scim.call('POST', '/Users/.search', { attributes: [name], count: 1 });
      expect(status).to.equal(200);
    }
  });
});
