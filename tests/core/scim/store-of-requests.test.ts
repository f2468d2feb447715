import { expect } from 'chai';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { UserServiceToken } from '#core/users';
import { readPrimarySettings } from '../../../core/users/stores/primary-settings.js';
import { StoreKindsToken } from '../../../core/users/stores/store-kinds.js';
import { SecondaryStoresToken, type StoreConfiguration } from '../../../core/users/stores/user-stores.js';
import { createApp, type TestApp, USER_PASSWORD } from '../../support/oauth-client.js';
import { expectScimError, ScimClient, type ScimJson } from '../../support/scim-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const orgId = SUPER_ORGANIZATION.id;
const CONFIG = '/api/server/v1/configs/provisioning/inbound/scim';
const scopes = 'internal_user_mgt_create internal_user_mgt_update internal_group_mgt_create internal_bulk_user_create';

interface List {
  readonly totalResults: number;
  readonly Resources: readonly ScimJson[];
}

const configured = (domain: string, settings: Record<string, unknown> = {}): StoreConfiguration => ({
  orgId,
  domain,
  type: 'database_unique_id',
  settings,
  version: JSON.stringify(settings),
});

describe('the user store of a SCIM request', () => {
  let server: TestServer;
  let scim: ScimClient;
  let stores: readonly StoreConfiguration[] = [];
  let count = 0;
  const next = () => `person-${++count}`;

  before(async function () {
    this.timeout(60_000);
    server = await startTestServer();
    scim = new ScimClient(server);
    Object.assign(server.server.container.get(SecondaryStoresToken), { of: async () => stores });
  });
  beforeEach(() => {
    stores = [configured('ACME'), configured('BRANCH')];
  });
  after(() => server.stop());

  describe('that is closed to SCIM', () => {
    let user: string;
    let group: string;
    before(async () => {
      stores = [configured('ACME')];
      user = (await scim.user('ACME/kim')).id;
      const made = await scim.call('POST', '/Groups', { displayName: 'ACME/eng', members: [{ value: user }] });
      group = String(made.body['id']);
    });
    beforeEach(() => {
      stores = [configured('ACME', { scim_enabled: 'false' }), configured('BRANCH')];
    });

    const refused = async (method: string, path: string, json?: ScimJson) => {
      const detail = expectScimError(await scim.call(method, path, json), 403, undefined, `${method} ${path}`);
      expect(detail).to.match(/user store ACME .* SCIMEnabled is false/);
    };
    const patch = (path: string, value: unknown) => ({
      schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
      Operations: [{ op: 'replace', path, value }],
    });

    it('refuses everything that is done to its users', async () => {
      await refused('POST', '/Users', { userName: 'acme/lee', password: USER_PASSWORD });
      await refused('GET', '/Users?domain=acme');
      await refused('POST', '/Users/.search', { domain: 'ACME' });
      await refused('GET', `/Users/${user}`);
      await refused('PUT', `/Users/${user}`, { userName: 'ACME/kim' });
      await refused('PATCH', `/Users/${user}`, patch('title', 'Boss'));
      await refused('DELETE', `/Users/${user}`);
      stores = [configured('ACME')];
      const { body } = await scim.call('GET', `/Users/${user}`);
      expect([body['userName'], body['title']]).to.deep.equal(['ACME/kim', undefined]);
    });

    it('refuses everything that is done to its groups', async () => {
      await refused('POST', '/Groups', { displayName: 'ACME/ops' });
      await refused('GET', '/Groups?domain=ACME');
      await refused('GET', `/Groups/${group}`);
      await refused('PUT', `/Groups/${group}`, { displayName: 'ACME/eng' });
      await refused('PATCH', `/Groups/${group}`, patch('displayName', 'ACME/other'));
      await refused('DELETE', `/Groups/${group}`);
    });

    it('leaves its users and groups out of lists', async () => {
      const names = async (path: string, name: string) => {
        const { body } = await scim.call<List>('GET', path);
        return [body.totalResults, ...body.Resources.map((one) => one[name])];
      };
      expect(await names('/Users?filter=userName%20co%20kim', 'userName')).to.deep.equal([0]);
      expect(await names('/Groups?domain=', 'displayName')).to.deep.equal([0]);
      stores = [configured('ACME')];
      expect(await names('/Users?filter=userName%20co%20kim', 'userName')).to.deep.equal([1, 'ACME/kim']);
      expect(await names('/Groups', 'displayName')).to.deep.equal([1, 'ACME/eng']);
    });

    it('refuses its users at /Me', async () => {
      const me = scim.as(`Basic ${Buffer.from(`ACME/kim:Correct-horse-1`).toString('base64')}`);
      expectScimError(await me.call('GET', '/Me'), 403);
      stores = [configured('ACME')];
      expect((await me.call('GET', '/Me')).status).to.equal(200);
    });

    it('is also the primary store when its settings say so', async () => {
      const other = await startTestServer({ toml: '[user_store]\nscim_enabled = false' });
      try {
        const there = new ScimClient(other);
        const answer = await there.call('POST', '/Users', { userName: 'kim', password: USER_PASSWORD });
        expect(expectScimError(answer, 403)).to.contain('PRIMARY');
        const { body } = await there.call<List>('GET', '/Users');
        expect([body.totalResults, body.Resources]).to.deep.equal([0, []]);
      } finally {
        await other.stop();
      }
    });
  });

  it('is closed to SCIM by default when an Active Directory is the primary one', () => {
    const kinds = server.server.container.get(StoreKindsToken);
    const least = { connection_url: 'ldaps://x.example', base_dn: 'dc=x', connection_name: 'cn=a', password: 'x' };
    const isOpen = (type: string, table: Record<string, unknown> = {}) => {
      const manager = kinds.find(type);
      if (!manager) throw new Error(`there is no ${type}`);
      const { password, ...rest } = least;
      const { values } = readPrimarySettings(manager, { ...rest, connection_password: password, ...table });
      return (manager.settings.parse(values) as { readonly forScim: boolean }).forScim;
    };
    expect(isOpen('read_write_ldap_unique_id')).to.equal(true);
    for (const type of ['active_directory', 'active_directory_unique_id']) {
      expect(isOpen(type), type).to.equal(false);
      expect(isOpen(type, { scim_enabled: true }), type).to.equal(true);
      expect(isOpen(type, { properties: { SCIMEnabled: 'true' } }), type).to.equal(true);
      const secondary = kinds.find(type)?.properties.find(({ name }) => name === 'SCIMEnabled');
      expect(secondary?.defaultValue, type).to.equal('true');
    }
  });

  describe('of users and groups that are made without naming one', () => {
    let app: TestApp;
    let through: ScimClient;
    const chosen = (provisioningUserstoreDomain: string | undefined, more: object = {}) =>
      server.api('PATCH', `/api/server/v1/applications/${app.application.id}`, {
        provisioningConfigurations: { inboundProvisioning: { provisioningUserstoreDomain, ...more } },
      });
    const madeBy = async (client: ScimClient, userName = next()) => {
      const { body } = await client.call('POST', '/Users', { userName, password: USER_PASSWORD });
      return body['userName'] ?? body['detail'];
    };
    before(async () => {
      app = await createApp(server);
      await app.authorize('NO_POLICY', scopes.split(' '));
      const { body } = await app.token({ grant_type: 'client_credentials', scope: scopes });
      through = scim.as(`Bearer ${body.access_token}`);
    });
    afterEach(async () => {
      await chosen('');
      await server.api('PUT', CONFIG, {});
    });

    it('is the one of the application that the access token was issued to', async () => {
      expect(await madeBy(through)).to.equal(`person-${count}`);
      expect((await chosen('branch')).status).to.equal(200);
      const { body: shown } = await server.api<ScimJson>('GET', `/api/server/v1/applications/${app.application.id}`);
      expect(shown['provisioningConfigurations']).to.deep.equal({
        inboundProvisioning: { proxyMode: false, provisioningUserstoreDomain: 'branch' },
        outboundProvisioningIdps: [],
      });
      expect(await madeBy(through)).to.equal(`BRANCH/person-${count}`);
      expect(await madeBy(scim), 'somebody else').to.equal(`person-${count}`);
      expect(await madeBy(through, 'acme/named')).to.equal('ACME/named');
      expect(await madeBy(through, 'PRIMARY/named')).to.equal('named');
      // Whoever has made a user by its bare name may go on to call it so; for others that is another name.
      const { id } = await through.user('bare');
      const put = await through.call('PUT', `/Users/${id}`, { userName: 'Bare', title: 'Boss' });
      expect([put.status, put.body['userName'], put.body['title']]).to.deep.equal([200, 'BRANCH/bare', 'Boss']);
      expectScimError(await through.call('PUT', `/Users/${id}`, { userName: 'other' }), 400, 'mutability');
      expectScimError(await scim.call('PUT', `/Users/${id}`, { userName: 'bare' }), 400, 'mutability');
      const { body } = await through.call('POST', '/Groups', { displayName: 'sales' });
      expect(body['displayName']).to.equal('BRANCH/sales');
      const bulk = await through.call<{ Operations: { location: string; response: ScimJson }[] }>('POST', '/Bulk', {
        Operations: [{ method: 'POST', path: '/Users', bulkId: 'a', data: { userName: 'bulked' } }],
      });
      expect(bulk.body.Operations[0]?.response['userName']).to.equal('BRANCH/bulked');
    });

    it('else the one that the organization has chosen, else the primary one', async () => {
      const shown = async () => (await server.api('GET', CONFIG)).body;
      expect(await shown()).to.deep.equal({ provisioningUserstore: 'PRIMARY', enableProxyMode: false });
      const put = await server.api('PUT', CONFIG, { provisioningUserstore: 'acme', enableProxyMode: false });
      expect(put.status).to.equal(200);
      expect(await shown()).to.deep.equal({ provisioningUserstore: 'ACME', enableProxyMode: false });
      expect(await madeBy(scim)).to.equal(`ACME/person-${count}`);
      expect(await madeBy(through)).to.equal(`ACME/person-${count}`);
      await chosen('BRANCH');
      expect(await madeBy(through)).to.equal(`BRANCH/person-${count}`);
    });

    it('must be there when it is chosen and when it is needed', async () => {
      for (const domain of ['NOPE', 'x'.repeat(65)]) {
        expect((await chosen(domain)).status, domain).to.equal(400);
        expect((await server.api('PUT', CONFIG, { provisioningUserstore: domain })).status, domain).to.equal(400);
      }
      await chosen('BRANCH');
      stores = [configured('ACME'), configured('BRANCH', { scim_enabled: 'false' })];
      expect(await madeBy(through)).to.match(/BRANCH is not open to SCIM/);
      expect((await server.api('PUT', CONFIG, { provisioningUserstore: 'BRANCH' })).status).to.equal(400);
      stores = [configured('ACME')];
      const answer = await through.call('POST', '/Users', { userName: next(), password: USER_PASSWORD });
      expectScimError(answer, 400, 'invalidValue');
    });

    it('is never another server: proxy mode is refused', async () => {
      const application = await chosen('', { proxyMode: true });
      expect(application.status).to.equal(400);
      expect(JSON.stringify(application.body)).to.match(/proxyMode/);
      const organization = await server.api('PUT', CONFIG, { enableProxyMode: true });
      expect(organization.status).to.equal(400);
      expect(JSON.stringify(organization.body)).to.match(/enableProxyMode.*outbound provisioning/);
    });

    it('is chosen by who may change the settings of the organization', async () => {
      await server.server.container
        .get(UserServiceToken)
        .create(orgId, { username: 'nobody', password: USER_PASSWORD });
      const authorization = `Basic ${Buffer.from(`nobody:${USER_PASSWORD}`).toString('base64')}`;
      const headers = { authorization, 'content-type': 'application/json' };
      expect((await server.fetch(CONFIG, { headers })).status).to.equal(403);
      expect((await server.fetch(CONFIG, { method: 'PUT', headers, body: '{}' })).status).to.equal(403);
    });
  });
});
