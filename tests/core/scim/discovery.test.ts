import { expect } from 'chai';
import { expectScimError, ScimClient, type ScimJson } from '../../support/scim-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

interface SchemaAttribute {
  readonly name: string;
  readonly type: string;
  readonly multiValued: boolean;
  readonly mutability: string;
  readonly displayName: string;
  readonly supportedByDefault: boolean;
  readonly subAttributes?: readonly SchemaAttribute[];
}
interface Schema {
  readonly id: string;
  readonly name: string;
  readonly attributes: readonly SchemaAttribute[];
}

describe('SCIM discovery', () => {
  let server: TestServer;
  let scim: ScimClient;
  before(async () => {
    server = await startTestServer();
    scim = new ScimClient(server).as('');
  });
  after(() => server.stop());

  it('[U31] /Schemas is a JSON array, and its attributes are the displayed ones', async () => {
    const { status, body } = await scim.call<Schema[]>('GET', '/Schemas');
    expect(status).to.equal(200);
    expect(body).to.be.an('array');
    const user = body.find(({ id }) => id === USER);
    const names = user?.attributes.map(({ name }) => name) ?? [];
    expect(names).to.include.members(['userName', 'name', 'emails', 'phoneNumbers', 'nickName', 'groups']);
    expect(names).to.not.include.members(['ims', 'title', 'userType']);
    const name = user?.attributes.find((one) => one.name === 'name');
    expect(name?.type).to.equal('COMPLEX');
    expect(name?.subAttributes?.map((one) => one.name)).to.deep.equal(['givenName', 'familyName']);
    for (const { attributes } of body)
      for (const one of attributes) {
        expect(one.supportedByDefault, one.name).to.equal(true);
        expect(one.displayName, one.name).to.be.a('string');
        expect(['READ_WRITE', 'READ_ONLY'], one.name).to.include(one.mutability);
      }
    const emails = user?.attributes.find((one) => one.name === 'emails');
    expect(emails).to.include({ type: 'COMPLEX', multiValued: true });
    expect(user?.attributes.find((one) => one.name === 'groups')?.mutability).to.equal('READ_ONLY');
    expect(user?.attributes.find((one) => one.name === 'active')?.type).to.equal('BOOLEAN');
  });

  it('shows one schema, one kind of resource, and says what is not there', async () => {
    const { status, body } = await scim.call<Schema & { meta: ScimJson }>('GET', `/Schemas/${ENTERPRISE}`);
    expect([status, body.id]).to.deep.equal([200, ENTERPRISE]);
    expect(body.meta).to.deep.equal({
      resourceType: 'Schema',
      location: `${server.origin}/scim2/Schemas/${ENTERPRISE}`,
    });
    expectScimError(await scim.call('GET', '/Schemas/urn:nothing'), 404);
    const type = await scim.call('GET', '/ResourceTypes/User');
    expect(type.body).to.deep.include({ id: 'User', name: 'User', endpoint: '/Users', schema: USER });
    expect(type.body['schemaExtensions']).to.deep.include({ schema: ENTERPRISE, required: false });
    expectScimError(await scim.call('GET', '/ResourceTypes/Nothing'), 404);
  });

  it('lists kinds of resources', async () => {
    const { body } = await scim.call('GET', '/ResourceTypes');
    const names = (body['Resources'] as ScimJson[]).map(({ name }) => name);
    expect(names).to.include('User');
    expect(body['totalResults']).to.equal(names.length);
  });

  it('says what the service can do, and it is true', async () => {
    const { status, body } = await scim.call('GET', '/ServiceProviderConfig');
    expect(status).to.equal(200);
    expect(body).to.deep.include({
      patch: { supported: true },
      bulk: { supported: true, maxOperations: 1000, maxPayloadSize: 1_048_576 },
      filter: { supported: true, maxResults: 200 },
      changePassword: { supported: true },
      sort: { supported: false },
      etag: { supported: true },
    });
    const schemes = body['authenticationSchemes'] as ScimJson[];
    expect(schemes.map(({ type, primary }) => [type, primary])).to.deep.equal([
      ['oauthbearertoken', true],
      ['httpbasic', false],
    ]);
  });

  it('goes by the settings', async () => {
    const toml = [
      '[scim2]',
      'enable_schema_extension = false',
      'enable_custom_schema_extension = false',
      'max_bulk_operations = 50',
      'documentation_uri = "https://docs.example/scim"',
      'enable_spec_compliant_email_handling = true',
      'mandate_domain_for_usernames_and_group_names_in_response = true',
      'consider_max_limit_for_total_results = true',
      '[scim2.oauth_bearer]',
      'primary = false',
      '[scim2.http_basic]',
      'primary = true',
      '[pagination]',
      'max_items_per_page = 2',
    ];
    const other = await startTestServer({ toml: toml.join('\n') });
    try {
      const there = new ScimClient(other);
      const config = (await there.call('GET', '/ServiceProviderConfig')).body;
      expect(config['documentationUri']).to.equal('https://docs.example/scim');
      expect(config['bulk']).to.deep.include({ maxOperations: 50 });
      expect((config['authenticationSchemes'] as ScimJson[]).map(({ primary }) => primary)).to.deep.equal([
        false,
        true,
      ]);
      const schemas = (await there.call<Schema[]>('GET', '/Schemas')).body.map(({ id }) => id);
      expect(schemas).to.not.include(ENTERPRISE);
      const emails = ['kim@x.com', { type: 'work', value: 'kim@w.com' }];
      const made = await there.user('kim', { emails, [ENTERPRISE]: { department: 'D' } });
      expect(made).to.include({ userName: 'PRIMARY/kim' });
      expect(made).to.not.have.property(ENTERPRISE);
      expect(made['emails']).to.deep.equal([
        { value: 'kim@x.com', primary: true },
        { type: 'work', value: 'kim@w.com' },
      ]);
      await there.user('lee');
      const search = (await there.call('POST', '/Users/.search', {})).body;
      expect(search).to.include({ totalResults: 2, itemsPerPage: 2 });
    } finally {
      await other.stop();
    }
  });
});
