import { expect } from 'chai';
import { AuditLogToken } from '#core/audit';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { type ApiFailure, apiAs, type Json } from './application-api.js';

describe('the application management API', () => {
  let server: TestServer;
  let api: ReturnType<typeof apiAs>;

  before(async function () {
    this.timeout(60_000);
    server = await startTestServer();
    api = apiAs(server);
  });
  after(() => server.stop());

  describe('creation', () => {
    it('answers 201 with the address of the application, which has every default', async () => {
      const made = await api.post('', { name: 'Pickup' });
      expect(made.status).to.equal(201);
      const location = made.headers.get('location') as string;
      expect(location).to.match(new RegExp(`^${server.origin}/api/server/v1/applications/[0-9a-f-]{36}$`));
      const read = await api.get(`/${location.split('/').at(-1)}`);
      expect(read.status).to.equal(200);
      expect(read.body).to.deep.equal(made.body);
      expect(read.body).to.deep.include({
        name: 'Pickup',
        access: 'WRITE',
        isManagementApp: false,
        applicationEnabled: true,
        inboundProtocols: [],
        associatedRoles: { allowedAudience: 'ORGANIZATION', roles: [] },
        provisioningConfigurations: { outboundProvisioningIdps: [] },
      });
      expect(read.body['claimConfiguration']).to.deep.nested.include({
        dialect: 'LOCAL',
        'subject.claim.uri': 'http://wso2.org/claims/userid',
      });
    });

    it('keeps everything that the request says', async () => {
      const more = {
        description: 'picks things up',
        imageUrl: 'https://img.example.com/a.png',
        accessUrl: 'https://app.example.com/',
        logoutReturnUrl: '/bye',
        templateId: 't-1',
        templateVersion: 'v2',
        isManagementApp: true,
        applicationEnabled: false,
        advancedConfigurations: { skipLoginConsent: true, additionalSpProperties: [{ name: 'a', value: 'b' }] },
        claimConfiguration: {
          requestedClaims: [{ claim: { uri: 'http://wso2.org/claims/emailaddress' }, mandatory: true }],
        },
      };
      const { body } = await api.get(`/${await api.make('Everything', more)}`);
      const { advancedConfigurations, claimConfiguration, ...plain } = more;
      expect(body).to.deep.include(plain);
      expect(body['advancedConfigurations']).to.deep.include(advancedConfigurations);
      const claim = {
        id: 'aHR0cDovL3dzbzIub3JnL2NsYWltcy9lbWFpbGFkZHJlc3M',
        uri: claimConfiguration.requestedClaims[0]?.claim.uri,
        displayName: 'Email',
      };
      const { requestedClaims } = body['claimConfiguration'] as { requestedClaims: { claim: Json }[] };
      expect(requestedClaims[0]?.claim).to.include({ id: claim.id, uri: claim.uri });
      expect(requestedClaims[0]?.claim['displayName']).to.be.a('string').that.is.not.empty;
    });

    it('takes null for a member that is left out', async () => {
      const { body } = await api.get(
        `/${await api.make('Nulls', { description: null, advancedConfigurations: { saas: null, certificate: null } })}`,
      );
      expect(body).to.not.have.property('description');
    });

    it('refuses a name that is taken, whatever its case, with 409', async () => {
      await api.make('Taken');
      const { status, body } = await api.post<ApiFailure>('', { name: 'tAKEN' });
      expect(status).to.equal(409);
      expect(body).to.include({ code: 'APP-60007' });
      expect(body.traceId).to.be.a('string').that.is.not.empty;
    });

    for (const name of ['Console', 'my account', 'wso2carbon-local-sp']) {
      it(`refuses the reserved name ${name}`, async () => {
        const { status, body } = await api.post<ApiFailure>('', { name });
        expect([status, body.code]).to.deep.equal([400, 'APP-60515']);
      });
    }
  });

  describe('reading', () => {
    for (const id of ['7a5e5a3e-1111-4222-8333-444455556666', 'x', '%00', "1'%20OR%20'1'='1", '..%2f..', '%E2%82%AC']) {
      it(`answers 404 with the text of the contract to ${id}`, async () => {
        const { status, body } = await api.get<ApiFailure>(`/${id}`);
        expect([status, body.code]).to.deep.equal([404, 'APP-60006']);
        const shown = decodeURIComponent(id);
        expect(body.description).to.equal(
          `Application cannot be found for the provided id: ${shown} in the tenantDomain: carbon.super.`,
        );
      });
    }

    it('answers 400 to a path that is not well-formed, without a stack', async () => {
      const { status, body } = await api.get<ApiFailure | string>('/%E0%A4%A');
      expect(status).to.equal(400);
      expect(JSON.stringify(body)).to.not.contain('node_modules');
    });
  });

  describe('change', () => {
    it('changes what it names and leaves the rest', async () => {
      const id = await api.make('Before', { description: 'old', advancedConfigurations: { skipLoginConsent: true } });
      const { status, body } = await api.patch<unknown>(`/${id}`, {
        name: 'After',
        advancedConfigurations: { skipLogoutConsent: true },
        claimConfiguration: { subject: { includeUserDomain: true } },
      });
      expect([status, body]).to.deep.equal([200, '']);
      const after = (await api.get(`/${id}`)).body;
      expect(after).to.include({ name: 'After', description: 'old' });
      expect(after['advancedConfigurations']).to.include({ skipLoginConsent: true, skipLogoutConsent: true });
      expect(after['claimConfiguration']).to.nested.include({
        'subject.includeUserDomain': true,
        'subject.claim.uri': 'http://wso2.org/claims/userid',
      });
    });

    it('takes back what it has shown', async () => {
      const id = await api.make('Round trip', {
        description: 'x',
        claimConfiguration: { role: { includeUserDomain: true } },
      });
      const shown = (await api.get(`/${id}`)).body;
      const { status, body } = await api.patch(`/${id}`, shown);
      expect(status, JSON.stringify(body)).to.equal(200);
      expect((await api.get(`/${id}`)).body).to.deep.equal(shown);
    });

    it('gives the application another spelling of its own name', async () => {
      const id = await api.make('spelling');
      expect((await api.patch(`/${id}`, { name: 'SPELLING' })).status).to.equal(200);
      expect((await api.get(`/${id}`)).body['name']).to.equal('SPELLING');
    });

    it('refuses the name of another application and a reserved one', async () => {
      await api.make('Mine');
      const id = await api.make('Yours');
      expect((await api.patch<ApiFailure>(`/${id}`, { name: 'mine' })).body.code).to.equal('APP-60007');
      expect((await api.patch<ApiFailure>(`/${id}`, { name: 'Console' })).body.code).to.equal('APP-60516');
    });

    it('answers 404 when there is no such application', async () => {
      const { status, body } = await api.patch<ApiFailure>('/7a5e5a3e-1111-4222-8333-444455556666', {
        description: 'x',
      });
      expect([status, body.code]).to.deep.equal([404, 'APP-60006']);
    });

    it('loses none of the changes that come at once', async () => {
      const id = await api.make('At once');
      const changes = [
        { description: 'd' },
        { accessUrl: '/a' },
        { imageUrl: '/i' },
        { templateId: 't' },
        { logoutReturnUrl: '/l' },
      ];
      await Promise.all(changes.map((change) => api.patch(`/${id}`, change)));
      expect((await api.get(`/${id}`)).body).to.include(Object.assign({}, ...changes));
    });
  });

  describe('removal', () => {
    it('answers 204, also when there is nothing to remove', async () => {
      const id = await api.make('Short-lived');
      expect((await api.delete(`/${id}`)).status).to.equal(204);
      expect((await api.get(`/${id}`)).status).to.equal(404);
      expect((await api.delete(`/${id}`)).status).to.equal(204);
      expect((await api.delete('/x')).status).to.equal(204);
    });

    it('frees the name', async () => {
      await api.delete(`/${await api.make('Again')}`);
      await api.make('Again');
    });
  });

  it('writes who did what into the audit log, by the names of the contract', async () => {
    const id = await api.make('Audited');
    await api.patch(`/${id}`, { description: 'x' });
    await api.delete(`/${id}`);
    await api.delete(`/${id}`);
    const records = await server.server.container.get(AuditLogToken).list(SUPER_ORGANIZATION.id, 50);
    const own = records.filter((record) => record['targetId'] === id).reverse();
    expect(own.map((record) => record['action'])).to.deep.equal([
      'create-application',
      'update-application',
      'delete-application',
    ]);
    for (const record of own) {
      expect(record).to.include({ targetType: 'Application', initiatorType: 'User' });
      expect(record['initiatorId']).to.match(/^[0-9a-f-]{36}$/);
    }
  });
});
