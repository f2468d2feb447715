import { expect } from 'chai';
import { createSigningMaterial } from '../../../core/crypto/certificates.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { type ApiFailure, type Json, PROVIDERS, providersAs } from './provider-api.js';

const LOCAL = 'http://wso2.org/claims/';

describe('the identity provider API', () => {
  let server: TestServer;
  let api: ReturnType<typeof providersAs>;
  let pem: string;

  before(async function () {
    this.timeout(60_000);
    server = await startTestServer();
    api = providersAs(server);
    pem = (await createSigningMaterial('ES256', 'issuer', Date.now())).certificate;
  });
  after(() => server.stop());

  const refused = async (body: unknown, code: string, says: RegExp, status = 400) => {
    const answer = await api.post<ApiFailure>('', body);
    expect([answer.status, answer.body.code], JSON.stringify(answer.body)).to.deep.equal([status, code]);
    expect(answer.body.description).to.match(says);
  };

  it('makes an identity provider, and shows it as it was made', async () => {
    const given = {
      name: 'Acme',
      description: 'the issuer of Acme',
      image: 'https://acme.example/logo.png',
      templateId: 'trusted-token-issuer',
      isPrimary: true,
      homeRealmIdentifier: 'acme.example',
      alias: 'https://localhost/oauth2/token',
      idpIssuerName: 'https://acme.example',
      certificate: { certificates: [Buffer.from(pem).toString('base64')], jwksUri: 'https://acme.example/jwks' },
      implicitAssociation: { isEnabled: true, lookupAttribute: ['email', 'mobile'] },
    };
    const claims = {
      userIdClaim: { uri: 'sub' },
      mappings: [
        { idpClaim: 'sub', localClaim: { uri: `${LOCAL}username` } },
        { idpClaim: 'mail', localClaim: { uri: `${LOCAL}emailaddress` } },
      ],
    };
    const made = await api.post('', { ...given, claims });
    expect(made.status).to.equal(201);
    expect(made.headers.get('location')).to.equal(`${server.origin}${PROVIDERS}/${String(made.body['id'])}`);
    const { body } = await api.get(`/${String(made.body['id'])}`);
    expect(body).to.deep.equal(made.body);
    expect(body).to.deep.include({ ...given, isEnabled: true, isFederationHub: false });
    const shown = body['claims'] as { mappings: { localClaim: Json }[] };
    expect(shown.mappings[1]?.localClaim).to.deep.equal({
      uri: `${LOCAL}emailaddress`,
      id: Buffer.from(`${LOCAL}emailaddress`).toString('base64url'),
      displayName: 'Email',
    });
    expect(body).to.deep.include({
      roles: { mappings: [], outboundProvisioningRoles: [] },
      groups: [],
      federatedAuthenticators: { authenticators: [] },
    });
  });

  it('takes what the published clients send by default', async () => {
    await api.make('Defaults', {
      description: '',
      isPrimary: false,
      isFederationHub: false,
      homeRealmIdentifier: null,
      certificate: { certificates: [''].slice(1), jwksUri: '' },
      claims: { userIdClaim: { uri: '' }, roleClaim: { uri: '' }, mappings: [], provisioningClaims: [] },
      roles: { mappings: [], outboundProvisioningRoles: [] },
      groups: [],
      federatedAuthenticators: { defaultAuthenticatorId: '', authenticators: [] },
      provisioning: {
        jit: { isEnabled: false, scheme: 'PROVISION_SILENTLY', userstore: 'PRIMARY' },
        outboundConnectors: { defaultConnectorId: '', connectors: [] },
      },
      implicitAssociation: { isEnabled: false, lookupAttribute: [] },
    });
  });

  it('refuses by name what it does nothing with yet', async () => {
    const members: [Json, RegExp][] = [
      [{ isFederationHub: true }, /isFederationHub/],
      [{ roles: { mappings: [{ idpRole: 'a', localRole: 'b' }] } }, /roles\.mappings/],
      [{ provisioning: { jit: { isEnabled: true } } }, /provisioning\.jit\.isEnabled/],
      [{ provisioning: { outboundConnectors: { connectors: [{ connectorId: 'x' }] } } }, /outboundConnectors/],
      [{ federatedAuthenticators: { authenticators: [{ authenticatorId: 'x' }] } }, /federatedAuthenticators/],
      [{ claims: { provisioningClaims: [{ claim: { uri: 'x' } }] } }, /provisioningClaims/],
      [{ certificate: { samlMetadataUri: 'https://x' } }, /samlMetadataUri/],
    ];
    for (const [more, says] of members) await refused({ name: 'Later', ...more }, 'IDP-60025', says);
  });

  it('refuses what makes no sense, and says what it is', async () => {
    const claims = (given: Json) => ({ name: 'Bad', claims: given });
    const mapping = (idpClaim: string, uri: string) => ({ idpClaim, localClaim: { uri: `${LOCAL}${uri}` } });
    await refused({}, 'IDP-60025', /name/);
    await refused('{', 'IDP-60025', /JSON/);
    for (const name of ['', ' ', 'a\nb', '<b>', 'x'.repeat(192), 7]) await refused({ name }, 'IDP-60025', /name/);
    await refused({ name: 'local' }, 'IDP-60098', /the server itself/);
    await refused({ name: 'Bad', unheardOf: 1 }, 'IDP-60025', /unheardOf/);
    for (const idpIssuerName of [' ', ' https://x', 'a\0b', 'a\nb', 'x'.repeat(1025)])
      await refused({ name: 'Bad', idpIssuerName }, 'IDP-60025', /idpIssuerName: (this must|Too big)/);
    await refused({ name: 'Bad', image: 'javascript:alert(1)' }, 'IDP-60025', /image/);
    for (const jwksUri of ['nonsense', 'file:///etc/passwd', 'https://u:p@acme.example/'])
      await refused({ name: 'Bad', certificate: { jwksUri } }, 'IDP-60025', /certificate\.jwksUri/);
    for (const certificate of ['nonsense', Buffer.from('nonsense').toString('base64'), pem.replace('MII', 'XXX')])
      await refused({ name: 'Bad', certificate: { certificates: [pem, certificate] } }, 'IDP-60036', /certificates\.1/);
    await refused(claims({ mappings: [mapping('a', 'nothing')] }), 'IDP-60032', /claims\/nothing/);
    await refused(
      claims({ mappings: [mapping('a', 'title'), mapping('b', 'title')] }),
      'IDP-60025',
      /same local claim/,
    );
    await refused(claims({ mappings: [mapping('a', 'title')], userIdClaim: { uri: 'b' } }), 'IDP-60030', /b/);
    await refused(claims({ mappings: [mapping('a', 'title')], roleClaim: { uri: 'b' } }), 'IDP-60031', /b/);
    await refused(claims({ userIdClaim: { uri: 'b' } }), 'IDP-60033', /b/);
    await refused(claims({ roleClaim: { uri: 'b' } }), 'IDP-60034', /b/);
    const many = Array.from({ length: 500 }, (_, index) => mapping('x'.repeat(255), `c${index}`));
    await refused(claims({ mappings: many }), 'IDP-60032', /local claim/);
    const large = { certificates: Array.from({ length: 10 }, () => `${pem}${' '.repeat(15_000)}`) };
    await refused({ name: 'Bad', certificate: large }, 'IDP-60025', /too large/);
  });

  it('takes two attributes at most to find users by, of those there are', async () => {
    const implicit = (isEnabled: boolean, ...lookupAttribute: string[]) => ({
      name: 'Bad',
      implicitAssociation: { isEnabled, lookupAttribute },
    });
    await refused(implicit(true, 'username', 'email', 'mobile'), 'IDP-60025', /two attributes at most/);
    await refused(implicit(true, 'country'), 'IDP-60025', /username, email, mobile/);
    await refused(implicit(true, 'email', 'email'), 'IDP-60025', /twice/);
    await refused(implicit(true), 'IDP-60025', /lookupAttribute/);
    const id = await api.make('Linking');
    const path = `/${id}/implicit-association`;
    expect((await api.get(path)).body).to.deep.equal({ isEnabled: false, lookupAttribute: [] });
    const wanted = { isEnabled: true, lookupAttribute: ['username'] };
    const changed = await api.put(path, wanted);
    expect([changed.status, changed.body]).to.deep.equal([200, wanted]);
    expect((await api.get(`/${id}`)).body['implicitAssociation']).to.deep.equal(wanted);
    expect((await api.put(path, { ...wanted, lookupAttribute: ['a'] })).status).to.equal(400);
  });

  it('has each name and each issuer once', async () => {
    await api.make('Once', { idpIssuerName: 'https://once.example' });
    const id = await api.make('Other', { idpIssuerName: 'https://other.example' });
    await refused({ name: 'oNCE' }, 'IDP-60001', /oNCE/, 409);
    await refused({ name: 'Third', idpIssuerName: 'https://once.example' }, 'IDP-60501', /https:\/\/once/, 409);
    const renamed = await api.replace<ApiFailure>(id, '/name', 'Once');
    expect([renamed.status, renamed.body.code]).to.deep.equal([409, 'IDP-60001']);
    const again = await api.replace<ApiFailure>(id, '/idpIssuerName', 'https://once.example');
    expect([again.status, again.body.code]).to.deep.equal([409, 'IDP-60501']);
    expect((await api.replace(id, '/idpIssuerName', 'https://ONCE.example')).status, 'exact').to.equal(200);
    await api.make('No issuer');
    await api.make('No issuer either');
  });

  it('is patched member by member', async () => {
    const id = await api.make('Patched', { certificate: { certificates: [pem] }, description: 'd' });
    const patch = (...operations: Json[]) => api.patch<Json & ApiFailure>(`/${id}`, operations);
    const { status, body, headers } = await patch(
      { operation: 'REPLACE', path: '/name', value: 'Patched anew' },
      { operation: 'REPLACE', path: '/isEnabled', value: 'false' },
      { operation: 'ADD', path: '/isPrimary', value: true },
      { operation: 'ADD', path: '/idpIssuerName', value: 'https://patched.example' },
      { operation: 'ADD', path: '/certificate/jwksUri', value: 'https://patched.example/jwks' },
      { operation: 'REMOVE', path: '/certificate/certificates/0' },
      { operation: 'REMOVE', path: '/description' },
    );
    expect(status, JSON.stringify(body)).to.equal(200);
    expect(headers.get('location')).to.equal(`${server.origin}${PROVIDERS}/${id}`);
    expect(body).to.deep.include({
      name: 'Patched anew',
      isEnabled: false,
      isPrimary: true,
      idpIssuerName: 'https://patched.example',
      certificate: { jwksUri: 'https://patched.example/jwks' },
    });
    expect(body).not.to.have.property('description');
    expect((await api.get(`/${id}`)).body).to.deep.equal(body);
    const wrong: Json[] = [
      { operation: 'REMOVE', path: '/name' },
      { operation: 'REPLACE', path: '/name' },
      { operation: 'REPLACE', path: '/name', value: true },
      { operation: 'REPLACE', path: '/isEnabled', value: 'maybe' },
      { operation: 'REPLACE', path: '/isFederationHub', value: 'true' },
      { operation: 'REPLACE', path: '/claims', value: 'x' },
      { operation: 'REPLACE', path: '/__proto__', value: 'x' },
      { operation: 'REPLACE', path: '/id', value: 'x' },
      { operation: 'REPLACE', path: '/certificate/certificates/0', value: pem },
      { operation: 'ADD', path: '/certificate/certificates/0', value: 'nonsense' },
      { operation: 'MOVE', path: '/name', value: 'x' },
    ];
    for (const operation of wrong) expect((await patch(operation)).status, JSON.stringify(operation)).to.equal(400);
    expect((await api.patch(`/${id}`, [])).status).to.equal(400);
    expect((await api.get(`/${id}`)).body, 'nothing of it has happened').to.deep.equal(body);
  });

  it('has its claims at an address of their own', async () => {
    const id = await api.make('Claims');
    const path = `/${id}/claims`;
    expect((await api.get(path)).body).to.deep.equal({ mappings: [], provisioningClaims: [] });
    const mappings = [{ idpClaim: 'm', localClaim: { uri: `${LOCAL}mobile` } }];
    const changed = await api.put(path, { mappings, roleClaim: { uri: 'm' } });
    expect(changed.status).to.equal(200);
    expect((await api.get(path)).body).to.deep.equal(changed.body);
    expect(changed.body).to.deep.include({ roleClaim: { uri: 'm' } });
    expect((await api.put<ApiFailure>(path, { mappings, roleClaim: { uri: 'x' } })).body.code).to.equal('IDP-60031');
  });

  it('has the parts that stand at their default', async () => {
    const id = await api.make('Parts');
    const put = async (part: string, json: unknown) => (await api.put(`/${id}/${part}`, json)).status;
    for (const part of ['roles', 'groups', 'provisioning/jit', 'provisioning/outbound-connectors']) {
      const { status, body } = await api.get(`/${id}/${part}`);
      expect([status, await put(part, body)], part).to.deep.equal([200, 200]);
    }
    expect((await api.get(`/${id}/federated-authenticators`)).body).to.deep.equal({ authenticators: [] });
    expect(
      await put('federated-authenticators', { defaultAuthenticatorId: 'T3BlbklE', authenticators: [{}] }),
    ).to.equal(400);
    expect(await put('provisioning/jit', { isEnabled: true })).to.equal(400);
    expect((await api.get<Json>(`/${id}/provisioning`)).body).to.have.all.keys('jit', 'outboundConnectors');
    expect((await api.get(`/${id}/connected-apps`)).body).to.include({ totalResults: 0 });
    expect((await api.get<ApiFailure>(`/${id}/federated-authenticators/x`)).body.code).to.equal('IDP-60022');
    expect((await api.get('/meta/federated-authenticators')).body).to.deep.equal([]);
  });

  it('is gone when it is deleted', async () => {
    const id = await api.make('Gone');
    expect((await api.delete(`/${id}?force=true`)).status).to.equal(204);
    const answers = [await api.get<ApiFailure>(`/${id}`), await api.delete<ApiFailure>(`/${id}`)];
    for (const { status, body } of answers) expect([status, body.code]).to.deep.equal([404, 'IDP-60002']);
    for (const id of ['nonsense', '%00', '..%2F', "'"]) expect((await api.get(`/${id}`)).status).to.equal(404);
    await api.make('Gone');
  });

  it('tells the audit log what was done', async () => {
    const id = await api.make('Audited');
    await api.replace(id, '/alias', 'a');
    await api.delete(`/${id}`);
    const { DatabaseToken } = await import('#core/persistence');
    const rows = await server.server.container
      .get(DatabaseToken)
      .sql.all<{ record: string }>('SELECT record FROM audit_record WHERE record LIKE ?', [`%${id}%`]);
    const actions = rows.map(({ record }) => (JSON.parse(record) as { action: string }).action).sort();
    expect(actions).to.deep.equal(['Add-IDP', 'Delete-IDP', 'Update-IDP']);
  });
});
