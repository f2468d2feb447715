import { expect } from 'chai';
import { parse } from 'yaml';
import { ClaimCatalogToken, claimUri } from '#core/users';
import { onEachDatabase } from '../../../support/databases.js';
import { createApp, createUser } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { type Json, tenantAdministrator } from '../../connections/provider-api.js';
import { CLAIMS, CUSTOM, claimsAs, idOf, localClaim } from './claim-api.js';

const CORE_USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const OIDC = 'http://wso2.org/oidc/claim';
const OWN = 'https://dialects.example/own';
type Listed = readonly Json[];
const external = (claimURI: string, name: string): Json => ({ claimURI, mappedLocalClaimURI: claimUri(name) });
const at = (dialect: string, claim?: string) =>
  `/${idOf(dialect)}/claims${claim === undefined ? '' : `/${idOf(claim)}`}`;
const code = ({ status, body }: { status: number; body: Json }) => `${status} ${String(body['code'])}`;

onEachDatabase('claim dialects', (database) => {
  let server: TestServer;
  let api: ReturnType<typeof claimsAs>;
  before(async function () {
    this.timeout(60_000);
    server = await startTestServer({ database });
    api = claimsAs(server);
    for (const name of ['hobby', 'sport']) await api.add(name);
  });
  after(() => server?.stop());

  it('ship, and name each other', async () => {
    const { status, body } = await api.get<Listed>('');
    expect(status).to.equal(200);
    expect(body[0]).to.deep.equal({
      id: 'local',
      dialectURI: 'http://wso2.org/claims',
      link: { href: `${CLAIMS}/local/claims`, rel: 'claims' },
    });
    const uris = body.map(({ dialectURI }) => dialectURI);
    expect(uris).to.include.members([
      OIDC,
      CORE_USER,
      'urn:ietf:params:scim:schemas:core:2.0',
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
      'urn:scim:wso2:schema',
      'urn:scim:wso2:agent:schema',
      CUSTOM,
      'http://axschema.org',
      'http://schemas.xmlsoap.org/ws/2005/05/identity',
    ]);
    expect((await api.get('/local')).body).to.deep.equal(body[0]);
    expect((await api.get(`/${idOf(OIDC)}`)).body).to.include({ dialectURI: OIDC, id: idOf(OIDC) });
    expect(code(await api.get('/bm9uZQ'))).to.equal('404 CMT-50016');
    expect(code(await api.get('?sort=a'))).to.equal('501 CMT-50024');
    expect((await api.get(at(CORE_USER, `${CORE_USER}:userName`))).body).to.deep.equal({
      id: idOf(`${CORE_USER}:userName`),
      claimURI: `${CORE_USER}:userName`,
      claimDialectURI: CORE_USER,
      mappedLocalClaimURI: claimUri('username'),
      properties: [],
    });
    expect(code(await api.get(at(CORE_USER, 'urn:none')))).to.equal('404 CMT-50018');
    expect(code(await api.get('/bm9uZQ/claims'))).to.equal('404 CMT-50016');
    expect(code(await api.get(`${at(OIDC)}?limit=1`))).to.equal('501 CMT-50022');
  });

  it('are added, renamed with their claims, and removed', async () => {
    const made = await api.post('', { dialectURI: OWN });
    expect([made.status, made.headers.get('location')]).to.deep.equal([201, `${server.origin}${CLAIMS}/${idOf(OWN)}`]);
    expect(code(await api.post('', { dialectURI: OWN }))).to.equal('409 CMT-50038');
    expect((await api.post(at(OWN), external(`${OWN}/hobby`, 'hobby'))).status).to.equal(201);
    const renamed = `${OWN}/2`;
    expect((await api.put(`/${idOf(OWN)}`, { dialectURI: renamed })).status).to.equal(200);
    expect(code(await api.get(`/${idOf(OWN)}`))).to.equal('404 CMT-50016');
    expect((await api.get<Listed>(at(renamed))).body.map(({ claimURI }) => claimURI)).to.deep.equal([`${OWN}/hobby`]);
    expect(code(await api.put(`/${idOf(renamed)}`, { dialectURI: OIDC }))).to.equal('409 CMT-50038');
    expect((await api.delete(`/${idOf(renamed)}`)).status).to.equal(204);
    expect(code(await api.delete<Json>(`/${idOf(renamed)}`))).to.equal('404 CMT-50016');
    expect((await api.post('', { dialectURI: renamed })).status).to.equal(201);
    expect((await api.get<Listed>(at(renamed))).body, 'its claims went with it').to.deep.equal([]);
  });

  it('that ship keep their names', async () => {
    expect(code(await api.put(`/${idOf(OIDC)}`, { dialectURI: OWN }))).to.equal('400 CMT-60008');
    for (const id of ['local', idOf(OIDC)])
      expect(code(await api.delete<Json>(`/${id}`)), id).to.equal('400 CMT-60008');
    for (const [dialectURI, expected] of [
      ['', '400 CMT-50028'],
      ['two words', '400 CMT-60001'],
      ['urn:half:\ud800', '400 CMT-60001'],
      ['http://wso2.org/claims', '409 CMT-50038'],
      [OIDC, '409 CMT-50038'],
    ])
      expect(code(await api.post('', { dialectURI })), String(dialectURI)).to.equal(expected);
  });

  it('[U24] of SCIM take no more attributes, but the custom one does', async () => {
    const closed = [CORE_USER, 'urn:ietf:params:scim:schemas:core:2.0', 'urn:scim:wso2:schema'];
    for (const dialect of closed)
      expect(code(await api.post(at(dialect), external(`${dialect}:hobby`, 'hobby'))), dialect).to.equal(
        '400 CMT-60008',
      );
    const made = await api.post(at(CUSTOM), external(`${CUSTOM}:hobby`, 'hobby'));
    const location = `${server.origin}${CLAIMS}${at(CUSTOM, `${CUSTOM}:hobby`)}`;
    expect([made.status, made.headers.get('location')]).to.deep.equal([201, location]);
    for (const [claim, expected] of [
      [external(`${CUSTOM}:hobby`, 'sport'), '409 CMT-50038'],
      [external(`${CUSTOM}:Hobby`, 'sport'), '409 CMT-50038'],
      [external(`${CUSTOM}:pastime`, 'hobby'), '409 CMT-50039'],
      [external(`${CUSTOM}:pastime`, 'nothing'), '400 CMT-50033'],
      [external(`${CUSTOM}:a:b`, 'sport'), '400 CMT-60001'],
      [external('sport', 'sport'), '400 CMT-60001'],
      [external('', 'sport'), '400 CMT-60002'],
      [{ claimURI: `${CUSTOM}:x`, mappedLocalClaimURI: '' }, '400 CMT-50032'],
    ] as const)
      expect(code(await api.post(at(CUSTOM), claim)), JSON.stringify(claim)).to.equal(expected);
    expect(code(await api.post('/bm9uZQ/claims', external('x', 'sport')))).to.equal('404 CMT-50016');
  });

  it('keep the attributes that the server itself fills, and let others map elsewhere', async () => {
    const [name, title] = [`${CORE_USER}:userName`, `${CORE_USER}:title`];
    expect(code(await api.put(at(CORE_USER, name), external(name, 'sport')))).to.equal('400 CMT-60008');
    expect(code(await api.delete<Json>(at(CORE_USER, name)))).to.equal('400 CMT-60008');
    expect((await api.put(at(CORE_USER, title), external(title, 'sport'))).status).to.equal(200);
    expect((await api.get(at(CORE_USER, title))).body).to.include(external(title, 'sport'));
    expect((await api.put(at(CORE_USER, title), external(title, 'title'))).status).to.equal(200);
    expect(code(await api.put(at(CORE_USER, title), external(name, 'title')))).to.equal('409 CMT-50021');
    expect(code(await api.put(at(CORE_USER, 'urn:none'), external('urn:none', 'title')))).to.equal('404 CMT-50018');
  });

  it('of OpenID Connect say what clients learn from then on', async () => {
    await createUser(server, 'kim', { hobby: ['chess'], nickname: ['K'] });
    expect((await api.post(at(OIDC), external('pastime', 'hobby'))).status).to.equal(201);
    const scope = { name: 'leisure', displayName: 'Leisure', description: '', claims: ['pastime', 'nickname'] };
    expect((await server.api('POST', '/api/server/v1/oidc/scopes', scope)).status).to.equal(201);
    const app = await createApp(server, { claims: ['hobby', 'nickname'] });
    const { access } = await app.tokens('kim', { scope: 'openid leisure' });
    const userinfo = () => app.userinfo(access);
    expect((await userinfo()).body).to.include({ pastime: 'chess', nickname: 'K' });
    const discovery = async () =>
      (await server.api<{ claims_supported: string[] }>('GET', '/oauth2/token/.well-known/openid-configuration')).body;
    expect((await discovery()).claims_supported).to.include('pastime');
    expect((await api.delete(at(OIDC, 'nickname'))).status).to.equal(204);
    expect((await discovery()).claims_supported).to.not.include('nickname');
    expect((await userinfo()).body)
      .to.include({ pastime: 'chess' })
      .and.not.have.property('nickname');
    expect((await api.post(at(OIDC), external('nickname', 'nickname'))).status).to.equal(201);
    expect((await discovery()).claims_supported).to.include('nickname');
    expect(code(await api.post(at(OIDC), external('sub', 'sport')))).to.equal('400 CMT-60001');
    expect(code(await api.post(at(OIDC), external('__proto__', 'sport')))).to.equal('400 CMT-60001');
  });

  it('come out of a file and go into one', async () => {
    const uri = 'https://dialects.example/filed';
    const file = { dialectURI: uri, claims: [external(`${uri}/a`, 'hobby'), external(`${uri}/b`, 'sport')] };
    const made = await api.upload('POST', '/import', JSON.stringify(file));
    expect([made.status, made.headers.get('location')]).to.deep.equal([201, `${server.origin}${CLAIMS}/${idOf(uri)}`]);
    expect(code(await api.upload('POST', '/import', JSON.stringify(file)))).to.equal('409 CMT-50038');
    const out = await server.fetch(`${CLAIMS}/${idOf(uri)}/export`, {
      headers: { authorization: server.admin, accept: 'application/json' },
    });
    expect([out.status, out.headers.get('content-type')]).to.deep.equal([200, 'application/json; charset=utf-8']);
    const text = await out.text();
    expect(JSON.parse(text)).to.deep.include({ dialectURI: uri, id: idOf(uri) });
    const { claims } = JSON.parse(text) as { claims: Json[] };
    expect(claims.map(({ claimURI }) => claimURI)).to.deep.equal([`${uri}/a`, `${uri}/b`]);
    const other = claimsAs(server, await tenantAdministrator(server, 'files.example'));
    expect(code(await other.upload('POST', '/import', text)), 'it has no claim of that name').to.equal('400 CMT-50033');
    expect(code(await other.get(`/${idOf(uri)}`)), 'nothing of it is there').to.equal('404 CMT-50016');
    const less = JSON.stringify({ dialectURI: uri, claims: [external(`${uri}/b`, 'hobby')] });
    expect((await api.upload('PUT', '/import?preserveClaims=true', less)).status, 'mapped already').to.equal(409);
    expect((await api.upload('PUT', '/import', less)).status).to.equal(201);
    expect((await api.get<Listed>(at(uri))).body).to.have.length(1);
    expect((await api.get(at(uri, `${uri}/b`))).body).to.include(external(`${uri}/b`, 'hobby'));
    const more = JSON.stringify({ dialectURI: uri, claims: [external(`${uri}/c`, 'sport')] });
    expect((await api.upload('PUT', '/import?preserveClaims=true', more)).status).to.equal(201);
    expect((await api.get<Listed>(at(uri))).body).to.have.length(2);
  });

  for (const [type, name] of [
    ['application/json', 'dialect.json'],
    ['application/x-yaml', 'dialect.yml'],
    ['text/xml', 'dialect.xml'],
  ] as const)
    it(`go from one tenant to another as ${type}`, async function () {
      this.timeout(60_000);
      const [from, to] = await Promise.all(
        ['from', 'to'].map(async (side) => tenantAdministrator(server, `${side}-${name}.example`)),
      );
      const [source, target] = [claimsAs(server, from), claimsAs(server, to)];
      const uri = 'urn:filed:dialect';
      const texts = {
        displayName: 'Größe <&> "x"',
        description: ' 1:\n- a\r\n# b ',
        properties: [{ key: 'k', value: 'true' }],
      };
      await source.add('part', { dataType: 'integer', displayOrder: 7 });
      await source.add('whole', { ...texts, dataType: 'complex', subAttributes: [claimUri('part')] });
      await source.change('nickname', { profiles: { console: { required: true } }, regEx: '^[a-z]{1,3}$' });
      await source.post('', { dialectURI: uri });
      const mapped = { ...external(`${uri}:a`, 'whole'), properties: [{ key: 'k', value: '0x1' }] };
      expect((await source.post(at(uri), mapped)).status).to.equal(201);
      for (const [id, method] of [
        ['local', 'PUT'],
        [idOf(uri), 'POST'],
      ] as const) {
        const headers = { authorization: from?.authorization ?? '', accept: type };
        const file = await server.fetch(`${from?.prefix ?? ''}${CLAIMS}/${id}/export`, { headers });
        const text = await file.text();
        const taken = await target.upload(method, '/import', text, 'file', name);
        expect(taken.status, JSON.stringify(taken.body)).to.equal(201);
        const listed = (api: typeof source) => api.get<Listed>(id === 'local' ? '/local/claims' : at(uri));
        const order = (claims: Listed) => claims.map((claim) => JSON.stringify(claim)).sort();
        expect(order((await listed(target)).body)).to.deep.equal(order((await listed(source)).body));
      }
      expect(await target.read('whole')).to.deep.include(texts);
    });

  it('take the local claims of a file', async () => {
    const other = claimsAs(server, await tenantAdministrator(server, 'local-files.example'));
    await other.add('kept');
    const whole = await server.fetch(`/t/local-files.example${CLAIMS}/local/export`, {
      headers: { authorization: String((await tenantCaller()).authorization) },
    });
    expect(whole.headers.get('content-type')).to.equal('application/yaml; charset=utf-8');
    const exported = parse(await whole.text()) as { claims: Json[] };
    const parts = localClaim('parts', { dataType: 'complex', subAttributes: [claimUri('part')] });
    const claims = [...exported.claims.filter(({ displayName }) => displayName !== 'kept'), parts, localClaim('part')];
    const file = JSON.stringify({ ...exported, claims });
    expect((await other.upload('PUT', '/import?preserveClaims=true', file)).status).to.equal(201);
    expect([await other.read('kept'), await other.read('parts')].map((claim) => claim['displayName'])).to.deep.equal([
      'kept',
      'parts',
    ]);
    expect((await other.upload('PUT', '/import', file)).status).to.equal(201);
    expect(code(await other.get(other.local('kept')))).to.equal('404 CMT-50019');
    const bad = JSON.stringify({ ...exported, claims: [localClaim('fresh'), { claimURI: 'x' }] });
    expect(code(await other.upload('PUT', '/import', bad))).to.equal('400 CMT-50042');
    expect(code(await other.get(other.local('fresh'))), 'all or nothing').to.equal('404 CMT-50019');
  });
  const tenantCaller = async () => ({
    authorization: `Basic ${Buffer.from('owner:Correct-horse-1').toString('base64')}`,
  });

  it('refuse files that are none', async () => {
    expect(code(await api.upload('POST', '/import', 'dialectURI: x'))).to.equal('400 CMT-50042');
    expect(code(await api.upload('POST', '/import', '{}'))).to.equal('400 CMT-50042');
    expect(code(await api.upload('POST', '/import', '{}', 'other'))).to.equal('400 CMT-50042');
    expect(code(await api.upload('PUT', '/import', JSON.stringify({ dialectURI: 'x:y' })))).to.equal('404 CMT-50016');
    const send = async (type: string, body: string) => {
      const headers = { authorization: server.admin, 'content-type': type };
      const answer = await server.fetch(`${CLAIMS}/import`, { method: 'POST', headers, body });
      return code({ status: answer.status, body: (await answer.json()) as Json });
    };
    expect(await send('application/json', '{}')).to.equal('400 CMT-50042');
    expect(await send('multipart/form-data; boundary=x', 'broken')).to.equal('400 CMT-50042');
    const headers = { authorization: server.admin, accept: 'text/csv' };
    const csv = await server.fetch(`${CLAIMS}/local/export`, { headers });
    expect(code({ status: csv.status, body: (await csv.json()) as Json })).to.equal('400 CMT-50046');
    const bomb = '<!DOCTYPE d [<!ENTITY a "x">]><d><dialectURI>&a;</dialectURI></d>';
    const answer = await api.upload('POST', '/import', bomb, 'file', 'dialect.xml');
    expect([code(answer), answer.body['description']]).to.deep.equal([
      '400 CMT-50042',
      'file: a document type (DOCTYPE) is not allowed.',
    ]);
    const wrong = `dialectURI: x:y\nclaims:\n- claimURI: a\n  mappedLocalClaimURI: [b]\n`;
    const place = await api.upload('POST', '/import', wrong, 'file', 'dialect.yml');
    expect(place.body['description']).to.match(/^file: claims\[0\]\.mappedLocalClaimURI, line 4, column 24: /);
  });
});

describe('the SCIM dialect for claims of one’s own', () => {
  it('has the URI that the operator wants', async function () {
    this.timeout(20_000);
    const uri = 'urn:example:staff';
    const server = await startTestServer({ toml: `[scim2]\ncustom_user_schema_uri = "${uri}"` });
    try {
      const api = claimsAs(server);
      await api.add('badge');
      expect((await api.post(at(uri), external(`${uri}:badge`, 'badge'))).status).to.equal(201);
      expect(code(await api.get(`/${idOf(CUSTOM)}`))).to.equal('404 CMT-50016');
      const dialects = await server.server.container.get(ClaimCatalogToken).of('10084a8d-113f-4211-a0d5-efe36b082211');
      expect(dialects.customSchema).to.equal(uri);
      expect(dialects.localOf(uri, `${uri}:badge`)).to.equal(claimUri('badge'));
    } finally {
      await server.stop();
    }
  });
});
