import { expect } from 'chai';
import { AuditLogToken, masked } from '#core/audit';
import type { User } from '#core/users';
import { createApp, createUser, USER_PASSWORD } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

describe('wrong passwords in the audit log', () => {
  let server: TestServer;
  let user: User;
  before(async () => {
    server = await startTestServer();
    user = await createUser(server, 'andrea');
  });
  after(() => server?.stop());

  const records = async (action: string) =>
    (await server.server.container.get(AuditLogToken).list(user.orgId, 1000)).filter(
      (record) => record['action'] === action,
    );
  const me = (name: string, password: string) =>
    server.fetch('/scim2/Me', { headers: { authorization: `Basic ${btoa(`${name}:${password}`)}` } });

  it('are there for basic authentication, without the name in full', async () => {
    expect((await me('andrea', USER_PASSWORD)).status).to.equal(200);
    expect(await records('LoginStepFailed')).to.deep.equal([]);
    expect((await me('andrea', 'wrong')).status).to.equal(401);
    expect((await me('somebody', 'wrong')).status).to.equal(401);
    const found = (await records('LoginStepFailed')).map(({ targetId, data }) => [targetId, data]);
    expect(found).to.deep.include([
      user.id,
      { authenticator: 'basic', reason: 'bad_credential', username: masked('andrea') },
    ]);
    expect(found).to.deep.include([
      'unknown',
      { authenticator: 'basic', reason: 'unknown_user', username: masked('somebody') },
    ]);
  });

  it('are there for changes of the own password', async () => {
    const app = await createApp(server);
    await app.authorize('NO_POLICY', ['internal_user_password_update']);
    const { access } = await app.tokens('andrea', { scope: 'openid internal_user_password_update' });
    const headers = { authorization: `Bearer ${access}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ currentPassword: 'wrong', newPassword: 'Brand-new-pass-1' });
    const { status } = await server.fetch('/api/users/v1/me/change-password', { method: 'POST', headers, body });
    expect(status).to.equal(400);
    const [record, ...others] = await records('credential-update-failed');
    expect(record).to.deep.include({ targetId: user.id, data: { reason: 'bad_credential' } });
    expect(others).to.deep.equal([]);
  });
});
