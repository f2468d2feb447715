import { expect } from 'chai';
import { AuditLogToken } from '#core/audit';
import { OrganizationServiceToken, SUPER_ORGANIZATION } from '#core/organizations';
import { DatabaseToken } from '#core/persistence';
import { ClaimCatalogToken, claimUri, LocalClaimsToken } from '#core/users';
import { OrganizationEntity } from '../../../../core/organizations/organization.entity.js';
import { onEachDatabase } from '../../../support/databases.js';
import { failureOf } from '../../../support/failures.js';
import { createApp, createTenant } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { callerWith, type Json, providersAs, tenantAdministrator } from '../../connections/provider-api.js';
import { CLAIMS, CUSTOM, claimsAs, idOf, localClaim } from './claim-api.js';

const CHILD = '7f1f6d1e-64a8-4b3a-9a55-0c1d0a4b5b11';
type Listed = readonly { readonly claimURI: string; readonly displayName: string }[];

onEachDatabase('claims of the local dialect', (database) => {
  let server: TestServer;
  let api: ReturnType<typeof claimsAs>;
  before(async function () {
    this.timeout(60_000);
    const hidden = `hidden_claims = ["${claimUri('gtalk')}"]`;
    server = await startTestServer({ database, toml: `[identity_mgt.claims]\n${hidden}` });
    api = claimsAs(server);
  });
  after(() => server?.stop());
  const code = ({ status, body }: { status: number; body: Json }) => `${status} ${String(body['code'])}`;
  const refused = async (name: string, more: Json) => code(await api.post('/local/claims', localClaim(name, more)));

  it('ship, are listed and read by id', async () => {
    const { status, body } = await api.get<Listed>('/local/claims');
    expect([status, body.length > 100]).to.deep.equal([200, true]);
    expect(await api.read('emailaddress')).to.deep.include({
      id: idOf(claimUri('emailaddress')),
      claimURI: claimUri('emailaddress'),
      dialectURI: 'http://wso2.org/claims',
      displayName: 'Email',
      supportedByDefault: true,
      managedInUserStore: true,
      dataType: 'string',
      multiValued: false,
      uniquenessScope: 'NONE',
      attributeMapping: [{ mappedAttribute: 'mail', userstore: 'PRIMARY' }],
    });
    expect(await api.read('identity/accountLocked')).to.include({ managedInUserStore: false, dataType: 'boolean' });
    expect(code(await api.get('/local/claims/bm9uZQ'))).to.equal('404 CMT-50019');
    expect(code(await api.get(`${api.local('url')}=`))).to.equal('404 CMT-50019');
  });

  it('are listed less those that the server keeps, the hidden ones and those of other profiles', async () => {
    const names = async (query: string) => {
      const { body } = await api.get<Listed>(`/local/claims?${query}`);
      return body.map(({ claimURI }) => claimURI.slice(claimUri('').length));
    };
    const all = await names('');
    expect(all).to.include.members(['identity/accountLocked', 'gtalk', 'skype', 'nickname']);
    expect(await names('exclude-identity-claims=true'))
      .to.include('gtalk')
      .and.not.include('identity/accountLocked');
    expect(await names('exclude-hidden-claims=true'))
      .to.include('skype')
      .and.not.include('gtalk');
    expect(await names('exclude-hidden-claims=false')).to.deep.equal(all);
    expect(await names('profile=endUser'))
      .to.include('nickname')
      .and.not.include('skype');
    expect(await names('profile=selfRegistration'))
      .to.include('emailaddress')
      .and.not.include('nickname');
    expect(code(await api.get('/local/claims?profile=other'))).to.equal('400 CMT-60001');
    for (const [query, number] of [
      ['limit=1', 50022],
      ['offset=1', 50022],
      ['filter=a', 50023],
      ['sort=a', 50024],
      ['attributes=a', 50025],
    ])
      expect(code(await api.get(`/local/claims?${query}`)), String(query)).to.equal(`501 CMT-${number}`);
  });

  it('are added, changed and removed', async () => {
    const made = await api.post('/local/claims', localClaim('shoeSize', { dataType: 'integer', displayOrder: 7 }));
    expect(made.status).to.equal(201);
    expect(made.headers.get('location')).to.equal(`${server.origin}${CLAIMS}${api.local('shoeSize')}`);
    expect(await api.read('shoeSize')).to.include({ dataType: 'integer', displayOrder: 7, readOnly: false });
    const wanted = localClaim('shoeSize', { displayName: 'Shoe size', dataType: 'decimal', readOnly: true });
    expect((await api.put(api.local('shoeSize'), wanted)).status).to.equal(200);
    const changed = { displayName: 'Shoe size', dataType: 'decimal', readOnly: true, displayOrder: 0 };
    expect(await api.read('shoeSize')).to.include(changed);
    expect((await api.delete(api.local('shoeSize'))).status).to.equal(204);
    expect(code(await api.delete<Json>(api.local('shoeSize')))).to.equal('404 CMT-50019');
    const records = await server.server.container.get(AuditLogToken).list(SUPER_ORGANIZATION.id, 5);
    const acts = records.filter((record) => JSON.stringify(record).includes('shoeSize')).map(({ action }) => action);
    expect(acts).to.have.members(['add-local-claim', 'update-local-claim', 'delete-local-claim']);
  });

  it('stay what they are when they are read and sent back', async () => {
    for (const name of ['username', 'emailaddress', 'created', 'identity/preferredChannel', 'challengeQuestion1']) {
      const before = await api.read(name);
      expect((await api.change(name, {})).status, name).to.equal(200);
      expect(await api.read(name), name).to.deep.equal(before);
    }
  });

  it('refuse what cannot be, each with its code', async () => {
    await api.add('taken');
    const cases: readonly [string, Json, string][] = [
      ['taken', {}, '409 CMT-50038'],
      ['TAKEN', {}, '409 CMT-50038'],
      ['x', { claimURI: '' }, '400 CMT-60002'],
      ['x', { claimURI: 'http://elsewhere.example/claims/x' }, '400 CMT-60001'],
      ['a b', {}, '400 CMT-60001'],
      [`${'x'.repeat(91)}`, {}, '400 CMT-60001'],
      ['x', { displayName: ' ' }, '400 CMT-60003'],
      ['x', { description: 'd'.repeat(1025) }, '400 CMT-60004'],
      ['x', { attributeMapping: [] }, '400 CMT-60006'],
      ['x', { attributeMapping: [{ mappedAttribute: '', userstore: 'PRIMARY' }] }, '400 CMT-60006'],
      ['x', { attributeMapping: [{ mappedAttribute: 'userPassword', userstore: 'PRIMARY' }] }, '400 CMT-60006'],
      ['x', { attributeMapping: [{ mappedAttribute: 'x', userstore: '' }] }, '400 CMT-60005'],
      ['x', { attributeMapping: [{ mappedAttribute: 'x', userstore: 'NOPE' }] }, '400 CMT-50026'],
      ['x', { properties: [{ key: 'ExcludedUserStores', value: 'NOPE' }] }, '400 CMT-50026'],
      ['x', { dataType: 'colour' }, '400 CMT-60001'],
      ['x', { subAttributes: [claimUri('url')] }, '400 CMT-60014'],
      ['x', { dataType: 'complex', subAttributes: [claimUri('nothing')] }, '400 CMT-60015'],
      ['x', { dataType: 'complex' }, '400 CMT-60016'],
      ['x', { dataType: 'integer', inputFormat: { inputType: 'toggle' } }, '400 CMT-60017'],
      ['x', { inputFormat: { inputType: 'telepathy' } }, '400 CMT-60017'],
      ['x', { dataType: 'boolean', multiValued: true }, '400 CMT-60018'],
      ['x', { dataType: 'integer', canonicalValues: [{ label: 'One', value: '1' }] }, '400 CMT-60019'],
      ['x', { dataType: 'integer', extendedValued: true }, '400 CMT-60020'],
      ['x', { extendedValued: true, canonicalValues: [{ label: 'A', value: 'a' }] }, '400 CMT-60021'],
      ['x', { extendedValued: true, uniquenessScope: 'ACROSS_USERSTORES' }, '400 CMT-60022'],
      ['x', { regEx: '(a+)+$' }, '400 CMT-60001'],
      ['x', { regEx: '(' }, '400 CMT-60001'],
      ['x', { profiles: { kiosk: { required: true } } }, '400 CMT-60001'],
      ['x', { uniquenessScope: 'SOMETIMES' }, '400 CMT-60001'],
    ];
    for (const [name, more, expected] of cases)
      expect(await refused(name, more), JSON.stringify(more)).to.equal(expected);
    expect(code(await api.put(api.local('taken'), localClaim('other')))).to.equal('409 CMT-50020');
    expect(code(await api.put(api.local('nothing'), localClaim('nothing')))).to.equal('404 CMT-50019');
    expect(code(await api.post('/local/claims', '{'))).to.equal('400 CMT-60001');
  });

  it('take the types and input formats of the contract', async () => {
    const colours = ['red', 'blue'].map((value) => ({ label: value, value }));
    const boxes = { dataType: 'string', multiValued: true, canonicalValues: colours };
    await api.add('colours', { ...boxes, inputFormat: { inputType: 'checkbox_group' } });
    expect(await api.read('colours')).to.deep.include({ ...boxes, inputFormat: { inputType: 'checkbox_group' } });
    await api.add('met', { dataType: 'data_time', inputFormat: { inputType: 'date_picker' } });
    expect(await api.read('met')).to.include({ dataType: 'data_time' });
    const whole = { dataType: 'complex', subAttributes: [claimUri('colours'), claimUri('met')] };
    await api.add('whole', whole);
    expect(await api.read('whole')).to.deep.include(whole);
    expect(code(await api.delete<Json>(api.local('met')))).to.equal('400 CMT-60008');
    const nested = { dataType: 'complex', subAttributes: [claimUri('url')], inputFormat: {} };
    expect(code(await api.change('met', nested)), 'a part of a whole').to.equal('400 CMT-60016');
  });

  it('[U22] keep of a profile only what differs from the claim itself', async () => {
    const profiles = {
      console: { required: true, readOnly: false, supportedByDefault: true },
      endUser: { required: false, readOnly: false, supportedByDefault: true },
      selfRegister: { supportedByDefault: false },
    };
    await api.add('badge', { supportedByDefault: true, profiles });
    const read = async () => (await api.read('badge'))['profiles'];
    expect(await read()).to.deep.equal({
      console: { required: true },
      selfRegistration: { supportedByDefault: false },
    });
    expect((await api.change('badge', { required: true, supportedByDefault: false })).status).to.equal(200);
    expect(await read()).to.equal(undefined);
  });

  it('that ship may be changed in what does not concern others', async () => {
    const members = {
      displayName: 'Surname',
      description: 'The last name',
      required: false,
      regEx: '^\\p{L}+$',
      uniquenessScope: 'WITHIN_USERSTORE',
      attributeMapping: [{ mappedAttribute: 'surname', userstore: 'PRIMARY' }],
    };
    expect((await api.change('lastname', members)).status).to.equal(200);
    expect(await api.read('lastname')).to.deep.include(members);
    expect(code(await api.change('lastname', { multiValued: true }))).to.equal('400 CMT-60012');
    expect(code(await api.change('lastname', { dataType: 'integer' }))).to.equal('400 CMT-60013');
    const method = { sharedProfileValueResolvingMethod: 'FromSharedProfile' };
    expect(code(await api.change('lastname', method))).to.equal('400 CMT-60008');
    expect(code(await api.change('identity/accountLocked', { managedInUserStore: true }))).to.equal('400 CMT-60008');
    expect(code(await api.delete<Json>(api.local('lastname')))).to.equal('400 CMT-60008');
    const old = { claimURI: claimUri('groups'), displayName: 'Teams', readOnly: true };
    const mapping = [{ mappedAttribute: 'groups', userstore: 'PRIMARY' }];
    expect((await api.put(api.local('groups'), { ...old, attributeMapping: mapping })).status).to.equal(200);
    expect(await api.read('groups')).to.include({ displayName: 'Teams', multiValued: true });
  });

  it('[U23] cannot be removed while claims of other dialects map to them, or somebody uses them', async () => {
    await api.add('pet');
    const external = { claimURI: `${CUSTOM}:pet`, mappedLocalClaimURI: claimUri('pet') };
    expect((await api.post(`/${idOf(CUSTOM)}/claims`, external)).status).to.equal(201);
    expect(code(await api.delete<Json>(api.local('pet')))).to.equal('400 CMT-50031');
    expect((await api.delete(`/${idOf(CUSTOM)}/claims/${idOf(external.claimURI)}`)).status).to.equal(204);
    const requestedClaims = [{ claim: { uri: claimUri('pet') }, mandatory: false }];
    const app = await createApp(server, { name: 'Pets', application: { claimConfiguration: { requestedClaims } } });
    const used = await api.delete<Json>(api.local('pet'));
    expect([code(used), used.body['description']]).to.deep.equal([
      '400 CMT-50040',
      'The application Pets uses the claim.',
    ]);
    expect((await server.api('DELETE', `/api/server/v1/applications/${app.application.id}`)).status).to.equal(204);
    const mappings = [{ idpClaim: 'animal', localClaim: { uri: claimUri('pet') } }];
    const idp = await providersAs(server).make('Zoo', { claims: { mappings } });
    expect(code(await api.delete<Json>(api.local('pet')))).to.equal('400 CMT-50041');
    expect((await providersAs(server).delete(`/${idp}`)).status).to.equal(204);
    expect((await api.delete(api.local('pet'))).status).to.equal(204);
  });

  it('are those of each tenant', async () => {
    const caller = await tenantAdministrator(server, 'claims.example');
    const other = claimsAs(server, caller);
    await other.add('secret', { displayName: 'Theirs' });
    expect(await other.read('secret')).to.include({ displayName: 'Theirs' });
    expect((await api.get(api.local('secret'))).status).to.equal(404);
    expect((await other.change('nickname', { displayName: 'Alias' })).status).to.equal(200);
    expect(await api.read('nickname')).to.include({ displayName: 'Nickname' });
  });

  it('are inherited by the organizations below, which cannot change them', async () => {
    const { container } = server.server;
    const root = await createTenant(server, 'root.example');
    const parent = await container.get(OrganizationServiceToken).byId(root.orgId);
    const child = { ...parent, id: CHILD, handle: 'child.root.example', parentId: root.orgId, rootId: root.orgId };
    await container
      .get(DatabaseToken)
      .run(() => container.get(DatabaseToken).manager.insert(OrganizationEntity, child));
    const local = container.get(LocalClaimsToken);
    const request = (name: string, more: Json = {}) => localClaim(name, more) as never;
    await local.add(root.orgId, request('team'));
    const catalog = container.get(ClaimCatalogToken);
    expect((await catalog.of(CHILD)).local(claimUri('team'))?.displayName).to.equal('team');
    expect(await catalog.of(CHILD)).to.equal(await catalog.of(root.orgId));
    const codes = async (work: () => Promise<unknown>) => {
      const { code: found, status } = (await failureOf(work)) as unknown as { code: string; status: number };
      return `${status} ${found}`;
    };
    expect(await codes(() => local.add(CHILD, request('own')))).to.equal('403 CMT-60007');
    expect(await codes(() => local.remove(CHILD, claimUri('team')))).to.equal('403 CMT-60007');
    const renamed = request('team', { displayName: 'Squad' });
    expect(await codes(() => local.replace(CHILD, claimUri('team'), renamed))).to.equal('403 CMT-60009');
    const mapping = { attributeMapping: [{ mappedAttribute: 'ou', userstore: 'PRIMARY' }] };
    expect(await codes(() => local.replace(CHILD, claimUri('team'), request('team', mapping)))).to.equal(
      '403 CMT-60010',
    );
  });

  it('are for those only who have the scopes', async () => {
    const viewer = claimsAs(server, await callerWith(server, 'viewer', ['internal_claim_meta_view']));
    expect((await viewer.get('/local/claims')).status).to.equal(200);
    expect((await viewer.post('/local/claims', localClaim('y'))).status).to.equal(403);
    expect((await viewer.delete(viewer.local('taken'))).status).to.equal(403);
    expect((await claimsAs(server, { authorization: '' }).get('/local/claims')).status).to.equal(401);
  });

  it('let one of many that add the same claim at once pass', async () => {
    const race = Array.from({ length: 5 }, () => api.post('/local/claims', localClaim('race')));
    const statuses = (await Promise.all(race)).map(({ status }) => status).sort();
    expect(statuses).to.deep.equal([201, 409, 409, 409, 409]);
  });

  it('know the attributes that a user store has for them', async () => {
    const { container } = server.server;
    const { orgId } = await createTenant(server, 'mapped.example');
    const local = container.get(LocalClaimsToken);
    const place = async (name: string) =>
      (await container.get(ClaimCatalogToken).of(orgId)).placeOf(claimUri(name), 'ACME')?.name;
    await local.mapAttributes(orgId, 'ACME', new Map([[claimUri('mobile'), 'cell']]));
    expect([await place('mobile'), await place('title')]).to.deep.equal(['cell', 'title']);
    await local.mapAttributes(orgId, 'ACME', new Map([[claimUri('title'), 'job']]));
    expect([await place('mobile'), await place('title')]).to.deep.equal(['mobile', 'job']);
  });
});
