import { expect } from 'chai';
import { GovernanceServiceToken } from '#core/users';
import { OrganizationValues, OrganizationValuesToken } from '../../../../core/users/governance/organization-values.js';
import { CONNECTORS, govern } from '../../../support/governance.js';
import { createApp, createTenant, createUser } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

const BASE = '/api/server/v1/identity-governance';
const LOGIN = 'TG9naW4gQXR0ZW1wdHMgU2VjdXJpdHk';
const PASSWORDS = 'UGFzc3dvcmQgUG9saWNpZXM';
const ACCOUNTS = 'QWNjb3VudCBNYW5hZ2VtZW50';
const id = (name: string) => Buffer.from(name).toString('base64url');
const LOCK = `${BASE}/${LOGIN}/connectors/${id('account.lock.handler')}`;

interface Property {
  readonly name: string;
  readonly value: string;
  readonly meta: { readonly type: string };
}
interface Connector {
  readonly id: string;
  readonly name: string;
  readonly category: string;
  readonly properties: readonly Property[];
}

describe('identity governance', () => {
  let server: TestServer;
  before(async () => {
    const toml = '[identity_mgt.account_locking]\nallowed_failed_attempts = 7\nauto_unlock_after = "15m"';
    server = await startTestServer({ toml });
  });
  after(() => server?.stop());

  const values = async (path: string) => {
    const { body } = await server.api<Connector>('GET', path);
    return Object.fromEntries(body.properties.map(({ name, value }) => [name, value]));
  };
  const patch = (path: string, ...properties: readonly { name: string; value: unknown }[]) =>
    server.api('PATCH', path, { operation: 'UPDATE', properties });
  const of = (name: string) => `account.lock.handler.${name}`;

  it('lists the categories that have connectors, by base64url of their names', async () => {
    const { status, body } = await server.api<
      { id: string; name: string; self: string; connectors: { id: string; self: string }[] }[]
    >('GET', BASE);
    expect(status).to.equal(200);
    expect(body.map((one) => [one.id, one.name])).to.deep.equal([
      [LOGIN, 'Login Attempts Security'],
      [ACCOUNTS, 'Account Management'],
      [PASSWORDS, 'Password Policies'],
    ]);
    expect(body[0]?.connectors).to.deep.equal([{ id: id('account.lock.handler'), self: LOCK }]);
    expect((await server.api('GET', `${BASE}/?limit=1`)).status).to.equal(501);
  });

  it('shows a category and a connector with the defaults of the operator', async () => {
    const category = await server.api<{ name: string; connectors: Connector[] }>('GET', `${BASE}/${ACCOUNTS}`);
    expect(category.body.name).to.equal('Account Management');
    const connectors = await server.api<Connector[]>('GET', `${BASE}/${ACCOUNTS}/connectors`);
    expect(connectors.body).to.deep.equal(category.body.connectors);
    expect(connectors.body.map(({ name }) => name)).to.deep.equal([
      'account.disable.handler',
      'suspension.notification',
      'multiattribute.login.handler',
    ]);
    const { body } = await server.api<Connector>('GET', LOCK);
    expect(body).to.include({
      id: id('account.lock.handler'),
      name: 'account.lock.handler',
      category: 'Login Attempts Security',
      friendlyName: 'Account Lock',
      subCategory: 'DEFAULT',
    });
    expect(await values(LOCK)).to.deep.equal({
      [of('lock.on.max.failed.attempts.enable')]: 'false',
      [of('On.Failure.Max.Attempts')]: '7',
      [of('Time')]: '15',
      [of('login.fail.timeout.ratio')]: '2',
      [of('notification.manageInternally')]: 'true',
      [of('notification.notifyOnLockIncrement')]: 'false',
    });
    expect(body.properties[1]?.meta).to.include({ type: 'integer' });
    for (const path of [`${BASE}/${id('Nothing')}`, `${BASE}/${LOGIN}/connectors/${id('passwordHistory')}`])
      expect((await server.api('GET', path)).status, path).to.equal(404);
  });

  it('sets properties, all or none, and takes them back', async () => {
    expect(
      (await patch(LOCK, { name: of('Time'), value: '9' }, { name: of('On.Failure.Max.Attempts'), value: 3 })).status,
    ).to.equal(200);
    expect(await values(LOCK)).to.include({ [of('Time')]: '9', [of('On.Failure.Max.Attempts')]: '3' });
    const bad = await patch(
      LOCK,
      { name: of('Time'), value: '11' },
      { name: of('On.Failure.Max.Attempts'), value: 'many' },
    );
    expect(bad.status).to.equal(400);
    expect(bad.body['code']).to.equal('IDG-60001');
    expect(await values(LOCK)).to.include({ [of('Time')]: '9' });
    const revert = `${BASE}/${LOGIN}/connectors/revert?connectorId=${id('account.lock.handler')}`;
    expect((await server.api('POST', revert, { properties: [of('Time')] })).status).to.equal(200);
    expect(await values(LOCK)).to.include({ [of('Time')]: '15', [of('On.Failure.Max.Attempts')]: '3' });
    expect((await server.api('POST', revert, { properties: ['nothing'] })).status).to.equal(400);
    expect((await server.api('POST', revert, { properties: [] })).status).to.equal(400);
  });

  it('refuses values that are not of the type, and properties that there are not', async () => {
    for (const [name, value] of [
      [of('lock.on.max.failed.attempts.enable'), 'yes'],
      [of('Time'), '-1'],
      [of('Time'), '1.5'],
      [of('On.Failure.Max.Attempts'), '0'],
      [of('On.Failure.Max.Attempts'), '101'],
      ['__proto__', 'x'],
      ['passwordHistory.enable', 'true'],
    ] as const)
      expect((await patch(LOCK, { name, value })).status, `${name}=${value}`).to.equal(400);
    expect((await server.api('PATCH', LOCK, { operation: 'REMOVE', properties: [] })).status).to.equal(400);
  });

  it('sets several connectors of a category at once, or none of them', async () => {
    const path = `${BASE}/${PASSWORDS}/connectors`;
    const change = (count: string) => ({
      operation: 'UPDATE',
      connectors: [
        { id: id('passwordExpiry'), properties: [{ name: 'passwordExpiry.passwordExpiryInDays', value: '77' }] },
        { id: id('passwordHistory'), properties: [{ name: 'passwordHistory.count', value: count }] },
      ],
    });
    expect((await server.api('PATCH', path, change('1000'))).status).to.equal(400);
    expect(await values(`${path}/${id('passwordExpiry')}`)).to.include({ 'passwordExpiry.passwordExpiryInDays': '30' });
    expect((await server.api('PATCH', path, change('3'))).status).to.equal(200);
    expect(await values(`${path}/${id('passwordExpiry')}`)).to.include({ 'passwordExpiry.passwordExpiryInDays': '77' });
    const unknown = { operation: 'UPDATE', connectors: [{ id: id('x'), properties: [] }] };
    expect((await server.api('PATCH', path, unknown)).status).to.equal(404);
  });

  it('knows numbered rules, in the order of their numbers', async () => {
    const path = `${BASE}/${PASSWORDS}/connectors/${id('passwordExpiry')}`;
    const rule = (n: number) => ({ name: `passwordExpiry.rule${n}`, value: `${n},10,groups,eq,g${n}` });
    expect((await patch(path, rule(10), rule(2), rule(1))).status).to.equal(200);
    const { body } = await server.api<Connector>('GET', path);
    expect(body.properties.map(({ name }) => name).slice(4)).to.deep.equal([1, 2, 10].map((n) => rule(n).name));
    expect((await patch(path, { name: 'passwordExpiry.rule1', value: '0,10,groups,eq,g' })).status).to.equal(400);
    const revert = `${BASE}/${PASSWORDS}/connectors/revert?connectorId=${id('passwordExpiry')}`;
    await server.api('POST', revert, { properties: [1, 2, 10].map((n) => rule(n).name) });
    expect((await server.api<Connector>('GET', path)).body.properties).to.have.length(4);
  });

  it('tells preferences to users, but only with the scope for it', async () => {
    const app = await createApp(server);
    await createUser(server, 'pia');
    const ask = async (scope: string, wishes: unknown) => {
      const { access } = await app.tokens('pia', { scope });
      const response = await server.fetch(`${BASE}/preferences`, {
        method: 'POST',
        headers: { authorization: `Bearer ${access}`, 'content-type': 'application/json' },
        body: JSON.stringify(wishes),
      });
      return { status: response.status, body: (await response.json()) as unknown };
    };
    const wish = [{ 'connector-name': 'account.disable.handler', properties: ['account.disable.handler.enable'] }];
    expect(await ask('openid internal_login', wish)).to.deep.equal({
      status: 200,
      body: [
        {
          'connector-name': 'account.disable.handler',
          properties: [{ name: 'account.disable.handler.enable', value: 'false' }],
        },
      ],
    });
    expect((await ask('openid', wish)).status).to.equal(403);
    expect((await ask('openid internal_login', [{ 'connector-name': 'nothing' }])).status).to.equal(400);
    const none = [{ 'connector-name': 'account.disable.handler', properties: ['toString'] }];
    expect((await ask('openid internal_login', none)).status).to.equal(400);
  });

  it('is for those with the scope', async () => {
    await createUser(server, 'nobody-special');
    const authorization = `Basic ${btoa('nobody-special:Correct-horse-1')}`;
    for (const [method, path] of [
      ['GET', BASE],
      ['PATCH', LOCK],
    ] as const)
      expect((await server.fetch(path, { method, headers: { authorization } })).status).to.equal(403);
    expect((await server.fetch(BASE)).status).to.equal(401);
  });

  it('[A29] keeps organizations apart; what one takes back is as it was', async () => {
    const tenant = await createTenant(server, 'governed.example');
    const governance = server.server.container.get(GovernanceServiceToken);
    await govern(server, CONNECTORS.disable, { 'account.disable.handler.enable': 'true' });
    const read = (orgId: string) => governance.isOn(orgId, 'account.disable.handler', 'account.disable.handler.enable');
    expect(await read(tenant.orgId)).to.equal(false);
    const values: OrganizationValues = server.server.container.get(OrganizationValuesToken);
    const change = (value: string | undefined) =>
      values.change(
        tenant.orgId,
        [{ topic: 'account.disable.handler', name: 'account.disable.handler.enable', value }],
        'test',
      );
    await change('true');
    expect(await read(tenant.orgId)).to.equal(true);
    await change(undefined);
    expect(await read(tenant.orgId)).to.equal(false);
  });
});
