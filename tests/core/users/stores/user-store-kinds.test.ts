import { expect } from 'chai';
import { FakeDirectories } from '../../../support/fake-directory.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

const STORES = '/api/server/v1/userstores';
const JDBC = 'VW5pcXVlSURKREJDVXNlclN0b3JlTWFuYWdlcg';
const b64u = (text: string) => Buffer.from(text).toString('base64url');
const DIRECTORY = b64u('FixtureDirectoryManager');

interface Shown {
  readonly [member: string]: unknown;
}

describe('the kinds of user stores', () => {
  const directories = new FakeDirectories();
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ plugins: { folders: [directories.plugin()] } });
  });
  after(() => server.stop());

  it('describes the kinds of stores', async () => {
    const types = (await server.api<Shown[]>('GET', `${STORES}/meta/types`)).body;
    expect(types.find((one) => one['typeId'] === JDBC)).to.deep.equal({
      typeId: JDBC,
      typeName: 'UniqueIDJDBCUserStoreManager',
      className: 'org.wso2.carbon.user.core.jdbc.UniqueIDJDBCUserStoreManager',
      isLocal: true,
      self: `${STORES}/meta/types/${JDBC}`,
    });
    const type = (await server.api<Record<string, unknown>>('GET', `${STORES}/meta/types/${DIRECTORY}`)).body;
    const { Mandatory, Optional, Advanced } = type['properties'] as Record<string, { name: string }[]>;
    expect(Mandatory?.[1]).to.deep.equal({
      name: 'ConnectionPassword',
      defaultValue: '',
      description: 'ConnectionPassword#What ConnectionPassword does#encrypt',
      attributes: [
        { name: 'category', value: 'connection' },
        { name: 'type', value: 'password' },
        { name: 'required', value: 'true' },
      ],
    });
    expect(Optional?.map(({ name }) => name)).to.deep.equal(['UserSearchBase', 'ReadOnly', 'Disabled']);
    expect(Advanced?.map(({ name }) => name)).to.deep.equal(['PageSize']);
    expect((await server.api('GET', `${STORES}/meta/types/${b64u('None')}`)).body).to.include({ code: 'SUS-60003' });
    const attributes = async (query: string) =>
      (
        await server.api<{ attributeMappings: { claimURI: string; mappedAttribute: string; claimId: string }[] }>(
          'GET',
          `${STORES}/meta/types/${DIRECTORY}/attributes${query}`,
        )
      ).body.attributeMappings;
    const locked = 'http://wso2.org/claims/identity/accountLocked';
    const name = (await attributes('')).find(({ claimURI }) => claimURI === 'http://wso2.org/claims/givenname');
    expect(name).to.include({ mappedAttribute: 'givenName', claimId: b64u('http://wso2.org/claims/givenname') });
    expect((await attributes('')).map(({ claimURI }) => claimURI)).not.to.include(locked);
    expect((await attributes('?includeIdentityClaimMappings=true')).map(({ claimURI }) => claimURI)).to.include(locked);
  });
});

describe('the limits of user stores', () => {
  const directories = new FakeDirectories();
  let server: TestServer;
  before(async () => {
    server = await startTestServer({
      plugins: { folders: [directories.plugin()] },
      toml: '[user_store_mgt]\nmax_user_stores = 2\nallowed_user_stores = ["fixture_directory"]',
    });
  });
  after(() => server.stop());
  const properties = [
    { name: 'ConnectionURL', value: 'ldap://x.test' },
    { name: 'ConnectionPassword', value: 'secret' },
  ];
  const make = async (name: string, typeId = DIRECTORY) =>
    server.api<{ code?: string }>('POST', STORES, { typeId, name, description: '', properties });

  it('are those of the configuration, also for many at once', async () => {
    const answers = await Promise.all(['A', 'B', 'C', 'D'].map((name) => make(name)));
    expect(answers.map(({ status }) => status).sort()).to.deep.equal([201, 201, 400, 400]);
    expect(answers.find(({ status }) => status === 400)?.body.code).to.equal('SUS-60011');
  });

  it('leave out kinds that are not allowed', async () => {
    const types = (await server.api<{ typeName: string }[]>('GET', `${STORES}/meta/types`)).body;
    expect(types.map(({ typeName }) => typeName)).to.deep.equal(['FixtureDirectoryManager']);
    expect(await make('E', JDBC)).to.deep.include({ status: 400 });
    expect((await make('E', JDBC)).body.code).to.equal('SUS-60015');
    expect((await server.api<{ code: string }>('GET', `${STORES}/meta/types/${JDBC}`)).body.code).to.equal('SUS-60003');
  });
});
