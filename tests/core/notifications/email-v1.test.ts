import { expect } from 'chai';
import { onEachDatabase } from '../../support/databases.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { providersAs, tenantAdministrator } from '../connections/provider-api.js';

const BASE = '/api/server/v1/email/template-types';
const CURRENT = '/api/server/v1/notification/email/template-types';
const idOf = (name: string) => Buffer.from(name).toString('base64url');
const CIBA = `/${idOf('CIBAAuthenticationNotification')}`;

interface Shown {
  readonly id: string;
  readonly displayName: string;
  readonly self: string;
  readonly subject: string;
  readonly code: string;
  readonly templates: readonly { readonly id: string; readonly subject: string; readonly body: string }[];
}

const mail = (id: string, change: object = {}) => ({
  id,
  contentType: 'text/html',
  subject: `S ${id}`,
  body: '<p>B</p>',
  footer: 'F',
  ...change,
});

onEachDatabase('the first API of e-mail templates', (database) => {
  let server: TestServer;
  before(async function () {
    this.timeout(60_000);
    server = await startTestServer({ database });
  });
  after(() => server?.stop());

  const api = () => providersAs(server, {}, BASE);
  const ids = async (path: string) => (await api().get<Shown[]>(path)).body.map(({ id }) => id);
  async function refused(method: string, path: string, json: unknown, status: number, code: string): Promise<void> {
    const answer = await api().send<Shown>(method, path, json);
    expect([answer.status, answer.body.code], JSON.stringify([path, json])).to.deep.equal([status, code]);
  }

  it('lists types, in parts, backwards, with their templates when these are asked for', async () => {
    const { status, body } = await api().get<Shown[]>('');
    expect(status).to.equal(200);
    const names = body.map(({ displayName }) => displayName);
    expect(names).to.include.members(['CIBAAuthenticationNotification', 'TenantOwnerInvitation']);
    const found = body.find(({ displayName }) => displayName === 'CIBAAuthenticationNotification');
    expect(found).to.deep.equal({
      id: idOf('CIBAAuthenticationNotification'),
      displayName: 'CIBAAuthenticationNotification',
      self: `${BASE}${CIBA}`,
    });
    const part = async (query: string) =>
      (await api().get<Shown[]>(`?${query}`)).body.map(({ displayName }) => displayName);
    expect(await part('limit=2&offset=1')).to.deep.equal(names.slice(1, 3));
    expect(await part('limit=0')).to.deep.equal([]);
    expect(await part('sortBy=displayName&sortOrder=desc')).to.deep.equal([...names].reverse());
    const whole = (await api().get<Shown[]>('?limit=1&requiredAttributes=displayName,templates')).body[0];
    expect(whole?.templates.map(({ id }) => id)).to.include('en_US');
    expect(whole?.templates[0]).to.have.all.keys('id', 'contentType', 'subject', 'body', 'footer');
  });

  it('shows a type with what ships for it, and each template by its locale', async () => {
    const { body } = await api().get<Shown>(CIBA);
    expect(body).to.have.all.keys('id', 'displayName', 'templates');
    expect(body.templates.map(({ id }) => id)).to.deep.equal(['de_DE', 'en_US']);
    expect((await api().get<Shown[]>(`${CIBA}/templates`)).body).to.deep.equal([
      { id: 'de_DE', self: `${BASE}${CIBA}/templates/de_DE` },
      { id: 'en_US', self: `${BASE}${CIBA}/templates/en_US` },
    ]);
    expect(await ids(`${CIBA}/templates?sortBy=id&sortOrder=desc&limit=1`)).to.deep.equal(['en_US']);
    const german = (await api().get<Shown>(`${CIBA}/templates/de-de`)).body;
    expect(german.id).to.equal('de_DE');
    expect(german.subject).to.contain('bestätigen');
  });

  it('adds a language, replaces and removes it; the other APIs see each step', async () => {
    const made = await api().post<Shown>(CIBA, mail('fr-fr'));
    const self = `${BASE}${CIBA}/templates/fr_FR`;
    expect([made.status, made.body]).to.deep.equal([201, { id: 'fr_FR', self }]);
    expect(made.headers.get('location')).to.equal(`${server.origin}${self}`);
    const now = `${CURRENT}${CIBA}/org-templates/fr_FR`;
    expect((await server.api<Shown>('GET', now)).body.subject).to.equal('S fr-fr');
    await refused('POST', CIBA, mail('fr_FR'), 409, 'NTM-65003');
    expect((await api().put(`${CIBA}/templates/fr_FR`, mail('fr_FR', { subject: 'S2' }))).status).to.equal(200);
    expect((await server.api<Shown>('GET', now)).body.subject).to.equal('S2');
    expect((await api().delete(`${CIBA}/templates/fr_FR`)).status).to.equal(204);
    await refused('GET', `${CIBA}/templates/fr_FR`, undefined, 404, 'NTM-65004');
    await refused('DELETE', `${CIBA}/templates/fr_FR`, undefined, 404, 'NTM-65004');
    await refused('PUT', `${CIBA}/templates/fr_FR`, mail('fr_FR'), 404, 'NTM-65004');
  });

  it('covers what ships by a change, and uncovers it when that is removed', async () => {
    const path = `${CIBA}/templates/en_US`;
    const shipped = (await api().get<Shown>(path)).body;
    await refused('POST', CIBA, mail('en_US'), 409, 'NTM-65003');
    await refused('DELETE', path, undefined, 403, 'NTM-60016');
    expect((await api().put(path, mail('en_US'))).status).to.equal(200);
    expect((await api().put(path, { ...mail('en_US', { subject: 'again' }), id: undefined })).status).to.equal(200);
    expect((await api().get<Shown>(path)).body).to.deep.equal(mail('en_US', { subject: 'again' }));
    expect((await api().delete(path)).status).to.equal(204);
    expect((await api().get<Shown>(path)).body).to.deep.equal(shipped);
  });

  it('has types of the organization, made with their templates, replaced all at once and removed', async () => {
    const displayName = 'Account Confirmation';
    const made = await api().post<Shown>('', { displayName, templates: [mail('en_US'), mail('de_DE')] });
    const path = `/${idOf(displayName)}`;
    expect([made.status, made.body]).to.deep.equal([
      201,
      { id: idOf(displayName), displayName, self: `${BASE}${path}` },
    ]);
    expect(made.headers.get('self')).to.equal(`${BASE}${path}`);
    expect((await api().get<Shown>(path)).body.templates).to.deep.equal([mail('de_DE'), mail('en_US')]);
    expect((await api().put(path, [mail('fr_FR'), mail('en_US', { subject: 'new' })])).status).to.equal(200);
    expect((await api().get<Shown>(path)).body.templates).to.deep.equal([
      mail('en_US', { subject: 'new' }),
      mail('fr_FR'),
    ]);
    expect((await api().put(path, [])).status).to.equal(200);
    expect((await api().get<Shown>(path)).body.templates).to.deep.equal([]);
    expect((await api().delete(path)).status).to.equal(204);
    await refused('GET', path, undefined, 404, 'NTM-65002');
    await refused('PUT', path, [], 404, 'NTM-65002');
    await refused('POST', path, mail('en_US'), 404, 'NTM-65002');
    await refused('DELETE', path, undefined, 404, 'NTM-65002');
    await refused('DELETE', CIBA, undefined, 403, 'NTM-60016');
  });

  it('knows types by ids of names in lower case without spaces, as the published examples have them', async () => {
    await api().post('', { displayName: 'Order Shipped', templates: [] });
    const { body } = await api().get<Shown>(`/${idOf('ordershipped')}`);
    expect([body.id, body.displayName]).to.deep.equal([idOf('Order Shipped'), 'Order Shipped']);
    expect((await api().post(`/${idOf('ordershipped')}`, mail('en_US'))).status).to.equal(201);
    expect(await ids(`/${idOf('Order Shipped')}/templates`)).to.deep.equal(['en_US']);
    for (const displayName of ['order shipped', 'OrderShipped', 'CIBA Authentication Notification'])
      await refused('POST', '', { displayName }, 409, 'NTM-65003');
  });

  it('leaves templates of applications alone when those of the organization are replaced', async () => {
    const ofApp = `${CURRENT}${CIBA}/app-templates/5d3b1a52-1a1c-4b52-9f44-0c9a3f2f9a11`;
    const { id: _, ...text } = mail('en_US');
    await server.api('POST', ofApp, { ...text, locale: 'en_US' });
    expect((await api().put(CIBA, [mail('es_ES')])).status).to.equal(200);
    expect(await ids(`${CIBA}/templates`)).to.deep.equal(['de_DE', 'en_US', 'es_ES']);
    expect((await server.api<unknown[]>('GET', ofApp)).body).to.have.length(1);
    await api().put(CIBA, []);
  });

  it('refuses what is no template, no type and no part of a list', async () => {
    for (const wrong of [
      {},
      [],
      '{',
      mail('english!'),
      mail('en_US', { id: undefined }),
      mail('fr_FR', { body: '' }),
      mail('fr_FR', { subject: 'a\0b' }),
      mail('fr_FR', { body: 'ä'.repeat(40_000) }),
      mail('fr_FR', { contentType: 'text/html\r\nBcc: x' }),
    ])
      await refused('POST', CIBA, wrong, 400, 'NTM-60001');
    for (const wrong of [mail('en_US'), [mail('en_US'), mail('en-us')], [{}], Array(101).fill(mail('en_US'))])
      await refused('PUT', CIBA, wrong, 400, 'NTM-60001');
    for (const wrong of [{}, { displayName: '<b>' }, { displayName: 'Bad', templates: [mail('en_US'), mail('en_US')] }])
      await refused('POST', '', wrong, 400, 'NTM-60001');
    await refused('GET', `/${idOf('Bad')}`, undefined, 404, 'NTM-65002');
    await refused('PUT', `${CIBA}/templates/en_US`, mail('de_DE'), 400, 'NTM-60001');
    await refused('GET', `${CIBA}/templates/english!`, undefined, 400, 'NTM-60001');
    for (const query of [
      'limit=-1',
      'limit=x',
      'offset=1.5',
      'sortOrder=up',
      'sortBy=body',
      'requiredAttributes=secret',
    ])
      await refused('GET', `?${query}`, undefined, 400, 'NTM-60001');
  });

  it('keeps tenants apart', async () => {
    await api().post('', { displayName: 'Only here', templates: [mail('en_US')] });
    await api().put(`${CIBA}/templates/en_US`, mail('en_US', { subject: 'ours' }));
    const there = providersAs(server, await tenantAdministrator(server, 'acme.example'), BASE);
    expect((await there.get<Shown>(`/${idOf('Only here')}`)).status).to.equal(404);
    expect((await there.delete(`/${idOf('Only here')}`)).status).to.equal(404);
    const theirs = await there.get<Shown>(`${CIBA}/templates/en_US`);
    expect(theirs.body.subject).to.not.equal('ours');
    const { body } = await there.get<Shown[]>(`${CIBA}/templates`);
    expect(body[0]?.self).to.equal(`/t/acme.example${BASE}${CIBA}/templates/de_DE`);
    await api().delete(`${CIBA}/templates/en_US`);
  });

  it('lets one of several that add the same type at once pass', async () => {
    const same = { displayName: 'Race', templates: [mail('en_US')] };
    const answers = await Promise.all([1, 2, 3].map(() => api().post('', same)));
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([201, 409, 409]);
    expect(await ids(`/${idOf('Race')}/templates`)).to.deep.equal(['en_US']);
  });
});
