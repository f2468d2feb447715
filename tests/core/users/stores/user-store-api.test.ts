import { expect } from 'chai';
import { AuditLogToken } from '#core/audit';
import { OrganizationServiceToken, SUPER_ORGANIZATION } from '#core/organizations';
import { DatabaseToken } from '#core/persistence';
import { FakeDirectories } from '../../../support/fake-directory.js';
import { ADMIN_PASSWORD, startTestServer, type TestServer } from '../../../support/test-server.js';

const STORES = '/api/server/v1/userstores';
const JDBC = 'VW5pcXVlSURKREJDVXNlclN0b3JlTWFuYWdlcg';
const b64u = (text: string) => Buffer.from(text).toString('base64url');
const DIRECTORY = b64u('FixtureDirectoryManager');
const SECRET = 'bind-secret-4711';

interface Shown {
  readonly id: string;
  readonly name: string;
  readonly properties: { readonly name: string; readonly value: string }[];
  readonly claimAttributeMappings: { readonly claimURI: string; readonly mappedAttribute: string }[];
  readonly [member: string]: unknown;
}

describe('the user-store API', () => {
  const directories = new FakeDirectories();
  let server: TestServer;
  let count = 0;
  before(async () => {
    server = await startTestServer({ plugins: { folders: [directories.plugin()] } });
  });
  after(() => server.stop());
  const freshName = () => `STORE-${++count}`;
  const given = (name: string, url = `ldap://${name.toLowerCase()}.test:389`) => [
    { name: 'ConnectionURL', value: url },
    { name: 'ConnectionPassword', value: SECRET },
  ];
  const body = (name: string, more: object = {}) => ({
    typeId: DIRECTORY,
    name,
    description: 'A directory',
    properties: given(name),
    ...more,
  });
  const make = async (more: object = {}, name = freshName()) => {
    const made = await server.api<Shown>('POST', STORES, body(name, more));
    expect(made.status, JSON.stringify(made.body)).to.equal(201);
    return made.body;
  };
  const get = async (id: string) => (await server.api<Shown>('GET', `${STORES}/${id}`)).body;
  const propertyOf = (store: Shown, name: string) => store.properties.find((one) => one.name === name)?.value;
  const refused = async (method: string, path: string, json?: unknown) => {
    const { status, body: error } = await server.api<{ code: string; description: string }>(method, path, json);
    return { status, code: error.code, description: error.description };
  };

  it('makes a store, says where it is, and shows it without its secret', async () => {
    const name = freshName();
    const made = await server.api<Shown>('POST', STORES, body(name.toLowerCase()));
    expect(made.status).to.equal(201);
    expect(made.headers.get('location')).to.equal(`${server.origin}${STORES}/${b64u(name)}`);
    const expected = {
      typeId: DIRECTORY,
      typeName: 'FixtureDirectoryManager',
      name,
      description: 'A directory',
      properties: [
        { name: 'ConnectionURL', value: `ldap://${name.toLowerCase()}.test:389` },
        { name: 'ConnectionPassword', value: 'ENCRYPTED PROPERTY' },
        { name: 'Disabled', value: 'false' },
      ],
      claimAttributeMappings: [],
    };
    expect(made.body).to.deep.equal({ id: b64u(name), ...expected });
    expect(await get(b64u(name))).to.deep.equal({ ...expected, className: 'FixtureDirectoryManager', isLocal: true });
    const listed = (await server.api<Shown[]>('GET', STORES)).body.find((one) => one.name === name);
    expect(listed).to.deep.equal({
      id: b64u(name),
      name,
      enabled: true,
      description: 'A directory',
      isLocal: true,
      self: `${STORES}/${b64u(name)}`,
      typeName: 'FixtureDirectoryManager',
    });
    const withUrl = (await server.api<Shown[]>('GET', `${STORES}?requiredAttributes=connectionurl,x`)).body;
    expect(withUrl.find((one) => one.name === name)?.properties).to.deep.equal([expected.properties[0]]);
  });

  it('keeps secrets sealed, and out of the audit log and the log', async () => {
    const store = await make();
    const database = server.server.container.get(DatabaseToken);
    const rows = await database.sql.all<{ properties: string }>('SELECT properties FROM user_store', []);
    const audit = await server.server.container.get(AuditLogToken).list(SUPER_ORGANIZATION.id, 200);
    expect(audit.map(({ action }) => action)).to.include('add-user-store');
    for (const place of [rows, audit, server.logs, store]) expect(JSON.stringify(place)).not.to.contain(SECRET);
    // A sealed value that is moved to another store cannot be opened there.
    const [first, second] = [await make(), await make()];
    const sealed = async (name: string) =>
      (await database.sql.one<{ properties: string }>('SELECT properties FROM user_store WHERE domain = ?', [name]))
        ?.properties;
    await database.run(async () =>
      database.sql.run('UPDATE user_store SET properties = ? WHERE domain = ?', [
        await sealed(first.name),
        second.name,
      ]),
    );
    const again = await refused('PATCH', `${STORES}/${second.id}`, [
      { operation: 'REPLACE', path: '/properties/PageSize', value: '5' },
    ]);
    expect(again).to.include({ status: 400, code: 'SUS-60004' });
    expect(again.description).to.match(/^ConnectionPassword: /);
    expect((await server.api('DELETE', `${STORES}/${second.id}`)).status).to.equal(204);
  });

  it('refuses what is wrong with the code of the contract', async () => {
    const cases: readonly (readonly [object, number, string])[] = [
      [body('A_B'), 400, 'SUS-60004'],
      [body('primary'), 400, 'SUS-60004'],
      [body('Internal'), 400, 'SUS-60004'],
      [body('APPLICATION'), 400, 'SUS-60004'],
      [body('agent'), 400, 'SUS-60004'],
      [body('a/b'), 400, 'SUS-60004'],
      [body('x'.repeat(65)), 400, 'SUS-60004'],
      [body(' '), 400, 'SUS-60008'],
      [{ ...body('NEW'), typeId: b64u('NoSuchManager') }, 400, 'SUS-60004'],
      [{ ...body('NEW'), typeId: undefined }, 400, 'SUS-60004'],
      [{ ...body('NEW'), properties: [given('NEW')[0]] }, 400, 'SUS-60006'],
      [{ ...body('NEW'), properties: [given('NEW')[0], { name: 'ConnectionPassword', value: '' }] }, 400, 'SUS-60006'],
      [
        { ...body('NEW'), properties: [given('NEW')[0], { name: 'ConnectionPassword', value: 'ENCRYPTED PROPERTY' }] },
        400,
        'SUS-60006',
      ],
      [{ ...body('NEW'), properties: [...given('NEW'), { name: 'UserSearchBass', value: 'x' }] }, 400, 'SUS-60004'],
      [{ ...body('NEW'), properties: [...given('NEW'), { name: 'PageSize', value: 'many' }] }, 400, 'SUS-60004'],
      [{ ...body('NEW'), properties: [...given('NEW'), { name: 'Disabled', value: 'perhaps' }] }, 400, 'SUS-60004'],
      [{ ...body('NEW'), properties: [...given('NEW'), { name: 'connectionurl', value: 'x' }] }, 400, 'SUS-60004'],
      [{ ...body('NEW'), properties: [...given('NEW'), { name: 'DomainName', value: 'OTHER' }] }, 400, 'SUS-60009'],
      [{ ...body('NEW'), description: 'x'.repeat(1001) }, 400, 'SUS-60004'],
      [{ ...body('NEW'), claimAttributeMappings: [{ claimURI: 'urn:x', mappedAttribute: 'x' }] }, 400, 'SUS-60012'],
    ];
    for (const [json, status, code] of cases)
      expect(await refused('POST', STORES, json), JSON.stringify(json)).to.include({ status, code });
    expect(
      (
        await refused('POST', STORES, {
          ...body('NEW'),
          properties: [...given('NEW'), { name: 'UserSearchBass', value: 'x' }],
        })
      ).description,
    ).to.contain('did you mean UserSearchBase?');
    expect((await server.api<Shown[]>('GET', STORES)).body.map(({ name }) => name)).not.to.include('NEW');
  });

  it('answers what is not there, not new or not supported with the code of the contract', async () => {
    const { name, id } = await make();
    expect(await refused('POST', STORES, body(name.toLowerCase()))).to.include({ status: 409, code: 'SUS-60004' });
    for (const wrong of ['nope', b64u('NOPE'), '%00', b64u('__proto__')])
      for (const [method, json] of [
        ['GET'],
        ['DELETE'],
        ['PUT', body('NOPE')],
        ['PATCH', [{ operation: 'REPLACE', path: '/description', value: '' }]],
      ] as const)
        expect(await refused(method, `${STORES}/${wrong}`, json), `${method} ${wrong}`).to.include({
          status: 404,
          code: 'SUS-60001',
        });
    expect(await refused('PUT', `${STORES}/${id}`)).to.include({ status: 400, code: 'SUS-60010' });
    expect(await refused('PATCH', `${STORES}/${id}`, [])).to.include({ status: 400, code: 'SUS-60010' });
    for (const [query, code] of [
      ['limit=1', 'SUS-65005'],
      ['offset=0', 'SUS-65005'],
      ['filter=name+eq+x', 'SUS-65006'],
      ['sort=name', 'SUS-65007'],
    ] as const)
      expect(await refused('GET', `${STORES}?${query}`)).to.include({ status: 501, code });
  });

  it('replaces a store but for its domain and type', async () => {
    const { id, name } = await make({
      claimAttributeMappings: [{ claimURI: 'http://wso2.org/claims/mobile', mappedAttribute: 'cell' }],
    });
    const kept = [given(name)[0], { name: 'ConnectionPassword', value: 'ENCRYPTED PROPERTY' }];
    const changed = await server.api<Shown>(
      'PUT',
      `${STORES}/${id}`,
      body(name, { description: 'New', properties: kept }),
    );
    expect([changed.status, changed.body['description']]).to.deep.equal([200, 'New']);
    expect(changed.body.claimAttributeMappings, 'not given: as before').to.have.length(1);
    expect(await refused('PUT', `${STORES}/${id}`, body('OTHER'))).to.include({ status: 400, code: 'SUS-60009' });
    expect(await refused('PUT', `${STORES}/${id}`, { ...body(name), typeId: JDBC })).to.include({
      status: 400,
      code: 'SUS-60009',
    });
    expect(
      await refused('PUT', `${STORES}/${id}`, body(name, { properties: [given(name)[0]] })),
      'what is left out is gone',
    ).to.include({ code: 'SUS-60006' });
  });

  it('changes single properties and the description', async () => {
    const { id } = await make();
    const patch = (operation: string, path: string, value?: string) =>
      server.api<Shown>('PATCH', `${STORES}/${id}`, [{ operation, path, ...(value === undefined ? {} : { value }) }]);
    expect((await patch('REPLACE', '/description', 'Ours')).body['description']).to.equal('Ours');
    expect(propertyOf((await patch('ADD', '/properties/UserSearchBase', 'ou=x')).body, 'UserSearchBase')).to.equal(
      'ou=x',
    );
    expect(propertyOf((await patch('REPLACE', '/properties/usersearchbase', 'ou=y')).body, 'UserSearchBase')).to.equal(
      'ou=y',
    );
    expect(propertyOf((await patch('REMOVE', '/properties/UserSearchBase')).body, 'UserSearchBase')).to.equal(
      undefined,
    );
    expect(propertyOf((await patch('REPLACE', '/properties/disabled', 'true')).body, 'Disabled')).to.equal('true');
    expect((await server.api<Shown[]>('GET', STORES)).body.find((one) => one.id === id)?.['enabled']).to.equal(false);
    for (const [operation, path, value, code] of [
      ['REPLACE', '/name', 'X', 'SUS-60009'],
      ['REPLACE', '/typeId', 'X', 'SUS-60009'],
      ['REPLACE', '/properties/DomainName', 'X', 'SUS-60009'],
      ['REPLACE', '/else', 'X', 'SUS-60004'],
      ['REPLACE', '/description', undefined, 'SUS-60004'],
      ['COPY', '/description', 'x', 'SUS-60004'],
      ['REMOVE', '/properties/ConnectionURL', undefined, 'SUS-60006'],
    ] as const)
      expect((await patch(operation, path, value)).body, path).to.include({ code });
    expect(propertyOf(await get(id), 'ConnectionPassword')).to.equal('ENCRYPTED PROPERTY');
  });

  it('deletes a store once', async () => {
    const { id } = await make();
    expect((await server.api('DELETE', `${STORES}/${id}`)).status).to.equal(204);
    expect(await refused('DELETE', `${STORES}/${id}`)).to.include({ status: 404, code: 'SUS-60001' });
    expect(await refused('GET', `${STORES}/${id}`)).to.include({ status: 404, code: 'SUS-60001' });
  });

  it('belongs to one organization, and to those who have the scopes', async () => {
    const { id } = await make();
    const organizations = server.server.container.get(OrganizationServiceToken);
    const owner = { username: 'boss', password: ADMIN_PASSWORD, email: 'boss@acme.test' };
    await organizations.createTenant('acme.test', undefined, owner);
    const as = (credentials: string, path: string) =>
      server.fetch(path, { headers: { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` } });
    const boss = `boss:${ADMIN_PASSWORD}`;
    expect(await (await as(boss, `/t/acme.test${STORES}`)).json()).to.deep.equal([]);
    expect((await as(boss, `/t/acme.test${STORES}/${id}`)).status).to.equal(404);
    const self = (await (await as(boss, `/t/acme.test${STORES}/meta/types`)).json()) as { self: string }[];
    expect(self[0]?.self).to.match(/^\/t\/acme\.test\/api\//);
    expect((await server.fetch(STORES)).status).to.equal(401);
    expect((await as(boss, STORES)).status).to.equal(401);
  });
});
