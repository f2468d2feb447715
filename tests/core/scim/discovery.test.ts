import { expect } from 'chai';
import { expectScimError, ScimClient, type ScimJson } from '../../support/scim-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const SYSTEM = 'urn:scim:wso2:schema';
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

interface RfcAttribute {
  readonly name: string;
  readonly type: string;
  readonly mutability: string;
  readonly returned: string;
  readonly uniqueness: string;
  readonly subAttributes?: readonly RfcAttribute[];
}
interface RfcSchema {
  readonly schemas: readonly string[];
  readonly id: string;
  readonly name: string;
  readonly attributes: readonly RfcAttribute[];
  readonly meta: ScimJson;
}
interface RfcList {
  readonly schemas: readonly string[];
  readonly totalResults: number;
  readonly Resources: readonly RfcSchema[];
}

/** Expects the words of RFC 7643 section 7, and parts of whatever is complex. */
function expectRfc({ name, type, mutability, returned, uniqueness, subAttributes }: RfcAttribute): void {
  const types = ['string', 'boolean', 'decimal', 'integer', 'dateTime', 'reference', 'complex', 'binary'];
  expect(types, name).to.include(type);
  expect(['readOnly', 'readWrite', 'immutable', 'writeOnly'], name).to.include(mutability);
  expect(['always', 'never', 'default', 'request'], name).to.include(returned);
  expect(['none', 'server', 'global'], name).to.include(uniqueness);
  expect(subAttributes !== undefined, name).to.equal(type === 'complex');
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

  describe('for clients that name the media type of the RFC', () => {
    const rfc = { accept: 'application/scim+json' };
    const list = async () => (await scim.call<RfcList>('GET', '/Schemas', undefined, rfc)).body;

    it('lists the schemas of every kind of resource in the form of RFC 7643', async () => {
      const body = await list();
      expect(body.schemas).to.deep.equal(['urn:ietf:params:scim:api:messages:2.0:ListResponse']);
      expect(body.totalResults).to.equal(body.Resources.length);
      const names = body.Resources.map(({ name }) => name);
      expect(names).to.include.members(['User', 'EnterpriseUser', 'System', 'Group', 'Role', 'ResourceType', 'Schema']);
      for (const { schemas, id, attributes, meta } of body.Resources) {
        expect(schemas).to.deep.equal(['urn:ietf:params:scim:schemas:core:2.0:Schema']);
        expect(meta).to.deep.equal({ resourceType: 'Schema', location: `${server.origin}/scim2/Schemas/${id}` });
        for (const one of attributes.flatMap((outer) => [outer, ...(outer.subAttributes ?? [])])) expectRfc(one);
      }
      const one = await scim.call<RfcSchema>('GET', `/Schemas/${USER}`, undefined, rfc);
      expect(one.body).to.deep.equal(body.Resources.find(({ id }) => id === USER));
      expectScimError(await scim.call('GET', '/Schemas/urn:nothing', undefined, rfc), 404);
    });

    it('says what clients have to know of users', async () => {
      const user = (await list()).Resources.find(({ id }) => id === USER);
      const attribute = (name: string) => user?.attributes.find((one) => one.name === name);
      expect(attribute('userName')).to.include({ mutability: 'immutable', required: true, uniqueness: 'server' });
      expect(attribute('password')).to.include({ mutability: 'writeOnly', returned: 'never' });
      const type = attribute('emails')?.subAttributes?.find(({ name }) => name === 'type');
      expect(type).to.deep.include({ canonicalValues: ['work', 'home', 'other'] });
      expect(attribute('phoneNumbers')?.subAttributes?.map(({ name }) => name)).to.not.include('primary');
    });

    it('answers users with objects for addresses and booleans for booleans, and others as before', async () => {
      const admin = new ScimClient(server);
      const emails = ['lou@x.com', { type: 'work', value: 'lou@w.com' }];
      const { id } = await admin.user('lou', { emails, [SYSTEM]: { accountLocked: true } });
      const shown = async (accept: string) => {
        const { body } = await admin.call('GET', `/Users/${id}`, undefined, { accept });
        return [body['emails'], (body[SYSTEM] as ScimJson)['accountLocked']];
      };
      const objects = [
        { value: 'lou@x.com', primary: true },
        { type: 'work', value: 'lou@w.com', primary: false },
      ];
      expect(await shown('application/scim+json')).to.deep.equal([objects, true]);
      for (const accept of ['*/*', 'application/json', 'application/json, application/scim+json;q=0.5'])
        expect(await shown(accept), accept).to.deep.equal([[objects[0], emails[1]], 'true']);
    });

    it('does not search all kinds of resources at once', async () => {
      expectScimError(await new ScimClient(server).call('POST', '/.search', {}), 501);
    });
  });

  for (const accept of ['*/*', 'application/json'])
    it(`[U31] /Schemas is a JSON array for ${accept}`, async () => {
      expect((await scim.call('GET', '/Schemas', undefined, { accept })).body).to.be.an('array');
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
      'enable_spec_compliant_email_handling = false',
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
      expect(made['emails'], 'the primary address as text').to.deep.equal(emails);
      const both = await there.user('kay', { emails: [{ value: 'a@x', type: 'work', primary: true }] });
      expect(both['emails']).to.deep.equal(['a@x', { type: 'work', value: 'a@x' }]);
      expect((await there.call('PUT', `/Users/${both.id}`, both)).body['emails']).to.deep.equal(both['emails']);
      const exact = await there.call('GET', `/Users/${made.id}`, undefined, { accept: 'application/scim+json' });
      expect(exact.body['emails']).to.deep.equal([
        { value: 'kim@x.com', primary: true },
        { type: 'work', value: 'kim@w.com', primary: false },
      ]);
      await there.user('lee');
      const search = (await there.call('POST', '/Users/.search', {})).body;
      expect(search).to.include({ totalResults: 2, itemsPerPage: 2 });
    } finally {
      await other.stop();
    }
  });
});
