import { expect } from 'chai';
import { createTenant, type Place } from '../../support/oauth-client.js';
import { skipWithout } from '../../support/services.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const EMAIL = '/api/server/v1/notification/email/template-types';
const SMS = '/api/server/v1/notification/sms/template-types';
const RESET = '/api/server/v1/notification/reset-template-type';
const idOf = (name: string) => Buffer.from(name).toString('base64url');
const CIBA = `${EMAIL}/${idOf('CIBAAuthenticationNotification')}`;
const APP = '5d3b1a52-1a1c-4b52-9f44-0c9a3f2f9a11';

interface Shown {
  readonly id: string;
  readonly displayName: string;
  readonly locale: string;
  readonly self: string;
  readonly subject: string;
  readonly code: string;
}

const mail = (change: object = {}) => ({
  contentType: 'text/html',
  subject: 'S',
  body: '<p>B</p>',
  footer: 'F',
  ...change,
});

for (const database of ['sqlite', 'mariadb', 'postgres'] as const)
  describe(`the notification templates API (${database})`, () => {
    let server: TestServer;
    let acme: Place;
    before(async function () {
      skipWithout(this, database);
      this.timeout(60_000);
      server = await startTestServer({ database });
      acme = await createTenant(server, 'acme.example');
    });
    after(() => server?.stop());

    const one = (method: string, path: string, json?: unknown) => server.api<Shown>(method, path, json);
    const many = (path: string) => server.api<Shown[]>('GET', path);
    async function refused(method: string, path: string, json: unknown, status: number, code: string): Promise<void> {
      const answer = await one(method, path, json);
      expect([answer.status, answer.body.code], JSON.stringify(answer.body)).to.deep.equal([status, code]);
    }

    it('lists the types that ship with the server', async () => {
      const { status, body } = await many(EMAIL);
      expect(status).to.equal(200);
      expect(body.map(({ displayName }) => displayName)).to.include.members([
        'CIBAAuthenticationNotification',
        'ImpersonationEmailNotification',
        'TenantOwnerInvitation',
      ]);
      expect(body.find(({ displayName }) => displayName === 'CIBAAuthenticationNotification')).to.deep.equal({
        id: idOf('CIBAAuthenticationNotification'),
        displayName: 'CIBAAuthenticationNotification',
        self: CIBA,
      });
      expect((await many(SMS)).body.map(({ displayName }) => displayName)).to.deep.equal([
        'CIBASMSAuthenticationNotification',
      ]);
      const lower = await one('GET', `${EMAIL}/${idOf('cibaauthenticationnotification')}`);
      expect(lower.body.displayName).to.equal('CIBAAuthenticationNotification');
    });

    it('shows what ships, in each language', async () => {
      const { body } = await many(`${CIBA}/system-templates`);
      expect(body.map(({ locale }) => locale)).to.have.members(['en_US', 'de_DE']);
      const german = await one('GET', `${CIBA}/system-templates/de-DE`);
      expect(german.body).to.include({ locale: 'de_DE', contentType: 'text/html' });
      expect(german.body.subject).to.contain('bestätigen');
      await refused('GET', `${CIBA}/system-templates/fr_FR`, undefined, 404, 'NTM-65004');
    });

    it('adds, shows, replaces and deletes a template of the organization', async () => {
      const path = `${CIBA}/org-templates`;
      expect((await many(path)).body).to.deep.equal([]);
      await refused('GET', `${path}/en_US`, undefined, 404, 'NTM-65004');
      const made = await one('POST', path, mail({ locale: 'en-us' }));
      expect(made.status).to.equal(201);
      expect(made.body).to.deep.equal({ locale: 'en_US', self: `${path}/en_US` });
      expect(made.headers.get('location')).to.equal(`${server.origin}${path}/en_US`);
      await refused('POST', path, mail({ locale: 'en_US' }), 409, 'NTM-65003');
      expect((await one('GET', `${path}/en_US`)).body).to.deep.equal({ ...mail(), locale: 'en_US' });
      expect((await one('PUT', `${path}/en_US`, mail({ subject: 'S2' }))).status).to.equal(200);
      expect((await one('GET', `${path}/en_US`)).body.subject).to.equal('S2');
      await refused('PUT', `${path}/fr_FR`, mail(), 404, 'NTM-65004');
      expect((await one('DELETE', `${path}/en_US`)).status).to.equal(204);
      await refused('DELETE', `${path}/en_US`, undefined, 404, 'NTM-65004');
    });

    it('resolves to the application, the organization, then the server', async () => {
      const ofApp = `${CIBA}/app-templates/${APP}`;
      const subject = async () => (await one('GET', `${ofApp}/en_US?resolve=true`)).body.subject;
      expect(await subject()).to.contain('confirm');
      await one('POST', `${CIBA}/org-templates`, mail({ locale: 'en_US', subject: 'organization' }));
      expect(await subject()).to.equal('organization');
      await one('POST', ofApp, mail({ locale: 'en_US', subject: 'application' }));
      expect(await subject()).to.equal('application');
      expect((await one('GET', `${CIBA}/org-templates/en_US`)).body.subject).to.equal('organization');
      expect((await many(`${ofApp}?resolve=true`)).body.map(({ locale }) => locale)).to.have.members([
        'en_US',
        'de_DE',
      ]);
      expect(
        (await one('POST', RESET, { templateTypeId: idOf('CIBAAuthenticationNotification'), channel: 'EMAIL' })).status,
      ).to.equal(204);
      expect(await subject()).to.contain('confirm');
      await refused('GET', `${CIBA}/app-templates/no-uuid`, undefined, 400, 'NTM-60001');
    });

    it('has types of the organization, which go with their templates', async () => {
      const made = await one('POST', SMS, { displayName: 'Order shipped' });
      expect(made.status).to.equal(201);
      expect(made.body).to.deep.equal({
        id: idOf('Order shipped'),
        displayName: 'Order shipped',
        self: `${SMS}/${idOf('Order shipped')}`,
      });
      await refused('POST', SMS, { displayName: 'order SHIPPED' }, 409, 'NTM-65003');
      const path = `${made.body.self}/org-templates`;
      expect((await one('POST', path, { locale: 'en_US', body: 'On its way' })).status).to.equal(201);
      expect((await one('GET', `${path}/en_US`)).body).to.deep.equal({ locale: 'en_US', body: 'On its way' });
      expect((await one('DELETE', made.body.self)).status).to.equal(204);
      await refused('GET', path, undefined, 404, 'NTM-65002');
      await one('POST', SMS, { displayName: 'Order shipped' });
      expect((await many(path)).body).to.deep.equal([]);
    });

    it('does not delete what ships, nor take a name twice', async () => {
      await refused('DELETE', CIBA, undefined, 403, 'NTM-60016');
      await refused('POST', EMAIL, { displayName: 'tenantOwnerInvitation' }, 409, 'NTM-65003');
      const answers = await Promise.all([1, 2, 3].map(() => one('POST', EMAIL, { displayName: 'Race' })));
      expect(answers.map(({ status }) => status).sort()).to.deep.equal([201, 409, 409]);
    });

    it('refuses what is no template', async () => {
      const path = `${CIBA}/org-templates`;
      for (const wrong of [
        mail(),
        mail({ locale: '../x' }),
        mail({ locale: 'en_US', contentType: 'text/html\r\nBcc: x' }),
        mail({ locale: 'en_US', body: '' }),
        mail({ locale: 'en_US', body: 'ä'.repeat(40_000) }),
        mail({ locale: 'en_US', subject: 7 }),
        mail({ locale: 'en_US', subject: 'a\0b' }),
        mail({ locale: 'en_US', body: 'a\0b' }),
        mail({ locale: 'en_US', footer: '\0' }),
        [],
      ])
        await refused('POST', path, wrong, 400, 'NTM-60001');
      await refused('GET', `${path}/english!`, undefined, 400, 'NTM-60001');
      await refused('GET', `${EMAIL}/${idOf('Nothing')}`, undefined, 404, 'NTM-65002');
      await refused('GET', `${EMAIL}/AP8`, undefined, 404, 'NTM-65002');
      await refused('POST', RESET, { templateTypeId: idOf('Nothing'), channel: 'EMAIL' }, 404, 'NTM-65002');
      await refused(
        'POST',
        RESET,
        { templateTypeId: idOf('TenantOwnerInvitation'), channel: 'PIGEON' },
        400,
        'NTM-60015',
      );
    });

    it('is managed by the older API for e-mail alone as well', async () => {
      const old = `/api/server/v2/email/template-types/${idOf('ImpersonationEmailNotification')}`;
      expect((await one('GET', old)).body.self).to.equal(old);
      const made = await one('POST', `${old}/org-templates`, mail({ locale: 'fr_FR' }));
      expect(made.body).to.deep.equal({ locale: 'fr_FR', self: `${old}/org-templates/fr_FR` });
      const now = `${EMAIL}/${idOf('ImpersonationEmailNotification')}/org-templates/fr_FR`;
      expect((await one('GET', now)).body.subject).to.equal('S');
      expect((await one('PUT', `${old}/org-templates/fr_FR`, mail({ subject: 'S2' }))).status).to.equal(200);
      expect((await one('GET', now)).body.subject).to.equal('S2');
      expect((await one('DELETE', `${old}/org-templates/fr_FR`)).status).to.equal(204);
      await refused('GET', now, undefined, 404, 'NTM-65004');
      expect((await one('GET', '/api/server/v2/email/template-types/x/system-templates')).status).to.equal(404);
    });

    it('keeps organizations apart', async () => {
      await one('POST', EMAIL, { displayName: 'Only here' });
      const authorization = `Basic ${Buffer.from('owner:Owner-pass-1').toString('base64')}`;
      const there = await server.fetch(`${acme.prefix}${EMAIL}/${idOf('Only here')}`, { headers: { authorization } });
      expect(there.status).to.equal(404);
      const list = await server.fetch(`${acme.prefix}${EMAIL}`, { headers: { authorization } });
      expect(((await list.json()) as Shown[])[0]?.self).to.match(
        /^\/t\/acme\.example\/api\/server\/v1\/notification\/email/,
      );
      expect((await server.fetch(EMAIL)).status).to.equal(401);
    });
  });
