import { expect } from 'chai';
import type { User } from '#core/users';
import { createUser } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { tenantAdministrator } from '../../connections/provider-api.js';
import { basic, consentsAs, failure, fresh, mine, type Purpose, wholly } from './consent-api.js';

interface Receipt {
  readonly consentReceiptID: string;
  readonly state: string;
  readonly piiPrincipalId: string;
  readonly services: readonly { readonly service: string; readonly purposes: readonly object[] }[];
}
interface Numbered {
  readonly piiCategoryId: number;
  readonly purposeId: number;
  readonly purposeCategoryId: number;
}

describe('consent receipts (version 1)', () => {
  let server: TestServer;
  let api: ReturnType<typeof consentsAs>;
  before(async function () {
    this.timeout(60_000);
    server = await startTestServer();
    api = consentsAs(server);
  });
  after(() => server?.stop());

  const as = (user: User) => consentsAs(server, { authorization: basic(user.username) }).v1;
  const user = () => createUser(server, fresh('user'));
  const pii = async (more: object = {}) =>
    (await api.v1.post<Numbered>('/pii-categories', { piiCategory: fresh('pii'), ...more })).body.piiCategoryId;
  const purposeOf = async (...categories: number[]) => {
    const piiCategories = categories.map((piiCategoryId, index) => ({ piiCategoryId, mandatory: index === 0 }));
    const body = { purpose: fresh('purpose'), group: 'SIGNUP', groupType: 'SYSTEM', piiCategories };
    const answer = await api.v1.post<Numbered>('/consents/purposes', body);
    expect(answer.status, JSON.stringify(answer.body)).to.equal(201);
    return answer.body.purposeId;
  };
  const consent = (service: string, purposeId: number, categories: readonly number[], more: object = {}) => {
    const piiCategory = categories.map((piiCategoryId) => ({ piiCategoryId, validity: 'DATE_UNTIL:INDEFINITE' }));
    return { services: [{ service, purposes: [{ purposeId, piiCategory, ...more }] }], language: 'en-US' };
  };
  const give = async (who: User, service: string, purposeId: number, categories: readonly number[]) => {
    const answer = await as(who).post<Receipt>('/consents', consent(service, purposeId, categories));
    expect(answer.status, JSON.stringify(answer.body)).to.equal(201);
    return answer.body.consentReceiptID;
  };
  const read = async (who: User, id: string) => (await as(who).get<Receipt>(`/consents/receipts/${id}`)).body;

  it('knows categories and purposes by number, below /consents and without it', async () => {
    const text = { piiCategory: 'First name', description: 'What one is called', sensitive: true };
    const made = await api.v1.post<Numbered>('/consents/pii-categories', text);
    const { piiCategoryId } = made.body;
    const whole = { piiCategoryId, displayName: null, ...text, tenantDomain: 'carbon.super' };
    expect([made.status, made.body]).to.deep.equal([201, whole]);
    expect((await api.v1.get(`/pii-categories/${piiCategoryId}`)).body).to.deep.equal(whole);
    expect((await api.v1.get<Numbered[]>('/pii-categories?limit=1&offset=0')).body).to.have.length(1);
    const category = { purposeCategory: 'Core', description: 'Core functions' };
    const core = await api.v1.post<Numbered>('/purpose-categories', category);
    expect(core.status).to.equal(201);
    const path = `/consents/purpose-categories/${core.body.purposeCategoryId}`;
    expect((await api.v1.get(path)).body).to.include(category);
    expect(failure(await api.v1.post('/purpose-categories', category))).to.deep.equal([409, 'CMT-60012']);
    expect((await api.v1.delete(path)).status).to.equal(200);
    expect(failure(await api.v1.get(path))).to.deep.equal([404, 'CMT-60007']);
    const purposeId = await purposeOf(piiCategoryId);
    const purpose = await api.v1.get(`/purposes/${purposeId}`);
    expect(purpose.body).to.deep.include({ group: 'SIGNUP', groupType: 'SYSTEM' });
    const { description, piiCategory, sensitive } = text;
    const bound = { piiCategoryId, piiCategory, displayName: null, description, sensitive, mandatory: true };
    expect(purpose.body['piiCategories']).to.deep.equal([bound]);
    const ofGroup = async (group: string) =>
      (await api.v1.get<Numbered[]>(`/purposes?group=${group}&groupType=SYSTEM`)).body.map((one) => one.purposeId);
    expect([await ofGroup('SIGNUP'), await ofGroup('OTHER')]).to.deep.equal([[purposeId], []]);
    expect(failure(await api.v1.delete(`/pii-categories/${piiCategoryId}`))).to.deep.equal([409, 'CMT-60013']);
    expect((await api.v1.delete(`/consents/purposes/${purposeId}`)).status).to.equal(200);
    expect((await api.v1.delete(`/consents/pii-categories/${piiCategoryId}`)).status).to.equal(200);
  });

  it('tells the address of what was made, and has every member that the form of receipts wants', async () => {
    const bob = await user();
    const at = (path: string) => `${server.origin}/api/identity/consent-mgt/v1.0${path}`;
    const made = await api.v1.post<Numbered>('/pii-categories', { piiCategory: fresh('pii') });
    const { piiCategoryId } = made.body;
    expect(made.headers.get('location')).to.equal(at(`/pii-categories/${piiCategoryId}`));
    const body = { purpose: fresh('purpose'), group: 'SIGNUP', groupType: 'SYSTEM', piiCategories: [] };
    const purpose = await api.v1.post<Numbered>('/purposes', body);
    expect(purpose.headers.get('location')).to.equal(at(`/purposes/${purpose.body.purposeId}`));
    const category = await api.v1.post<Numbered>('/purpose-categories', { purposeCategory: fresh('category') });
    expect(category.headers.get('location')).to.equal(at(`/purpose-categories/${category.body.purposeCategoryId}`));
    const id = await give(bob, 'bare', purpose.body.purposeId, [piiCategoryId]);
    const receipt = await read(bob, id);
    const none = { collectionMethod: '', jurisdiction: '', policyUrl: '', piiControllers: [], spiCat: [] };
    expect(receipt).to.deep.include(none);
    expect(receipt.services[0]?.purposes[0]).to.deep.include({ thirdPartyName: '', thirdPartyDisclosure: false });
    const listed = async (query: string) => (await as(bob).get<Receipt[]>(`/consents?${query}`)).body.length;
    expect([await listed('spTenantDomain=Carbon.Super'), await listed('spTenantDomain=other.example')]).to.deep.equal([
      1, 0,
    ]);
  });

  it('gives a receipt for a consent', async () => {
    const alice = await user();
    const [name, health] = [await pii({ displayName: 'Name' }), await pii({ piiCategory: 'Health', sensitive: true })];
    const purposeId = await purposeOf(name, health);
    const core = await api.v1.post<Numbered>('/purpose-categories', { purposeCategory: 'Sign-up' });
    const more = {
      purposeCategoryId: [core.body.purposeCategoryId],
      consentType: 'EXPLICIT',
      primaryPurpose: true,
      termination: 'DATE_UNTIL:INDEFINITE',
      thirdPartyDisclosure: true,
      thirdPartyName: 'Partner',
    };
    const { services, language } = consent('travelocity', purposeId, [name, health], more);
    const about = { collectionMethod: 'Web', jurisdiction: 'NC' };
    const texts = { serviceDisplayName: 'T', serviceDescription: 'Travel' };
    const [service] = services;
    const body = { ...about, language, services: [{ ...service, ...texts }], policyURL: 'http://x' };
    const given = await as(alice).post<Receipt>('/consents', body);
    const { consentReceiptID } = given.body;
    const who = { consentReceiptID, piiPrincipalId: alice.username, tenantDomain: 'carbon.super', language };
    expect([given.status, given.body]).to.deep.equal([201, { ...who, ...about }]);
    const { purposeCategoryId, ...details } = more;
    const receipt = (await as(alice).get(`/consents/receipts/${consentReceiptID}`)).body;
    expect(receipt).to.deep.include({ ...who, ...about, version: 'KI-CR-v1.1.0', policyUrl: 'http://x' });
    expect(receipt).to.deep.include({ state: 'ACTIVE', sensitive: true, spiCat: ['Health'] });
    expect(receipt['consentTimestamp']).to.be.a('number');
    const [shown] = receipt['services'] as { readonly purposes: [Record<string, unknown>] }[];
    const purpose = shown?.purposes[0] ?? {};
    expect(purpose).to.deep.include({ purposeId, ...details, purposeCategoryId, purposeCategory: ['Sign-up'] });
    expect((purpose['piiCategory'] as Numbered[]).map((one) => one.piiCategoryId)).to.deep.equal([name, health]);
  });

  it('revokes the consent before to the same service, and no other', async () => {
    const [alice, bob] = [await user(), await user()];
    const category = await pii();
    const purposeId = await purposeOf(category);
    const first = await give(alice, 'app', purposeId, [category]);
    const elsewhere = await give(alice, 'other', purposeId, [category]);
    const ofBob = await give(bob, 'app', purposeId, [category]);
    const purpose = (await api.v2.get<{ Purposes: Purpose[] }>('/purposes?limit=100')).body.Purposes.at(-1) as Purpose;
    const whole = (await api.v2.get<Purpose>(`/purposes/${purpose.id}`)).body;
    const second = await mine(server, alice).post<{ id: string }>('', { serviceId: 'app', purposes: wholly(whole) });
    const last = await give(alice, 'app', purposeId, [category]);
    const states = await Promise.all([first, elsewhere, ofBob, second.body.id, last].map((id) => api.state(id)));
    expect(states).to.deep.equal(['REVOKED', 'ACTIVE', 'ACTIVE', 'ACTIVE', 'ACTIVE']);
    const listed = async (query: string) =>
      (await as(alice).get<Receipt[]>(`/consents?${query}`)).body.map((one) => one.consentReceiptID);
    expect(await listed('service=app&state=REVOKED')).to.deep.equal([first]);
    expect(await listed('service=other')).to.deep.equal([elsewhere]);
    expect(await listed('state=ACTIVE')).to.deep.equal([elsewhere, second.body.id, last]);
    expect(await listed('limit=1&offset=1')).to.deep.equal([elsewhere]);
  });

  it('revokes by DELETE, and the receipt stays', async () => {
    const alice = await user();
    const category = await pii();
    const id = await give(alice, 'app', await purposeOf(category), [category]);
    expect((await as(alice).delete(`/consents/receipts/${id}`)).status).to.equal(200);
    expect(await read(alice, id)).to.include({ state: 'REVOKED', piiPrincipalId: alice.username });
    expect(failure(await as(alice).get('/consents/receipts/none'))).to.deep.equal([404, 'CMT-60008']);
  });

  it('shows as receipts what is or was in force, also when version 2 has written it', async () => {
    const alice = await user();
    const purpose = await api.purpose();
    const id = await api.consent(alice, [purpose]);
    const receipt = await read(alice, id);
    expect(receipt).to.include({ consentReceiptID: id, state: 'ACTIVE' });
    expect(receipt.services.map(({ service }) => service)).to.deep.equal(['shop']);
    const expired = await api.consent(alice, [purpose], { expiryTime: 1 });
    expect((await read(alice, expired)).state).to.equal('REVOKED');
    const pending = await api.consent(alice, [purpose], { authorizations: [{ userId: alice.username }] });
    expect(failure(await as(alice).get(`/consents/receipts/${pending}`))).to.deep.equal([404, 'CMT-60008']);
    const listed = async (state: string) =>
      (await as(alice).get<Receipt[]>(`/consents${state}`)).body.map((one) => one.consentReceiptID);
    expect(await listed('')).to.deep.equal([id, expired]);
    expect(await listed('?state=ACTIVE')).to.deep.equal([id]);
    expect(await listed('?state=REVOKED')).to.deep.equal([expired]);
  });

  it('leaves consents of others to whoever has the scope', async () => {
    const [alice, bob] = [await user(), await user()];
    const category = await pii();
    const purposeId = await purposeOf(category);
    const id = await give(alice, 'app', purposeId, [category]);
    expect(failure(await as(bob).get(`/consents/receipts/${id}`))).to.deep.equal([403, 'CMT-60022']);
    expect(failure(await as(bob).delete(`/consents/receipts/${id}`))).to.deep.equal([403, 'CMT-60022']);
    const ofAlice = `/consents?piiPrincipalId=${alice.username}`;
    expect(failure(await as(bob).get(ofAlice))).to.deep.equal([403, 'CMT-60028']);
    const nobody = '/consents?piiPrincipalId=nobody-here';
    expect(failure(await as(bob).get(nobody)), 'nothing is told of who exists').to.deep.equal([403, 'CMT-60028']);
    const forAlice = { ...consent('app', purposeId, [category]), piiPrincipalId: alice.username };
    expect(failure(await as(bob).post('/consents', forAlice))).to.deep.equal([403, 'CMT-60028']);
    expect((await api.v1.get<Receipt[]>(ofAlice)).body).to.have.length(1);
    expect((await api.v1.post<Receipt>('/consents', forAlice)).body.piiPrincipalId).to.equal(alice.username);
    expect(await api.state(id)).to.equal('REVOKED');
    expect((await as(bob).post('/purposes', {})).status).to.equal(403);
    const tenant = consentsAs(server, await tenantAdministrator(server, 'receipts.example'));
    expect(failure(await tenant.v1.get(`/consents/receipts/${id}`))).to.deep.equal([404, 'CMT-60008']);
  });

  it('refuses what is no consent', async () => {
    const alice = await user();
    const [category, optional] = [await pii(), await pii()];
    const purposeId = await purposeOf(category, optional);
    const refused = async (body: object) => failure(await as(alice).post('/consents', body));
    expect(await refused(consent('app', 999_999, [category]))).to.deep.equal([400, 'CMT-60018']);
    expect(await refused(consent('app', purposeId, [category, 999_999]))).to.deep.equal([400, 'CMT-60017']);
    expect(await refused(consent('app', purposeId, [optional]))).to.deep.equal([400, 'CMT-60020']);
    const unknown = consent('app', purposeId, [category], { purposeCategoryId: [999_999] });
    expect(await refused(unknown)).to.deep.equal([400, 'CMT-60027']);
    for (const body of [
      {},
      { services: [] },
      consent('', purposeId, [category]),
      consent('a\u0000', purposeId, [category]),
      consent('app', 99_999_999_999, [category]),
      consent('app', 1.5, [category]),
      consent('app', purposeId, [category, category]),
      { ...consent('app', purposeId, [category]), language: 7 },
    ])
      expect(await refused(body), JSON.stringify(body)).to.deep.equal([400, 'CMT-60001']);
    for (const id of ['0', '-1', 'x', '99999999999', '%00'])
      expect(failure(await api.v1.get(`/purposes/${id}`)), id).to.deep.equal([404, 'CMT-60005']);
    expect((await as(alice).get('/consents?state=PENDING')).status).to.equal(400);
    expect((await as(alice).get('/consents?limit=0')).status).to.equal(400);
  });
});
