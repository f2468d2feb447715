import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { RoleServiceToken } from '#core/access';
import { type User, UserStoresToken } from '#core/users';
import { createApp, createUser, type TestApp } from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const LOCAL = 'http://wso2.org/claims/';

describe('claims about users', () => {
  let server: TestServer;
  let alice: User;
  before(async () => {
    server = await startTestServer();
    alice = await createUser(server, 'alice', {
      givenname: ['Alice'],
      lastname: ['Liddell'],
      emailaddress: ['alice@example.com'],
      'identity/emailVerified': ['true'],
      'identity/phoneVerified': ['false'],
      telephone: ['+44 1865'],
      streetaddress: ['Christ Church'],
      locality: ['Oxford'],
      country: ['England'],
      'addresses.formatted': ['Christ Church, Oxford'],
      websiteurl: ['https://one.example', 'https://two.example'],
    });
  });
  after(() => server?.stop());

  const standard = [
    'iss',
    'sub',
    'aud',
    'azp',
    'iat',
    'nbf',
    'exp',
    'jti',
    'amr',
    'sid',
    'at_hash',
    'org_id',
    'org_name',
    'org_handle',
    'user_org',
  ];

  /** What is released in both places, which has to be the same. */
  async function released(app: TestApp, scope: string, username = 'alice'): Promise<Record<string, unknown>> {
    const { access, id } = await app.tokens(username, { scope });
    const claims = Object.fromEntries(Object.entries(decodeJwt(id)).filter(([name]) => !standard.includes(name)));
    const { sub, ...info } = (await app.userinfo(access)).body;
    expect(sub).to.equal(decodeJwt(id).sub);
    expect(info).to.deep.equal(claims);
    return claims;
  }

  it('are released only when the application asks for them and a granted scope contains them', async () => {
    const app = await createApp(server, { claims: ['givenname', 'emailaddress'] });
    expect(await released(app, 'openid')).to.deep.equal({});
    expect(await released(app, 'openid profile')).to.deep.equal({ given_name: 'Alice' });
    expect(await released(app, 'openid email')).to.deep.equal({ email: 'alice@example.com' });
    expect(await released(app, 'openid profile email phone')).to.deep.equal({
      given_name: 'Alice',
      email: 'alice@example.com',
    });
    expect(await released(await createApp(server), 'openid profile email')).to.deep.equal({});
  });

  it('that the user does not have are left out', async () => {
    const app = await createApp(server, { claims: ['givenname', 'middleName', 'nickname'] });
    expect(await released(app, 'openid profile')).to.deep.equal({ given_name: 'Alice' });
  });

  it('of verification are booleans, updated_at is a number of seconds', async () => {
    const app = await createApp(server, { claims: ['identity/emailVerified', 'identity/phoneVerified', 'modified'] });
    const claims = await released(app, 'openid email phone profile');
    expect(claims).to.include({ email_verified: true, phone_number_verified: false });
    expect(claims['updated_at'])
      .to.be.a('number')
      .and.be.closeTo(Date.now() / 1000, 600);
    expect(Number.isInteger(claims['updated_at'])).to.equal(true);
  });

  it('of an address are one object', async () => {
    const app = await createApp(server, { claims: ['streetaddress', 'locality', 'country', 'postalcode'] });
    const address = { street_address: 'Christ Church', locality: 'Oxford', country: 'England' };
    expect(await released(app, 'openid address')).to.deep.equal({ address });
  });

  it('with several values are arrays', async () => {
    const app = await createApp(server, { claims: ['websiteurl'] });
    const website = ['https://one.example', 'https://two.example'];
    expect(await released(app, 'openid profile')).to.deep.equal({ website });
  });

  it('groups and roles are arrays, even of one', async () => {
    const { container } = server.server;
    const groups = (await container.get(UserStoresToken).primary(alice.orgId)).groups;
    await groups?.writer?.create(alice.orgId, { id: 'group-1', name: 'writers' });
    await groups?.writer?.addMembers(alice.orgId, 'group-1', [alice.id]);
    const roles = container.get(RoleServiceToken);
    const role = await roles.ensureRole(alice.orgId, 'reviewer', []);
    await roles.assign(alice.orgId, role.id, 'group-1', 'group');
    const app = await createApp(server, { claims: ['groups', 'roles'] });
    expect(await released(app, 'openid groups roles')).to.deep.equal({ groups: ['writers'], roles: ['reviewer'] });
    expect(await released(app, 'openid groups')).to.deep.equal({ groups: ['writers'] });
    expect(await released(app, 'openid groups roles', 'admin')).to.deep.equal({ roles: ['admin'] });
    const own = await createApp(server, {
      claims: ['roles'],
      application: { associatedRoles: { allowedAudience: 'APPLICATION' } },
    });
    expect(await released(own, 'openid roles')).to.deep.equal({});
  });

  it('are those of now: userinfo follows a change', async () => {
    const user = await createUser(server, 'changing', { givenname: ['Before'] });
    const app = await createApp(server, { claims: ['givenname'] });
    const { access } = await app.tokens('changing', { scope: 'openid profile' });
    const { UserServiceToken } = await import('#core/users');
    await server.server.container
      .get(UserServiceToken)
      .writeClaims(user.orgId, user.id, { [`${LOCAL}givenname`]: ['After'] });
    expect((await app.userinfo(access)).body['given_name']).to.equal('After');
  });

  describe('the subject', () => {
    const subjectOf = async (uri: string | undefined, username = 'alice') => {
      const claimConfiguration = uri === undefined ? {} : { subject: { claim: { uri: LOCAL + uri } } };
      const app = await createApp(server, {
        application: { claimConfiguration, advancedConfigurations: { skipLoginConsent: true } },
      });
      const { id, access } = await app.tokens(username);
      const { sub } = decodeJwt(id);
      expect((await app.introspect(access)).body['sub']).to.equal(sub);
      expect((await app.userinfo(access)).body['sub']).to.equal(sub);
      return sub;
    };

    it('is the user id by default', async () => expect(await subjectOf(undefined)).to.equal(alice.id));

    it('is the claim that the application chooses', async () => {
      expect(await subjectOf('username')).to.equal('alice');
      expect(await subjectOf('emailaddress')).to.equal('alice@example.com');
    });

    it('is the user name when the user has no such claim', async () => {
      expect(await subjectOf('nickname')).to.equal('alice');
    });
  });
});
