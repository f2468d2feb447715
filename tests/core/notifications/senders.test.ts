import { expect } from 'chai';
import { DatabaseToken } from '#core/persistence';
import { SenderEntity } from '../../../core/notifications/senders/sender.entity.js';
import { createApp, createTenant, type Place } from '../../support/oauth-client.js';
import { skipWithout } from '../../support/services.js';
import { type ApiAnswer, startTestServer, type TestServer } from '../../support/test-server.js';

const DEPLOYMENT = `
[output_adapter.email]
from_address = "no-reply@shop.example"
hostname = "smtp.shop.example"
username = "mailer"
password = "deployment-secret"
`;

type Body = Record<string, unknown>;

const smtp = (change: object = {}) => ({
  smtpServerHost: 'smtp.acme.example',
  smtpPort: 587,
  fromAddress: 'iam@acme.example',
  authType: 'BASIC',
  properties: [
    { key: 'mail.smtp.starttls.enable', value: true },
    { key: 'userName', value: 'iam' },
    { key: 'password', value: 'mail-secret' },
  ],
  ...change,
});
const sms = (change: object = {}) => ({
  provider: 'Custom',
  providerURL: 'https://sms.example/send',
  key: 'account',
  secret: 'sms-secret',
  sender: '+49 1',
  contentType: 'JSON',
  properties: [{ key: 'body', value: '{"to":"{{mobile}}","text":"{{body}}"}' }],
  ...change,
});

