import { expect } from 'chai';
import type { User } from '#core/users';
import { createApp, createTenant, createUser } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { providersAs } from '../../connections/provider-api.js';
import { type Consent, consentsAs, failure, fresh, type Made, mine, wholly } from './consent-api.js';

describe('own consents of users', () => {
  let server: TestServer;
  let api: ReturnType<typeof consentsAs>;
  let alice: User;
  let bob: User;
  before(async function () {
    this.timeout(60_000);
    server = await startTestServer();
    api = consentsAs(server);
    alice = await createUser(server, 'alice');
    bob = await createUser(server, 'bob');
  });
  after(() => server?.stop());

  const give = async (who: User, more: object = {}) => {
    const body = { serviceId: 'app', purposes: wholly(await api.purpose()), ...more };
    return mine(server, who).post<Made>('', body);
  };

  it('are given and declined by the user alone', async () => {
    const given = await give(alice, { properties: { source: 'form' } });
    expect(given.status).to.equal(201);
    const { id } = given.body;
    expect(given.body).to.deep.equal({ id, subjectId: 'alice', serviceId: 'app' });
    const read = (await mine(server, alice).get<Consent>(`/${id}`)).body;
    expect(read).to.deep.include({ id, subjectId: 'alice', state: 'ACTIVE', properties: { source: 'form' } });
    expect(read.authorizations.map(({ userId, state }) => [userId, state])).to.deep.equal([['alice', 'APPROVED']]);
    expect(await api.read(id), 'an administrator sees the same').to.deep.equal(read);
    const declined = await give(alice, { state: 'REJECTED' });
    const state = (await mine(server, alice).get(`/${declined.body.id}/validate`)).body;
    expect(state).to.deep.equal({ state: 'REJECTED', expiryTime: null });
    const forBob = await give(alice, { subjectId: 'bob' });
    expect((await api.read(forBob.body.id)).subjectId, 'nobody gives those of others').to.equal('alice');
  });

  it('are listed page by page, without those of others', async () => {
    const carol = await createUser(server, fresh('carol'));
    const ids: string[] = [];
    for (let index = 0; index < 3; index++) ids.push((await give(carol, { serviceId: `s${index}` })).body.id);
    await give(bob);
    const list = async (query = '') => (await mine(server, carol).get<Consent[]>(query)).body;
    const [first] = await list();
    expect(first).to.deep.equal({ id: ids[0], serviceId: 's0', state: 'ACTIVE', timestamp: first?.timestamp });
    const found = async (query?: string) => (await list(query)).map(({ id }) => id);
    const cursor = (id?: string) => Buffer.from(String(id)).toString('base64');
    expect(await found()).to.deep.equal(ids);
    expect(await found(`?limit=2&after=${cursor(ids[0])}`)).to.deep.equal(ids.slice(1));
    expect(await found(`?limit=1&before=${cursor(ids[2])}`)).to.deep.equal([ids[1]]);
    expect(await found('?serviceId=s2')).to.deep.equal([ids[2]]);
    expect(failure(await mine(server, carol).get('?after=x'))).to.deep.equal([400, 'CMT-60003']);
  });

  it('are revoked by their user, as often as wanted', async () => {
    const { id } = (await give(alice)).body;
    for (let time = 0; time < 2; time++) expect((await mine(server, alice).post(`/${id}/revoke`)).status).to.equal(200);
    const read = await api.read(id);
    expect([read.state, read.authorizations[0]?.state]).to.deep.equal(['REVOKED', 'REVOKED']);
  });

  it('are closed to others, who can only authorize what they are asked to', async () => {
    const id = await api.consent(alice, [await api.purpose()], { authorizations: [{ userId: 'bob' }] });
    for (const call of [
      mine(server, bob).get(`/${id}`),
      mine(server, bob).get(`/${id}/validate`),
      mine(server, bob).post(`/${id}/revoke`),
    ])
      expect(failure(await call)).to.deep.equal([403, 'CMT-60022']);
    expect((await mine(server, bob).post(`/${id}/authorize`, { state: 'APPROVED' })).status).to.equal(200);
    expect(await api.state(id)).to.equal('ACTIVE');
    expect(failure(await mine(server, bob).get('/nothing'))).to.deep.equal([404, 'CMT-60008']);
  });

  it('need the user: neither an application nor nobody has any', async () => {
    const app = await createApp(server, { client: { grantTypes: ['client_credentials'] } });
    const { body } = await app.token({ grant_type: 'client_credentials' });
    const caller = { authorization: `Bearer ${String(body.access_token)}` };
    const own = providersAs(server, caller, '/api/users/v1/me/consents');
    expect((await own.get('')).status).to.equal(403);
    expect((await server.fetch('/api/users/v1/me/consents')).status).to.equal(401);
  });

  it('are apart for every tenant', async () => {
    const place = await createTenant(server, 'mine.example');
    const twin = await createUser(server, 'alice', {}, place);
    const { id } = (await give(alice)).body;
    const there = mine(server, twin, place.prefix);
    expect((await there.get<Consent[]>('')).body).to.deep.equal([]);
    expect(failure(await there.get(`/${id}`))).to.deep.equal([404, 'CMT-60008']);
  });
});
