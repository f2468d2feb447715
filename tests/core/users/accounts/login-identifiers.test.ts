import { expect } from 'chai';
import { claimUri, type UserService, UserServiceToken } from '#core/users';
import { CONNECTORS, govern } from '../../../support/governance.js';
import { createApp, createUser, superPlace, type TestApp, USER_PASSWORD } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { Visitor } from '../../../support/visitor.js';

const ORG = superPlace.orgId;
const claims = ['username', 'emailaddress', 'mobile', 'nickname'].map(claimUri).join(',');

describe('login identifiers', () => {
  let server: TestServer;
  let users: UserService;
  let app: TestApp;
  before(async () => {
    server = await startTestServer();
    users = server.server.container.get(UserServiceToken);
    app = await createApp(server, { client: { grantTypes: ['password', 'authorization_code'] } });
    const common = '+49 30 1234567';
    await createUser(server, 'anna', { emailaddress: ['anna@example.com'], mobile: [common], nickname: ['annie'] });
    await createUser(server, 'bert', { emailaddress: ['bert@example.com'], mobile: [common] });
    await createUser(server, '493099', { mobile: ['111222'] });
    await createUser(server, 'carl', { mobile: ['493099'] });
  });
  after(() => server?.stop());
  const on = (enable: string, allowed = claims) =>
    govern(server, CONNECTORS.identifiers, {
      'account.multiattributelogin.handler.enable': enable,
      'account.multiattributelogin.handler.allowedattributes': allowed,
    });
  const whoIs = async (name: string, password = USER_PASSWORD) => {
    const result = await users.authenticate(ORG, name, password, { identifier: true });
    return result.outcome === 'authenticated' ? result.user.username : result.reason;
  };

  it('are only user names while it is off', async () => {
    expect(await whoIs('anna')).to.equal('anna');
    expect(await whoIs('anna@example.com')).to.equal('unknown_user');
  });

  it('are the claims that are allowed, in any case of letters, with a domain or without', async () => {
    await on('true');
    for (const name of [
      'anna',
      'ANNA',
      'anna@example.com',
      'Anna@Example.COM',
      'PRIMARY/anna',
      'primary/anna@example.com',
    ])
      expect(await whoIs(name), name).to.equal('anna');
    expect(await whoIs('OTHER/anna@example.com')).to.equal('unknown_user');
    expect(await whoIs('anna@example.com', 'wrong')).to.equal('bad_credential');
    expect(await whoIs('nobody@example.com')).to.equal('unknown_user');
  });

  it('[A25] that belong to two users are those of nobody, whatever the password', async () => {
    expect(await whoIs('+49 30 1234567')).to.equal('unknown_user');
    expect(await whoIs('493099'), 'user name of one and number of another').to.equal('unknown_user');
    expect(await whoIs('111222')).to.equal('493099');
  });

  it('of a claim without a regular expression do not count', async () => {
    expect(await whoIs('annie')).to.equal('unknown_user');
  });

  it('can leave the user name out', async () => {
    await on('true', claimUri('emailaddress'));
    expect([await whoIs('anna'), await whoIs('anna@example.com')]).to.deep.equal(['unknown_user', 'anna']);
    await on('true');
  });

  it('work at the login page, after an identifier step, and with the password grant', async () => {
    const visitor = new Visitor(server);
    const hop = await app.visit(visitor, {}, { username: 'bert@example.com', password: USER_PASSWORD });
    expect(hop.location?.searchParams.has('code')).to.equal(true);
    const grant = { grant_type: 'password', password: USER_PASSWORD };
    expect((await app.token({ ...grant, username: 'bert@example.com' })).status).to.equal(200);
    expect((await app.token({ ...grant, username: '+49 30 1234567' })).status).to.equal(400);
    const steps = ['IdentifierExecutor', 'BasicAuthenticator'].map((authenticator, at) => ({
      id: at + 1,
      options: [{ idp: 'LOCAL', authenticator }],
    }));
    const two = await createApp(server, { application: { authenticationSequence: { type: 'USER_DEFINED', steps } } });
    const done = await two.visit(new Visitor(server), {}, { username: 'bert@example.com' });
    expect(done.location?.searchParams.has('code')).to.equal(true);
  });

  it('are no names for the management of users', async () => {
    expect(await users.findByUsername(ORG, 'anna@example.com')).to.equal(undefined);
    const headers = { authorization: `Basic ${btoa(`anna@example.com:${USER_PASSWORD}`)}` };
    expect((await server.fetch('/api/server/v1/validation-rules', { headers })).status).to.equal(401);
  });

  it('that nobody or several have look like a wrong password', async () => {
    const walk = async (username: string) => {
      const { location, status, text } = await app.visit(new Visitor(server), {}, { username, password: 'wrong' });
      location?.searchParams.delete('sessionDataKey');
      return [status, location?.href, text];
    };
    const known = await walk('anna@example.com');
    for (const name of ['nobody@example.com', '+49 30 1234567', 'annie']) expect(await walk(name)).to.deep.equal(known);
  });
});
