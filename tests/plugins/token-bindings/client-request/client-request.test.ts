import { expect } from 'chai';
import { tokenBindingContract } from '../../../contract/token-binding.js';
import { callWith } from '../../../support/dpop-client.js';
import { createApp, expectError, type TestApp, tokensOf } from '../../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';

tokenBindingContract({
  type: 'client-request',
  binds: true,
  show: () => ({ fields: { tokenBindingId: 'tab-1' } }),
  showOther: () => ({ fields: { tokenBindingId: 'tab-2' } }),
});

describe('token-binding.client-request', () => {
  let server: TestServer;
  let lenient: TestApp;
  let strict: TestApp;
  before(async () => {
    server = await startTestServer();
    lenient = await createApp(server, { client: { accessToken: { bindingType: 'client-request' } } });
    strict = await createApp(server, {
      client: { accessToken: { bindingType: 'client-request', validateTokenBinding: true } },
    });
  });
  after(() => server?.stop());
  const userTokens = async (app: TestApp, tokenBindingId: string) =>
    tokensOf(await app.redeem(await app.code('admin'), { tokenBindingId }));

  it('only tells tokens apart where the application does not want values validated', async () => {
    const { access, refresh } = await userTokens(lenient, 'one');
    expect((await lenient.userinfo(access)).status).to.equal(200);
    const again = tokensOf(await lenient.refresh(refresh, { tokenBindingId: 'two' }));
    const ref = async (token: string) => (await lenient.introspect(token)).body['binding_ref'];
    const { body } = await lenient.token({ grant_type: 'client_credentials', tokenBindingId: 'one' });
    expect(await ref(again.access), 'the refresh keeps what was bound').to.equal(await ref(body.access_token ?? ''));
    expect((await lenient.revoke(again.access)).status).to.equal(200);
  });

  it('wants the value at management APIs too, once', async () => {
    await strict.authorize('NO_POLICY', ['internal_application_mgt_view']);
    const fields = { grant_type: 'client_credentials', scope: 'internal_application_mgt_view', tokenBindingId: 'one' };
    const { access } = tokensOf(await strict.token(fields));
    const call = (query: string) =>
      callWith(server, 'GET', `/api/server/v1/applications${query}`, { authorization: `Bearer ${access}` });
    expect((await call('?tokenBindingId=one')).status).to.equal(200);
    for (const query of ['', '?tokenBindingId=two', '?tokenBindingId=', '?tokenBindingId=two&tokenBindingId=one'])
      expect((await call(query)).status, query).to.equal(401);
  });

  it('says what is missing when a bound token is revoked without it, and the token stays', async () => {
    const { access } = await userTokens(strict, 'one');
    const answer = await strict.revoke(access);
    expectError(answer, 400, 'access_denied', 'Valid token binding value not present in the request.');
    expect(await strict.isActive(access)).to.equal(true);
    expect((await strict.revoke(access, { tokenBindingId: 'one' })).status).to.equal(200);
    expect(await strict.isActive(access)).to.equal(false);
  });

  it('never shows the value that was bound', async () => {
    const tokenBindingId = 'a-value-that-nobody-shall-see';
    const { access } = await userTokens(strict, tokenBindingId);
    expect((await strict.introspect(access)).text).not.to.contain(tokenBindingId);
  });
});
