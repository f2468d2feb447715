import { expect } from 'chai';
import { AuditLogToken } from '#core/audit';
import type { User } from '#core/users';
import { type ApiFailure, callerWith, providersAs } from '../../../core/connections/provider-api.js';
import { TotpBench } from './totp-bench.js';

const CREDENTIAL = { credentialId: 'totp', displayName: 'Authenticator app' };

describe('TOTP in the credential APIs', () => {
  let bench: TotpBench;
  before(async () => {
    bench = await TotpBench.start();
  });
  after(() => bench.stop());

  const first = (authorization?: string) =>
    providersAs(bench.server, { authorization: authorization ?? bench.server.admin }, '/api/server/v1/users');
  const second = (authorization?: string) =>
    providersAs(bench.server, { authorization: authorization ?? bench.server.admin }, '/api/users/v2');

  const enrolled = async (name: string): Promise<User> => {
    const user = await bench.user(name);
    await bench.enrol(name);
    return user;
  };

  it('is listed and taken away by administrators, in both versions', async () => {
    const user = await enrolled('carol');
    expect((await first().get(`/${user.id}/credentials`)).body).to.deep.equal([{ ...CREDENTIAL, type: 'totp' }]);
    expect((await second().get(`/${user.id}/credentials`)).body).to.deep.equal({ totp: [CREDENTIAL] });
    expect((await second().delete(`/${user.id}/credentials/totp/totp`)).status).to.equal(204);
    expect((await first().get(`/${user.id}/credentials`)).body).to.deep.equal([]);
    expect((await second().delete<ApiFailure>(`/${user.id}/credentials/totp/totp`)).body.code).to.equal('UCM-60005');
    const records = await bench.server.server.container.get(AuditLogToken).list(user.orgId, 1000);
    const actions = records.filter(({ targetId }) => targetId === user.id).map(({ action }) => action);
    expect(actions).to.include.members(['revoke-credential', 'delete-totp']);
    const again = await enrolled('dave');
    expect((await first().delete(`/${again.id}/credentials/totp/totp`)).status).to.equal(204);
    expect((await second().get(`/${again.id}/credentials`)).body).to.deep.equal({ totp: [] });
  });

  it('refuses what there is not, and callers without the scope', async () => {
    const user = await bench.user('erin');
    const code = async (method: string, path: string, api = second()) =>
      (await api.send<ApiFailure>(method, path)).body.code;
    expect(await code('GET', '/nobody/credentials')).to.equal('UCM-60004');
    expect(await code('GET', '/nobody/credentials', first())).to.equal('CM-60004');
    expect(await code('DELETE', `/${user.id}/credentials/toothbrush/1`)).to.equal('UCM-60001');
    expect(await code('DELETE', `/${user.id}/credentials/constructor/1`)).to.equal('UCM-60001');
    expect(await code('DELETE', `/${user.id}/credentials/totp`)).to.equal('UCM-60006');
    expect(await code('POST', `/${user.id}/credentials/totp`)).to.equal('UCM-60006');
    const viewer = await callerWith(bench.server, 'viewer', ['internal_user_credential_mgt_view']);
    const authorization = viewer.authorization ?? '';
    expect((await second(authorization).get(`/${user.id}/credentials`)).status).to.equal(200);
    expect((await second(authorization).delete(`/${user.id}/credentials/totp/totp`)).status).to.equal(403);
    expect((await first('').get(`/${user.id}/credentials`)).status).to.equal(401);
  });
});
