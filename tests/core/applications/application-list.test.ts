import { expect } from 'chai';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { APPLICATIONS, type ApiFailure, apiAs, type Json } from './application-api.js';

interface List {
  readonly totalResults: number;
  readonly startIndex: number;
  readonly count: number;
  readonly applications: readonly (Json & { readonly name: string })[];
  readonly links: readonly { readonly rel: string; readonly href: string }[];
}

const names = [
  'Alpha',
  'alpha two',
  'Beta',
  'a_b',
  'axb',
  'prod-shop',
  'prod and dev',
  'Staging',
  ...Array.from({ length: 22 }, (_, index) => `many ${String(index).padStart(2, '0')}`),
];
const oidc = (clientId: string) => ({
  inboundProtocolConfiguration: { oidc: { grantTypes: ['client_credentials'], clientId } },
});

describe('the list of applications', () => {
  let server: TestServer;
  let api: ReturnType<typeof apiAs>;

  before(async function () {
    this.timeout(60_000);
    server = await startTestServer({ toml: '[pagination]\nmax_items_per_page = 20' });
    api = apiAs(server);
    await Promise.all(names.map((name) => api.make(name)));
    await api.make('client one', oidc('ClientNumber_One'));
    await api.make('client two', oidc('ClientNumber_Two'));
  });
  after(() => server.stop());

  const list = (query: string) => api.get<List>(query);
  /** With the console, which belongs to the server. */
  const total = names.length + 3;
  const found = async (filter: string) => {
    const { status, body } = await list(`?filter=${encodeURIComponent(filter)}`);
    expect(status, JSON.stringify(body)).to.equal(200);
    return body.applications.map(({ name }) => name);
  };

  it('comes in pages of 15 in the order of names, with what the contract says of each', async () => {
    const { status, body } = await list('');
    expect(status).to.equal(200);
    expect(body).to.include({ totalResults: total, startIndex: 1, count: 15 });
    const sorted = [...names, 'client one', 'client two', 'Console'].map((name) => name.toLowerCase()).sort();
    expect(body.applications.map(({ name }) => name.toLowerCase())).to.deep.equal(sorted.slice(0, 15));
    const [first] = body.applications;
    expect(first).to.have.all.keys('id', 'name', 'access', 'self', 'applicationEnabled');
    expect(first?.['self']).to.equal(`${APPLICATIONS}/${String(first?.['id'])}`);
  });

  it('is never longer than the configuration allows', async () => {
    expect((await list('?limit=500')).body.count).to.equal(20);
    expect((await list('?limit=3')).body.count).to.equal(3);
  });

  it('can be walked through in both directions, each application once', async () => {
    const seen: string[] = [];
    let last = '';
    for (let path: string | undefined = '?limit=7&attributes=clientId'; path !== undefined; ) {
      const { body }: { body: List } = await list(path);
      seen.push(...body.applications.map(({ name }) => name));
      const next = body.links.find(({ rel }) => rel === 'next');
      expect(next === undefined || next.href.includes('attributes=clientId')).to.equal(true);
      last = path;
      path = next?.href.slice(APPLICATIONS.length);
    }
    expect(seen).to.have.length(total);
    expect(new Set(seen).size).to.equal(seen.length);
    const back: string[] = [];
    for (let path: string | undefined = last; path !== undefined; ) {
      const { body }: { body: List } = await list(path);
      back.unshift(...body.applications.map(({ name }) => name));
      path = body.links.find(({ rel }) => rel === 'previous')?.href.slice(APPLICATIONS.length);
    }
    expect(back).to.deep.equal(seen);
  });

  it('keeps its place while applications before it come and go by name', async () => {
    const before = (await list('?limit=5&offset=5')).body.applications.map(({ name }) => name);
    const id = await api.make('zzz last');
    expect((await list('?limit=5&offset=5')).body.applications.map(({ name }) => name)).to.deep.equal(before);
    await api.delete(`/${id}`);
  });

  it('is empty beyond its end', async () => {
    const { body } = await list('?offset=1000');
    expect(body).to.deep.include({ count: 0, applications: [], startIndex: 1001, totalResults: total });
    expect(body.links.map(({ rel }) => rel)).to.deep.equal(['previous']);
  });

  for (const query of [
    'limit=0',
    'limit=-1',
    'limit=x',
    'limit=',
    'limit=1.5',
    'offset=-1',
    'offset=y',
    'offset=1e30',
  ]) {
    it(`answers 400 to ${query}`, async () => {
      const { status, body } = await api.get<ApiFailure>(`?${query}`);
      expect([status, body.code]).to.deep.equal([400, 'APP-60001']);
    });
  }

  const filters: [string, string[]][] = [
    ['name eq alpha', ['Alpha']],
    ['name sw ALPHA', ['Alpha', 'alpha two']],
    ['name ew two', ['alpha two', 'client two']],
    ['name co rod', ['prod and dev', 'prod-shop']],
    ['name eq prod "and" dev', []],
    ['name eq "prod and dev"', ['prod and dev']],
    ['name eq alpha or name eq beta', ['Alpha', 'Beta']],
    ['name eq alpha OR name eq beta', ['Alpha', 'Beta']],
    ['name sw alpha and name ew two', ['alpha two']],
    ['name eq beta or name sw alpha and name ew two', ['alpha two', 'Beta']],
    ['name sw alpha and name ew two or name eq beta', ['alpha two', 'Beta']],
    ['name co _', ['a_b']],
    ['name co %', []],
    ['name co !', []],
    ['name eq "\' OR 1=1 --"', []],
    ['name co "\'); DROP TABLE application; --"', []],
    ['name co \\', []],
    ['clientId eq ClientNumber_One', ['client one']],
    ['clientId eq clientnumber_one', []],
    ['clientId co number_', ['client one', 'client two']],
    ['clientId ew _Two', ['client two']],
    ['clientId co number_ and name ew one', ['client one']],
    ['name eq beta or clientId sw ClientNumber', ['Beta', 'client one', 'client two']],
  ];
  for (const [filter, expected] of filters) {
    it(`finds by ${filter}`, async () => {
      expect(await found(filter)).to.deep.equal(expected);
    });
  }

  it('takes a blank filter for none', async () => {
    expect((await list('?filter=%20')).body.totalResults).to.equal(total);
    expect((await list('?excludeSystemPortals=true')).body.totalResults).to.equal(total - 1);
  });

  const wrong = [
    'name',
    'name eq',
    'name eq a and',
    'or name eq a',
    'name xx a',
    'name ne a',
    'sauce eq a',
    'NAME eq a',
    'issuer eq a',
    'name eq a and and name eq b',
    'name eq a\u0000',
    'name eq a\n',
    `name eq ${'a'.repeat(3000)}`,
    Array.from({ length: 21 }, () => 'name eq a').join(' or '),
  ];
  for (const filter of wrong) {
    it(`answers APP-60004 to ${JSON.stringify(filter.slice(0, 40))}`, async () => {
      const { status, body } = await api.get<ApiFailure>(`?filter=${encodeURIComponent(filter)}`);
      expect([status, body.code]).to.deep.equal([400, 'APP-60004']);
    });
  }

  it('shows further members when it is asked to', async () => {
    const attributes = 'advancedConfigurations,templateId,clientId,associatedRoles.allowedAudience';
    const { body } = await list(`?filter=name+eq+client+one&attributes=${attributes}`);
    const [item] = body.applications;
    expect(item).to.include({ clientId: 'ClientNumber_One' });
    expect(item?.['advancedConfigurations']).to.include({ skipLoginConsent: false });
    expect(item?.['associatedRoles']).to.deep.equal({ allowedAudience: 'ORGANIZATION' });
  });

  it('answers APP-60505 to a member that it cannot show', async () => {
    const { status, body } = await api.get<ApiFailure>('?attributes=clientId,clientSecret');
    expect([status, body.code]).to.deep.equal([400, 'APP-60505']);
  });

  it('answers 501 to sorting, as the contract does', async () => {
    const { status, body } = await api.get<ApiFailure>('?sortBy=name');
    expect([status, body.code]).to.deep.equal([501, 'APP-65002']);
  });
});
