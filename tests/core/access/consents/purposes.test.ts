import { expect } from 'chai';
import { createUser } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { callerWith, tenantAdministrator } from '../../connections/provider-api.js';
import { consentsAs, failure, fresh, type Made, type Page, type Purpose, V2 } from './consent-api.js';

describe('purposes and elements of consents', () => {
  let server: TestServer;
  let api: ReturnType<typeof consentsAs>;
  before(async function () {
    this.timeout(60_000);
    server = await startTestServer();
    api = consentsAs(server);
  });
  after(() => server?.stop());

  const names = (page: Page) => (page.Elements ?? page.Purposes ?? []).map(({ name }) => name);

  it('makes elements, shows them, and takes a name once', async () => {
    const body = {
      name: 'email_address',
      displayName: 'Email',
      description: 'Where',
      properties: { kind: 'personal' },
    };
    const made = await api.v2.post<Made>('/elements', body);
    expect(made.status).to.equal(201);
    expect(made.headers.get('location')).to.equal(`${server.origin}${V2}/elements/${made.body.id}`);
    expect(made.body).to.deep.equal({ id: made.body.id, ...body, tenantDomain: 'carbon.super' });
    expect((await api.v2.get(`/elements/${made.body.id}`)).body).to.deep.equal(made.body);
    expect(failure(await api.v2.post('/elements', { name: 'Email_Address' }))).to.deep.equal([409, 'CMT-60009']);
  });

  it('gives every element its number when many are made at once', async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => api.element()));
    expect(new Set(made).size).to.equal(8);
    const all = await api.v1.get<{ piiCategoryId: number }[]>('/pii-categories?limit=100');
    const numbers = all.body.map(({ piiCategoryId }) => piiCategoryId);
    expect(new Set(numbers).size).to.equal(numbers.length);
  });

  it('keeps versions of a purpose, and points at the latest', async () => {
    const [a, b] = [await api.element(), await api.element()];
    const purpose = await api.purpose([a], { name: 'Privacy', description: 'Why', properties: { url: 'x' } });
    expect(purpose).to.deep.include({ name: 'Privacy', type: 'Policy', description: 'Why', properties: { url: 'x' } });
    expect(purpose.latestVersion.version).to.equal('v1');
    expect(purpose.elements.map(({ id, mandatory }) => [id, mandatory])).to.deep.equal([[a, true]]);
    const path = `/purposes/${purpose.id}`;
    const later = { version: 'v2', description: 'More', elements: [{ id: b }, { id: a, mandatory: true }] };
    const added = await api.v2.post<Made>(`${path}/versions`, later);
    expect(added.status).to.equal(201);
    expect((await api.v2.get<Purpose>(path)).body.latestVersion.version, 'it was not asked for').to.equal('v1');
    expect(failure(await api.v2.post(`${path}/versions`, { version: 'v2' }))).to.deep.equal([409, 'CMT-60011']);
    expect((await api.v2.put(`${path}/versions/latest`, { id: added.body.id })).status).to.equal(204);
    const now = (await api.v2.get<Purpose>(path)).body;
    expect(now.latestVersion).to.deep.equal({ id: added.body.id, version: 'v2' });
    expect(now.elements.map(({ id, mandatory }) => [id, mandatory])).to.deep.equal([
      [b, false],
      [a, true],
    ]);
    const third = await api.v2.post<Made>(`${path}/versions`, { version: 'v3', setAsLatest: true });
    expect((await api.v2.get<Purpose>(path)).body.latestVersion.id).to.equal(third.body.id);
    expect((await api.v2.get(`${path}/versions/${added.body.id}`)).body).to.deep.equal(added.body);
    const listed = (await api.v2.get<Page>(`${path}/versions`)).body.Versions ?? [];
    expect(listed.map(({ version }) => version)).to.deep.equal(['v1', 'v2', 'v3']);
  });

  it('takes the same name for another type, not for the same', async () => {
    await api.purpose([], { name: 'Twice', type: 'A' });
    await api.purpose([], { name: 'Twice', type: 'B' });
    const again = { name: 'twice', type: 'a', version: 'v1' };
    expect(failure(await api.v2.post('/purposes', again))).to.deep.equal([409, 'CMT-60010']);
  });

  it('deletes only what is not in use', async () => {
    const [a, b] = [await api.element(), await api.element()];
    const purpose = await api.purpose([a]);
    const path = `/purposes/${purpose.id}`;
    const versions = `${path}/versions`;
    expect(failure(await api.v2.delete(`/elements/${a}`))).to.deep.equal([409, 'CMT-60013']);
    expect((await api.v2.delete(`/elements/${b}`)).status).to.equal(204);
    expect(failure(await api.v2.delete(`/elements/${b}`))).to.deep.equal([404, 'CMT-60004']);
    const first = purpose.latestVersion.id;
    expect(failure(await api.v2.delete(`${versions}/${first}`))).to.deep.equal([409, 'CMT-60016']);
    await api.consent(await createUser(server, fresh('user')), [purpose]);
    const next = await api.v2.post<Made>(versions, { version: 'v2', setAsLatest: true });
    expect(failure(await api.v2.delete(`${versions}/${first}`))).to.deep.equal([409, 'CMT-60015']);
    expect(failure(await api.v2.delete(path))).to.deep.equal([409, 'CMT-60014']);
    const unused = await api.v2.post<Made>(versions, { version: 'v3' });
    expect((await api.v2.delete(`${versions}/${unused.body.id}`)).status).to.equal(204);
    expect(failure(await api.v2.get(`${versions}/${unused.body.id}`))).to.deep.equal([404, 'CMT-60006']);
    expect((await api.v2.get(`${versions}/${next.body.id}`)).status).to.equal(200);
    const other = await api.purpose([a]);
    expect((await api.v2.delete(`/purposes/${other.id}`)).status).to.equal(204);
    expect(failure(await api.v2.get(`/purposes/${other.id}`))).to.deep.equal([404, 'CMT-60005']);
  });

  it('goes through a list forward and backward by its links', async () => {
    const all = Array.from({ length: 5 }, (_, index) => `paged ${index}`);
    for (const name of all) await api.element(name);
    const page = async (path: string) => (await server.api<Page>('GET', path)).body;
    const linkOf = ({ links }: Page, wanted: string) => links.find(({ rel }) => rel === wanted)?.href;
    const first = await page(`${V2}/elements?limit=2&filter=${encodeURIComponent('name sw paged')}`);
    expect([names(first), first.totalResults]).to.deep.equal([all.slice(0, 2), 2]);
    expect(linkOf(first, 'previous')).to.equal(undefined);
    const second = await page(String(linkOf(first, 'next')));
    expect(names(second)).to.deep.equal(all.slice(2, 4));
    const third = await page(String(linkOf(second, 'next')));
    expect(names(third)).to.deep.equal(all.slice(4));
    expect(linkOf(third, 'next')).to.equal(undefined);
    const back = await page(String(linkOf(third, 'previous')));
    expect(names(back)).to.deep.equal(all.slice(2, 4));
    expect(linkOf(back, 'next')).to.be.a('string');
    const start = await page(String(linkOf(back, 'previous')));
    expect(names(start)).to.deep.equal(all.slice(0, 2));
    expect(linkOf(start, 'previous')).to.equal(undefined);
  });

  it('filters purposes by name and type, in any case of letters', async () => {
    for (const [name, type] of [
      ['Fä_1', 'X'],
      ['FÄ%2', 'Y'],
      ['Other', 'X'],
    ])
      await api.purpose([], { name, type: `T${type}` });
    const found = async (filter: string) =>
      names((await api.v2.get<Page>(`/purposes?filter=${encodeURIComponent(filter)}`)).body);
    expect(await found('name sw fä')).to.deep.equal(['Fä_1', 'FÄ%2']);
    expect(await found('name co _')).to.deep.equal(['Fä_1']);
    expect(await found('name ew %2 or name eq other')).to.deep.equal(['FÄ%2', 'Other']);
    expect(await found('type eq tx and name co o')).to.deep.equal(['Other']);
  });

  it('refuses what is no filter, no cursor and no limit', async () => {
    const cursor = (text: string) => Buffer.from(text).toString('base64');
    const refused = async (query: string) => failure(await api.v2.get(`/elements?${query}`));
    for (const filter of ['name', 'type eq x', 'name gt x', 'name eq %00'])
      expect(await refused(`filter=${filter.replace(/ /g, '+')}`), filter).to.deep.equal([400, 'CMT-60002']);
    for (const query of ['after=%2525', `after=${cursor("' OR 1=1")}`, `before=${cursor('1')}`])
      expect(await refused(query), query).to.deep.equal([400, 'CMT-60003']);
    const id = cursor(await api.element());
    expect(await refused(`after=${id}&before=${id}`)).to.deep.equal([400, 'CMT-60003']);
    for (const query of ['limit=0', 'limit=-1', 'limit=x', 'limit=1.5'])
      expect(await refused(query), query).to.deep.equal([400, 'CMT-60001']);
    expect((await api.v2.get('/elements?limit=999999999')).status).to.equal(200);
  });

  it('refuses bodies that are no purposes and no elements', async () => {
    const unknown = '01234567-89ab-7cde-8f01-23456789abcd';
    const a = await api.element();
    const elements = [
      {},
      { name: '' },
      { name: ' ' },
      { name: 'x'.repeat(256) },
      { name: 'a\u0000b' },
      { name: 1 },
      [],
      'x',
    ];
    for (const body of elements) expect((await api.v2.post('/elements', body)).status, String(body)).to.equal(400);
    const properties = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, 'v']));
    expect((await api.v2.post('/elements', { name: fresh('many'), properties })).status).to.equal(400);
    const purpose = { name: fresh('bad'), type: 'T', version: 'v1' };
    const refused = async (more: object) => failure(await api.v2.post('/purposes', { ...purpose, ...more }));
    expect(await refused({ version: undefined })).to.deep.equal([400, 'CMT-60001']);
    expect(await refused({ type: undefined })).to.deep.equal([400, 'CMT-60001']);
    expect(await refused({ elements: [{ id: unknown }] })).to.deep.equal([400, 'CMT-60017']);
    expect(await refused({ elements: [{ id: 'a\u0000' }] })).to.deep.equal([400, 'CMT-60017']);
    expect(await refused({ elements: [{ id: a }, { id: a }] })).to.deep.equal([400, 'CMT-60001']);
    const { id } = await api.purpose();
    const other = await api.purpose();
    const latest = (version: string) => api.v2.put(`/purposes/${id}/versions/latest`, { id: version });
    expect(failure(await latest(other.latestVersion.id))).to.deep.equal([404, 'CMT-60006']);
    expect(failure(await latest(unknown))).to.deep.equal([404, 'CMT-60006']);
    for (const path of [unknown, '%00', "'", 'latest']) {
      expect(failure(await api.v2.get(`/purposes/${path}`)), path).to.deep.equal([404, 'CMT-60005']);
      expect(failure(await api.v2.delete(`/elements/${path}`)), path).to.deep.equal([404, 'CMT-60004']);
    }
  });

  it('takes a long name whose small letters are longer', async () => {
    const name = 'İ'.repeat(255);
    const made = await api.v2.post<Made & { readonly name: string }>('/elements', { name });
    expect([made.status, made.body.name]).to.deep.equal([201, name]);
  });

  it('is open by scope', async () => {
    const viewer = consentsAs(server, await callerWith(server, 'viewer', ['internal_consent_mgt_purpose_view']));
    expect((await viewer.v2.get('/purposes')).status).to.equal(200);
    expect((await viewer.v2.get('/elements')).status).to.equal(403);
    expect((await viewer.v2.post('/purposes', {})).status).to.equal(403);
    expect((await server.fetch(`${V2}/purposes`)).status).to.equal(401);
  });

  it('is apart for every tenant', async () => {
    const tenant = consentsAs(server, await tenantAdministrator(server, 'purposes.example'));
    const here = await api.purpose(undefined, { name: 'Mine', type: 'Own' });
    const [element] = here.elements;
    expect((await tenant.v2.get<Page>('/purposes')).body.Purposes).to.deep.equal([]);
    expect(failure(await tenant.v2.get(`/purposes/${here.id}`))).to.deep.equal([404, 'CMT-60005']);
    expect(failure(await tenant.v2.delete(`/purposes/${here.id}`))).to.deep.equal([404, 'CMT-60005']);
    const stolen = { name: 'x', type: 'y', version: '1', elements: [{ id: element?.id }] };
    expect(failure(await tenant.v2.post('/purposes', stolen))).to.deep.equal([400, 'CMT-60017']);
    const there = await tenant.purpose(undefined, { name: 'Mine', type: 'Own' });
    expect(there).to.include({ tenantDomain: 'purposes.example' });
    expect((await tenant.v1.get<{ purposeId: number }[]>('/purposes')).body[0]?.purposeId).to.equal(1);
  });
});
