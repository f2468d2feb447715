import { expect } from 'chai';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { type User, UserServiceToken } from '#core/users';
import { heldClock } from '../../../support/held-clock.js';
import { createUser } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { callerWith, tenantAdministrator } from '../../connections/provider-api.js';
import { type Consent, consentsAs, failure, fresh, type Made, mine, type Page, V2, wholly } from './consent-api.js';

const DAY = 86_400_000;

describe('consents of users', () => {
  const clock = heldClock();
  let server: TestServer;
  let api: ReturnType<typeof consentsAs>;
  before(async function () {
    this.timeout(60_000);
    server = await startTestServer({ clock });
    api = consentsAs(server);
  });
  after(() => server?.stop());

  const user = (word = 'user') => createUser(server, fresh(word));
  const ask = (...users: User[]) => ({ authorizations: users.map(({ username: userId }) => ({ userId })) });
  const decide = (who: User, id: string, state: string) => mine(server, who).post(`/${id}/authorize`, { state });
  const decisions = async (id: string) =>
    Object.fromEntries((await api.read(id)).authorizations.map(({ userId, state }) => [userId, state]));

  it('records what a user consents to, by the latest versions', async () => {
    const alice = await user('alice');
    const purpose = await api.purpose(undefined, { properties: { policy: 'https://x' } });
    const body = {
      subjectId: alice.username,
      serviceId: 'shop',
      language: 'en',
      purposes: wholly(purpose),
      expiryTime: clock.now() + DAY,
      properties: { region: 'EU' },
    };
    const made = await api.v2.post<Made>('/consents', body);
    expect(made.status).to.equal(201);
    const { id } = made.body;
    expect(made.headers.get('location')).to.equal(`${server.origin}${V2}/consents/${id}`);
    const told = { id, subjectId: alice.username, language: 'en', tenantDomain: 'carbon.super' };
    expect(made.body).to.deep.equal(told);
    const [element] = purpose.elements;
    expect(await api.read(id)).to.deep.equal({
      id,
      subjectId: alice.username,
      serviceId: 'shop',
      language: 'en',
      state: 'ACTIVE',
      timestamp: clock.now(),
      expiryTime: body.expiryTime,
      purposes: [
        {
          id: purpose.id,
          name: purpose.name,
          type: 'Policy',
          versionId: purpose.latestVersion.id,
          version: 'v1',
          elements: [{ id: element?.id, name: element?.name }],
          properties: { policy: 'https://x' },
        },
      ],
      authorizations: [],
      properties: { region: 'EU' },
    });
  });

  it('keeps the version that was consented to when there is a later one', async () => {
    const purpose = await api.purpose();
    const id = await api.consent(await user(), [purpose]);
    await api.v2.post(`/purposes/${purpose.id}/versions`, { version: 'v2', setAsLatest: true });
    expect((await api.read(id)).purposes[0]?.version).to.equal('v1');
  });

  it('refuses what cannot be consented to', async () => {
    const { username: subjectId } = await user();
    const [a, b, foreign] = [await api.element(), await api.element(), await api.element()];
    const purpose = await api.purpose([a, b]);
    const unknown = '01234567-89ab-7cde-8f01-23456789abcd';
    const good = { subjectId, serviceId: 'shop', purposes: wholly(purpose) };
    const refused = async (more: object) => failure(await api.v2.post('/consents', { ...good, ...more }));
    const of = (...ids: string[]) => ({ purposes: [{ id: purpose.id, elements: ids.map((id) => ({ id })) }] });
    expect(await refused({ subjectId: 'nobody-here' })).to.deep.equal([400, 'CMT-60021']);
    expect(await refused(of(b))).to.deep.equal([400, 'CMT-60020']);
    expect(await refused(of(a, foreign))).to.deep.equal([400, 'CMT-60019']);
    expect(await refused(of(a, unknown))).to.deep.equal([400, 'CMT-60017']);
    expect(await refused(of(a, '%00'))).to.deep.equal([400, 'CMT-60017']);
    expect(await refused(of())).to.deep.equal([400, 'CMT-60001']);
    expect(await refused(of(a, a))).to.deep.equal([400, 'CMT-60001']);
    expect(await refused({ purposes: [{ id: unknown, elements: [{ id: a }] }] })).to.deep.equal([400, 'CMT-60018']);
    expect(await refused({ purposes: [{ id: purpose.id }] })).to.deep.equal([400, 'CMT-60001']);
    for (const more of [
      { purposes: [] },
      { purposes: wholly(purpose, purpose) },
      { serviceId: '' },
      { serviceId: 'a\u0000' },
      { subjectId: 7 },
      { state: 'PENDING' },
      { expiryTime: -1 },
      { expiryTime: 'soon' },
      { language: 'x'.repeat(21) },
      { properties: { a: 1 } },
      { state: 'REJECTED', authorizations: [{ userId: subjectId }] },
      { authorizations: [{ userId: subjectId }, { userId: subjectId }] },
    ])
      expect(await refused(more), JSON.stringify(more)).to.deep.equal([400, 'CMT-60001']);
    expect(await refused({ authorizations: [{ userId: 'nobody-here' }] })).to.deep.equal([400, 'CMT-60021']);
    expect((await api.v2.post('/consents', good)).status).to.equal(201);
    const declined = await api.v2.post<Made>('/consents', { ...good, ...of(b), state: 'REJECTED' });
    expect(await api.state(declined.body.id)).to.equal('REJECTED');
  });

  it('expires when its time has come', async () => {
    const alice = await user();
    const purpose = await api.purpose();
    const id = await api.consent(alice, [purpose], { expiryTime: clock.now() + DAY });
    const pending = await api.consent(alice, [purpose], { expiryTime: clock.now() + DAY, ...ask(alice) });
    const listed = async (state: string) => {
      const { body } = await api.v2.get<Page>(`/consents?purposeId=${purpose.id}&state=${state}`);
      return (body.Consents ?? []).map((one) => [one.id, one.state]);
    };
    expect(await api.state(id)).to.equal('ACTIVE');
    expect(await listed('EXPIRED')).to.deep.equal([]);
    clock.advance(DAY - 1);
    expect([await api.state(id), await api.state(pending)]).to.deep.equal(['ACTIVE', 'PENDING']);
    clock.advance(1);
    expect([await api.state(id), await api.state(pending)]).to.deep.equal(['EXPIRED', 'EXPIRED']);
    expect(await listed('EXPIRED')).to.deep.equal([
      [id, 'EXPIRED'],
      [pending, 'EXPIRED'],
    ]);
    expect([await listed('ACTIVE'), await listed('PENDING')]).to.deep.equal([[], []]);
    expect(failure(await decide(alice, pending, 'APPROVED'))).to.deep.equal([409, 'CMT-60024']);
    expect(await decisions(pending)).to.deep.equal({ [alice.username]: 'EXPIRED' });
    const longer = await api.v2.patch<Consent>(`/consents/${id}`, { expiryTime: clock.now() + DAY });
    expect([longer.status, longer.body.state]).to.deep.equal([200, 'ACTIVE']);
    expect((await api.v2.patch<Consent>(`/consents/${id}`, { expiryTime: null })).body.expiryTime).to.equal(null);
  });

  it('is in force when everybody has approved', async () => {
    const [alice, bob, carol] = [await user(), await user(), await user()];
    const id = await api.consent(alice, [await api.purpose()], ask(alice, bob));
    expect(await api.state(id)).to.equal('PENDING');
    expect(failure(await decide(carol, id, 'APPROVED'))).to.deep.equal([403, 'CMT-60023']);
    expect((await decide(alice, id, 'APPROVED')).status).to.equal(200);
    expect(await api.state(id), 'bob has not').to.equal('PENDING');
    expect((await mine(server, bob).post(`/${id}/authorize`, {})).status, 'to approve is the default').to.equal(200);
    expect(await api.state(id)).to.equal('ACTIVE');
    expect(await decisions(id)).to.deep.equal({ [alice.username]: 'APPROVED', [bob.username]: 'APPROVED' });
    expect(failure(await decide(bob, id, 'REJECTED'))).to.deep.equal([409, 'CMT-60024']);
  });

  it('is rejected as soon as anybody rejects it, the subject too', async () => {
    const [alice, bob, carol] = [await user(), await user(), await user()];
    const purpose = await api.purpose();
    const id = await api.consent(alice, [purpose], ask(bob, carol));
    await decide(bob, id, 'REJECTED');
    expect(await api.state(id)).to.equal('REJECTED');
    expect(failure(await decide(carol, id, 'APPROVED'))).to.deep.equal([409, 'CMT-60024']);
    const other = await api.consent(alice, [purpose], ask(bob));
    expect((await decide(alice, other, 'APPROVED')).status).to.equal(200);
    expect(await api.state(other), 'it is bob who was asked').to.equal('PENDING');
    expect((await decide(alice, other, 'REJECTED')).status).to.equal(200);
    expect(await api.state(other)).to.equal('REJECTED');
    expect((await decide(alice, other, 'MAYBE')).status).to.equal(400);
  });

  it('is revoked once and for all', async () => {
    const [alice, bob] = [await user(), await user()];
    const id = await api.consent(alice, [await api.purpose()], ask(bob));
    await decide(bob, id, 'APPROVED');
    for (let time = 0; time < 2; time++) expect((await api.v2.post(`/consents/${id}/revoke`)).status).to.equal(204);
    expect(await api.state(id)).to.equal('REVOKED');
    expect(await decisions(id)).to.deep.equal({ [bob.username]: 'REVOKED' });
    const approve = { authorizations: [{ userId: bob.username, state: 'APPROVED' }] };
    expect(failure(await api.v2.patch(`/consents/${id}`, approve))).to.deep.equal([400, 'CMT-60025']);
    for (const path of ['nothing', '%00', '01234567-89ab-7cde-8f01-23456789abcd']) {
      expect(failure(await api.v2.post(`/consents/${path}/revoke`)), path).to.deep.equal([404, 'CMT-60008']);
      expect(failure(await api.v2.get(`/consents/${path}/validate`)), path).to.deep.equal([404, 'CMT-60008']);
    }
  });

  it('is changed by an administrator', async () => {
    const [alice, bob, carol] = [await user(), await user(), await user()];
    const id = await api.consent(alice, [await api.purpose()], { ...ask(alice), properties: { a: '1', b: '2' } });
    const path = `/consents/${id}`;
    const changed = await api.v2.patch<Consent>(path, { properties: { b: '3' } });
    expect(changed.body).to.deep.include({ properties: { b: '3' }, state: 'PENDING' });
    const set = async (...authorizations: object[]) =>
      (await api.v2.patch<Consent>(path, { authorizations })).body.state;
    const [a, b] = [alice.username, bob.username];
    expect(await set({ userId: b }, { userId: carol.username, state: 'APPROVED' })).to.equal('PENDING');
    expect(await set({ userId: a, state: 'APPROVED' })).to.equal('PENDING');
    expect(await set({ userId: b, state: 'APPROVED' })).to.equal('ACTIVE');
    expect((await api.read(id)).properties, 'they stay when none are given').to.deep.equal({ b: '3' });
    const refused = async (one: object) => failure(await api.v2.patch(path, { authorizations: [one] }));
    expect(await refused({ userId: b })).to.deep.equal([400, 'CMT-60026']);
    expect(await refused({ userId: 'nobody-here', state: 'APPROVED' })).to.deep.equal([400, 'CMT-60021']);
    expect(await refused({ userId: b, state: 'PENDING' })).to.deep.equal([400, 'CMT-60001']);
    expect(await set({ userId: a, state: 'REVOKED' })).to.equal('REVOKED');
  });

  it('is listed by subject, service, state, purpose, version and properties', async () => {
    const [alice, bob] = [await user(), await user()];
    const [p, q] = [await api.purpose(), await api.purpose()];
    const one = await api.consent(alice, [p], { serviceId: 'one', properties: { region: 'EU', kind: '100%' } });
    const two = await api.consent(alice, [q], { serviceId: 'two', properties: { region: 'US' } });
    const three = await api.consent(bob, [p, q], { serviceId: 'two', properties: { kind: '100x' } });
    await api.v2.post(`/consents/${two}/revoke`);
    const found = async (query: object) => {
      const { status, body } = await api.v2.get<Page>(`/consents?${new URLSearchParams({ ...query })}`);
      expect(status, JSON.stringify(body)).to.equal(200);
      return (body.Consents ?? []).map(({ id }) => id).filter((id) => [one, two, three].includes(id));
    };
    expect(await found({ subjectId: alice.username })).to.deep.equal([one, two]);
    expect(await found({ subjectId: `${alice.username}@carbon.super`, limit: 1 })).to.deep.equal([one]);
    expect(await found({ subjectId: 'nobody-here' })).to.deep.equal([]);
    expect(await found({ serviceId: 'two' })).to.deep.equal([two, three]);
    expect(await found({ serviceId: 'two', state: 'REVOKED' })).to.deep.equal([two]);
    expect(await found({ purposeId: p.id, limit: 100 })).to.deep.equal([one, three]);
    expect(await found({ purposeVersionId: q.latestVersion.id, state: 'ACTIVE' })).to.deep.equal([three]);
    expect(await found({ filter: 'properties.region eq eu' })).to.deep.equal([one]);
    expect(await found({ filter: 'properties.kind ew %' })).to.deep.equal([one]);
    const both = 'properties.region eq US or properties.kind sw 100 and properties.kind co x';
    expect(await found({ filter: both })).to.deep.equal([two, three]);
    for (const filter of ['region eq EU', 'properties. eq EU', 'properties.region ne EU'])
      expect(failure(await api.v2.get(`/consents?${new URLSearchParams({ filter })}`))).to.deep.equal([
        400,
        'CMT-60002',
      ]);
    expect((await api.v2.get('/consents?state=GONE')).status).to.equal(400);
    expect((await api.v2.get('/consents?serviceId=%00')).status).to.equal(400);
  });

  it('goes with its user, and what waits for that user is rejected', async () => {
    const [alice, bob] = [await user(), await user()];
    const purpose = await api.purpose();
    const own = await api.consent(bob, [purpose], { properties: { a: 'b' } });
    const waiting = await api.consent(alice, [purpose], ask(alice, bob));
    await server.server.container.get(UserServiceToken).delete(SUPER_ORGANIZATION.id, bob.id);
    expect(failure(await api.v2.get(`/consents/${own}`))).to.deep.equal([404, 'CMT-60008']);
    expect(await api.state(waiting)).to.equal('REJECTED');
    expect(await decisions(waiting)).to.deep.equal({ [alice.username]: 'PENDING' });
  });

  it('is open by scope, and apart for every tenant', async () => {
    const id = await api.consent(await user(), [await api.purpose()]);
    const viewer = consentsAs(server, await callerWith(server, 'seer', ['internal_consent_mgt_consent_view']));
    expect((await viewer.v2.get(`/consents/${id}`)).status).to.equal(200);
    for (const call of [viewer.v2.post('/consents', {}), viewer.v2.patch(`/consents/${id}`, {})])
      expect((await call).status).to.equal(403);
    expect((await viewer.v2.post(`/consents/${id}/revoke`)).status).to.equal(403);
    const tenant = consentsAs(server, await tenantAdministrator(server, 'consents.example'));
    expect((await tenant.v2.get<Page>('/consents')).body.Consents).to.deep.equal([]);
    for (const call of [tenant.v2.get(`/consents/${id}`), tenant.v2.post(`/consents/${id}/revoke`)])
      expect(failure(await call)).to.deep.equal([404, 'CMT-60008']);
    expect(failure(await tenant.v2.patch(`/consents/${id}`, {}))).to.deep.equal([404, 'CMT-60008']);
    expect(await api.state(id)).to.equal('ACTIVE');
  });
});
