import { expect } from 'chai';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { BASE, create, type Failure, type TenantList } from './tenant-calls.js';

describe('list of tenants', () => {
  let server: TestServer;
  const domains = ['a_b', 'alpha', 'beta', 'gamma', 'gamut'].map((name) => `${name.replace('_', '-')}.example`);
  before(async function () {
    this.timeout(30_000);
    server = await startTestServer();
    for (const domain of domains) await create(server, domain);
  });
  after(() => server.stop());

  const list = (query: string) => server.api<TenantList & Failure>('GET', `${BASE}${query}`);
  const found = async (query: string) => (await list(query)).body.tenants.map((tenant) => tenant.domain);

  it('has all tenants, less the super tenant, in order', async () => {
    const { status, body } = await list('');
    expect(status).to.equal(200);
    expect(body).to.include({ totalResults: 5, startIndex: 1, count: 5 });
    expect(body.links).to.deep.equal([]);
    expect(body.tenants.map((tenant) => tenant.domain)).to.deep.equal(domains);
    expect(await found('?sortOrder=desc&sortBy=domainName')).to.deep.equal([...domains].reverse());
  });

  it('gives pages, linked to each other', async () => {
    const { body } = await list('?limit=2&offset=2&sortOrder=asc');
    expect(body).to.include({ totalResults: 5, startIndex: 3, count: 2 });
    expect(body.links).to.deep.equal([
      { href: `${BASE}?offset=4&limit=2&sortOrder=asc`, rel: 'next' },
      { href: `${BASE}?offset=0&limit=2&sortOrder=asc`, rel: 'previous' },
    ]);
    const seen: string[] = [];
    for (let at: string | undefined = `${BASE}?limit=2&filter=domainName+co+a`; at !== undefined; ) {
      const page: TenantList = (await server.api<TenantList>('GET', at)).body;
      seen.push(...page.tenants.map((tenant) => tenant.domain));
      at = page.links.find((link) => link.rel === 'next')?.href;
    }
    expect(seen).to.deep.equal(domains);
    expect((await list('?limit=2&offset=1')).body.links).to.deep.include({
      href: `${BASE}?offset=0&limit=1`,
      rel: 'previous',
    });
    expect((await list('?limit=0')).body).to.deep.include({ totalResults: 5, count: 0, tenants: [], links: [] });
    const behind = (await list('?limit=2&offset=90')).body;
    expect(behind).to.deep.include({ totalResults: 5, count: 0, tenants: [] });
    expect(behind.links).to.deep.equal([{ href: `${BASE}?offset=3&limit=2`, rel: 'previous' }]);
  });

  it('filters by domain', async () => {
    expect(await found('?filter=domainName+sw+GAM')).to.deep.equal(['gamma.example', 'gamut.example']);
    expect(await found('?filter=domainName+ew+ta.example')).to.deep.equal(['beta.example']);
    expect(await found('?filter=domainName+co+%22amm%22')).to.deep.equal(['gamma.example']);
    expect(await found('?filter=domainname+EQ+alpha.example')).to.deep.equal(['alpha.example']);
    expect(await found('?filter=domainName+co+a_b')).to.deep.equal([]);
    expect(await found('?filter=domainName+co+%25')).to.deep.equal([]);
    expect(await found('?filter=domainName+co+!')).to.deep.equal([]);
  });

  it('refuses queries that make no sense', async () => {
    const bad: [query: string, code: string][] = [
      ['?limit=-1', 'TM-60010'],
      ['?limit=x', 'TM-60010'],
      ['?offset=-1', 'TM-60011'],
      ['?offset=1.5', 'TM-60011'],
      ['?sortOrder=sideways', 'TM-60001'],
      ['?sortBy=owner', 'TM-60001'],
      ['?filter=domainName', 'TM-60001'],
      ['?filter=owner+eq+x', 'TM-60001'],
      ['?filter=domainName+gt+x', 'TM-60001'],
    ];
    for (const [query, code] of bad) {
      const { status, body } = await list(query);
      expect([status, body.code], query).to.deep.equal([400, code]);
    }
  });
});