for (const database of ['sqlite', 'mariadb', 'postgres'] as const)
  describe(`the senders API (${database})`, () => {
    let server: TestServer;
    let acme: Place;
    before(async function () {
      skipWithout(this, database);
      this.timeout(60_000);
      server = await startTestServer({ toml: DEPLOYMENT, database });
      acme = await createTenant(server, 'acme.example');
    });
    after(() => server?.stop());

    /** As the owner of the tenant: the administrator of another one may not. */
    async function call(method: string, path: string, json?: unknown, version = 'v2'): Promise<ApiAnswer<Body>> {
      const authorization = `Basic ${Buffer.from('owner:Owner-pass-1').toString('base64')}`;
      const response = await server.fetch(`${acme.prefix}/api/server/${version}/notification-senders${path}`, {
        method,
        headers: { authorization, ...(json === undefined ? {} : { 'content-type': 'application/json' }) },
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body: text === '' ? {} : (JSON.parse(text) as Body),
      };
    }
    const expectFailure = ({ status, body }: ApiAnswer<Body>, wanted: number, code: string) =>
      expect([status, body['code']], JSON.stringify(body)).to.deep.equal([wanted, code]);

    it('keeps an e-mail sender and never shows its password', async () => {
      const made = await call('POST', '/email', smtp());
      expect(made.status, JSON.stringify(made.body)).to.equal(201);
      expect(made.headers.get('location')).to.match(/\/v2\/notification-senders\/email\/EmailPublisher$/);
      const wanted = {
        name: 'EmailPublisher',
        provider: 'SMTP',
        smtpServerHost: 'smtp.acme.example',
        smtpPort: 587,
        fromAddress: 'iam@acme.example',
        authType: 'BASIC',
        properties: [
          { key: 'mail.smtp.starttls.enable', value: 'true' },
          { key: 'userName', value: 'iam' },
        ],
      };
      expect(made.body).to.deep.equal(wanted);
      expect((await call('GET', '/email/emailpublisher')).body).to.deep.equal(wanted);
      expect((await call('GET', '/email')).body).to.deep.equal([wanted]);
      const database = server.server.container.get(DatabaseToken);
      const [row] = await database.manager.findBy(SenderEntity, { orgId: acme.orgId });
      expect(JSON.stringify(row)).not.to.contain('mail-secret').and.not.contain('smtp.acme.example');
    });

    it('shows in version 1 what version 2 has made, and the other way round', async () => {
      const first = await call('GET', '/email/EmailPublisher', undefined, 'v1');
      expect(first.body).to.include({ name: 'EmailPublisher', userName: 'iam', smtpPort: 587 });
      expect(first.body).not.to.have.any.keys('authType', 'password');
      const { authType: _, properties: __, ...rest } = smtp();
      const made = await call('POST', '/email', { ...rest, name: 'Old', userName: 'u', password: 'mail-secret' }, 'v1');
      expect(made.status, JSON.stringify(made.body)).to.equal(201);
      expect(JSON.stringify(made.body)).not.to.contain('mail-secret');
      expect((await call('GET', '/email/Old')).body).to.deep.include({
        authType: 'BASIC',
        properties: [{ key: 'userName', value: 'u' }],
      });
      expect((await call('DELETE', '/email/Old', undefined, 'v1')).status).to.equal(204);
      expectFailure(await call('GET', '/email/Old'), 404, 'NSM-60006');
    });

    it('replaces a sender, its way to authenticate included', async () => {
      const properties = [
        { key: 'clientId', value: 'client' },
        { key: 'clientSecret', value: 'client-secret' },
        { key: 'tokenEndpoint', value: 'https://login.example/token' },
        { key: 'scopes', value: 'https://outlook.office365.com/.default' },
      ];
      const put = await call('PUT', '/email/EmailPublisher', smtp({ authType: 'CLIENT_CREDENTIAL', properties }));
      expect(put.status, JSON.stringify(put.body)).to.equal(200);
      const { body } = await call('GET', '/email/EmailPublisher');
      expect(body['authType']).to.equal('CLIENT_CREDENTIAL');
      expect(body['properties']).to.deep.equal(properties.filter(({ key }) => key !== 'clientSecret'));
      expectFailure(
        await call(
          'PUT',
          '/email/EmailPublisher',
          smtp({ authType: 'CLIENT_CREDENTIAL', properties: properties.slice(0, 2) }),
        ),
        400,
        'NSM-60012',
      );
      expectFailure(await call('PUT', '/email/Nobody', smtp()), 404, 'NSM-60006');
    });

    it('refuses what is taken, unknown or wrong', async () => {
      expectFailure(await call('POST', '/email', smtp({ name: 'emailpublisher' })), 409, 'NSM-60002');
      expectFailure(await call('POST', '/email', smtp({ name: 'B', authType: undefined })), 400, 'NSM-60012');
      expectFailure(await call('POST', '/email', smtp({ name: 'B', authType: 'MAGIC' })), 400, 'NSM-60012');
      expectFailure(await call('POST', '/email', smtp({ name: 'B', provider: 'Pigeon' })), 400, 'NSM-60003');
      expectFailure(await call('POST', '/email', smtp({ name: 'B', smtpServerHost: 'a b' })), 400, 'NSM-60001');
      expectFailure(
        await call('POST', '/email', smtp({ name: 'B', fromAddress: 'a@b.example, c@d' })),
        400,
        'NSM-60001',
      );
      expectFailure(await call('POST', '/email', smtp({ name: 'B', smtpPort: 70_000 })), 400, 'NSM-60001');
      expectFailure(await call('POST', '/email', smtp({ name: 'a/b' })), 400, 'NSM-60001');
      expectFailure(await call('POST', '/email', []), 400, 'NSM-60001');
      expectFailure(await call('POST', '/sms', sms({ provider: undefined }), 'v1'), 400, 'NSM-60001');
      expectFailure(await call('POST', '/sms', sms({ provider: 'Pigeon' }), 'v1'), 400, 'NSM-60003');
      expectFailure(await call('DELETE', '/sms/SMSPublisher'), 404, 'NSM-60006');
      const proto = smtp({ name: 'Proto', properties: [{ key: '__proto__', value: 'x' }, ...smtp().properties] });
      expect((await call('POST', '/email', proto)).status).to.equal(201);
      expect((await call('DELETE', '/email/Proto')).status).to.equal(204);
    });

    it('lets one of several win that want the same name at once', async () => {
      const answers = await Promise.all([1, 2, 3].map(() => call('POST', '/email', smtp({ name: 'Race' }))));
      expect(answers.map(({ status }) => status).sort()).to.deep.equal([201, 409, 409]);
      await call('DELETE', '/email/Race');
    });

    it('keeps an SMS sender and never shows its secrets', async () => {
      const authentication = { type: 'API_KEY', properties: { header: 'X-Key', value: 'key-secret' } };
      const made = await call('POST', '/sms', sms({ authentication }));
      expect(made.status, JSON.stringify(made.body)).to.equal(201);
      const wanted = {
        name: 'SMSPublisher',
        provider: 'Custom',
        providerURL: 'https://sms.example/send',
        key: 'account',
        sender: '+49 1',
        contentType: 'JSON',
        properties: [{ key: 'body', value: '{"to":"{{mobile}}","text":"{{body}}"}' }],
        authentication: { type: 'API_KEY', properties: { header: 'X-Key' } },
      };
      expect(made.body).to.deep.equal(wanted);
      expect((await call('GET', '/sms')).body).to.deep.equal([wanted]);
      const { authentication: _, ...first } = wanted;
      expect((await call('GET', '/sms/SMSPublisher', undefined, 'v1')).body).to.deep.equal(first);
      expect((await call('DELETE', '/sms/SMSPublisher')).status).to.equal(204);
    });

    it('shows the sender of deployment.toml in the super tenant and does not let it be changed', async () => {
      const base = '/api/server/v2/notification-senders/email';
      const { body } = await server.api<Body>('GET', `${base}/EmailPublisher`);
      expect(body).to.include({ smtpServerHost: 'smtp.shop.example', fromAddress: 'no-reply@shop.example' });
      expect(JSON.stringify(body)).not.to.contain('deployment-secret');
      for (const [method, path] of [
        ['POST', base],
        ['PUT', `${base}/EmailPublisher`],
        ['DELETE', `${base}/EmailPublisher`],
      ] as const)
        expect((await server.api(method, path, method === 'DELETE' ? undefined : smtp())).status).to.equal(405);
    });

    it('is for those who hold its scopes, within their organization', async () => {
      const path = '/api/server/v2/notification-senders/email';
      expect((await server.fetch(path)).status).to.equal(401);
      expect((await server.api('GET', `${acme.prefix}${path}`)).status).to.be.oneOf([401, 403]);
      const app = await createApp(server, { client: { grantTypes: ['client_credentials'] } });
      const { body } = await app.token({ grant_type: 'client_credentials' });
      const headers = { authorization: `Bearer ${String(body['access_token'])}` };
      expect((await server.fetch(path, { headers })).status).to.equal(403);
    });
  });
