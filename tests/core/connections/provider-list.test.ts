import { expect } from 'chai';
import { onEachDatabase } from '../../support/databases.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { type ApiFailure, type Json, PROVIDERS, providersAs, TOKEN_ISSUERS } from './provider-api.js';

interface List {
  readonly totalResults: number;
  readonly startIndex: number;
  readonly count: number;
  readonly links: readonly { readonly href: string; readonly rel: string }[];
  readonly identityProviders: readonly (Json & { readonly name: string; readonly self: string })[];
}

onEachDatabase('lists of identity providers', (database) => {
  let server: TestServer;
  let api: ReturnType<typeof providersAs>;
  let issuers: ReturnType<typeof providersAs>;
  const names = async (query: string) => {
    const { status, body } = await api.get<List>(`?${query}`);
    expect(status, JSON.stringify(body)).to.equal(200);
    return body.identityProviders.map(({ name }) => name);
  };
  const filtered = (filter: string) => names(`filter=${encodeURIComponent(filter)}`);

  before(async function () {
    this.timeout(60_000);
    server = await startTestServer({ database });
    api = providersAs(server);
    issuers = providersAs(server, {}, TOKEN_ISSUERS);
    for (const name of ['google', 'Acme one', 'acme two', '100% x'])
      await api.make(name, { alias: `alias of ${name}` });
    await api.make('off', { isEnabled: false });
  });
  after(() => server?.stop());

  it('come in pages, in the order of names', async () => {
    const first = (await api.get<List>('?limit=2')).body;
    expect(first).to.include({ totalResults: 5, startIndex: 1, count: 2 });
    expect(first.identityProviders.map(({ name }) => name)).to.deep.equal(['100% x', 'Acme one']);
    expect(first.identityProviders[0]?.self).to.match(new RegExp(`^${PROVIDERS}/[0-9a-f-]{36}$`));
    expect(first.links.map(({ rel }) => rel)).to.deep.equal(['next']);
    expect(await names('limit=2&offset=2')).to.deep.equal(['acme two', 'google']);
    expect(await names('sortBy=name&sortOrder=desc&limit=1')).to.deep.equal(['off']);
    for (const query of ['sortBy=alias', 'sortOrder=sideways'])
      expect((await api.get<ApiFailure>(`?${query}`)).body.code).to.equal('IDP-65040');
    expect((await api.get('?limit=0')).status).to.equal(400);
  });

  it('are filtered', async () => {
    expect(await filtered('name sw "ACME"')).to.deep.equal(['Acme one', 'acme two']);
    expect(await filtered('name co acme and name ew two')).to.deep.equal(['acme two']);
    expect(await filtered('name eq google or name eq off')).to.deep.equal(['google', 'off']);
    expect(await filtered('isEnabled eq "false"')).to.deep.equal(['off']);
    expect(await filtered('name co o and isEnabled eq true')).to.deep.equal(['Acme one', 'acme two', 'google']);
    expect(await filtered('name co %')).to.deep.equal(['100% x']);
    expect(await filtered(`name eq "' OR 1=1 --"`)).to.deep.equal([]);
    for (const wrong of ['name', 'name gt x', 'alias eq x', 'isEnabled co true', 'isEnabled eq maybe'])
      expect((await api.get<ApiFailure>(`?filter=${encodeURIComponent(wrong)}`)).body.code, wrong).to.equal(
        'IDP-60007',
      );
  });

  it('show more when they are asked to', async () => {
    const [plain] = (await api.get<List>('?filter=name+eq+google')).body.identityProviders;
    expect(plain).to.have.all.keys('id', 'name', 'isEnabled', 'self');
    const query = '?filter=name+eq+google&requiredAttributes=alias,claims,%20isPrimary';
    const [more] = (await api.get<List>(query)).body.identityProviders;
    expect(more).to.include({ alias: 'alias of google', isPrimary: false }).and.to.have.property('claims');
    expect((await api.get<ApiFailure>('?requiredAttributes=secret')).body.code).to.equal('IDP-60009');
  });

  it('have the trusted token issuers apart too', async () => {
    const certificate = { jwksUri: 'https://issuer.example/jwks' };
    const made = await issuers.post('', { name: 'Issuer', issuer: 'https://issuer.example', certificate, alias: 'a' });
    expect(made.status).to.equal(201);
    expect(made.body).to.deep.include({ issuer: 'https://issuer.example', certificate, alias: 'a' });
    expect(made.body).not.to.have.property('idpIssuerName');
    const id = String(made.body['id']);
    expect(made.headers.get('location')).to.equal(`${server.origin}${TOKEN_ISSUERS}/${id}`);
    await api.make('By template', { templateId: 'trusted-token-issuer' });
    const listed = (await issuers.get<List>('')).body.identityProviders.map(({ name }) => name);
    expect(listed).to.deep.equal(['By template', 'Issuer']);
    expect((await api.get(`/${id}`)).body).to.include({ idpIssuerName: 'https://issuer.example' });
    expect((await issuers.replace(id, '/issuer', 'https://issuer2.example')).body).to.include({
      issuer: 'https://issuer2.example',
    });
    const [google] = (await api.get<List>('?filter=name+eq+google')).body.identityProviders;
    expect((await issuers.get(`/${String(google?.['id'])}`)).status).to.equal(404);
    expect((await issuers.delete(`/${String(google?.['id'])}`)).status).to.equal(404);
    for (const lacking of [{ issuer: 'i' }, { issuer: 'i', certificate: {} }, { certificate }])
      expect((await issuers.post<ApiFailure>('', { name: 'x', ...lacking })).body.code).to.equal('IDP-60025');
    expect((await issuers.delete(`/${id}`)).status).to.equal(204);
  });
});
