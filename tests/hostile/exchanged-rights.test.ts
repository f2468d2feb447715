import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { ApiResourcesToken, AuthorizationDetailsTypeServiceToken, AuthorizedApiServiceToken } from '#core/access';
import { createAgent, openAgentStore } from '../core/oauth/agents/agent-store.js';
import { dpopKey, proofOf, tokenWithProof } from '../support/dpop-client.js';
import {
  CALLBACK,
  createApp,
  createUser,
  expectError,
  superPlace,
  type TestApp,
  tokensOf,
} from '../support/oauth-client.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const subject_token_type = 'urn:ietf:params:oauth:token-type:access_token';
const small = { type: 'payment', amount: 1 };
const large = { type: 'payment', amount: 1_000_000 };

describe('tokens that are handed in for others', () => {
  let server: TestServer;
  let app: TestApp;
  before(async () => {
    server = await startTestServer({ toml: '[oauth]\nenable_rich_authorization_requests = true' });
    openAgentStore(server);
    await createUser(server, 'alice');
    const { container } = server.server;
    const apiId = (await container.get(ApiResourcesToken).all(superPlace.orgId))[0]?.id ?? '';
    const type = { type: 'payment', name: 'Payment', schema: { type: 'object' } };
    await container.get(AuthorizationDetailsTypeServiceToken).write(superPlace.orgId, apiId, type);
    app = await makeApp({ accessToken: { type: 'JWT' }, idToken: { audience: [`${server.origin}/oauth2/token`] } });
    const api = { apiId, policyId: 'NO_POLICY', scopes: [], detailsTypes: ['payment'] } as const;
    await container.get(AuthorizedApiServiceToken).authorize(superPlace.orgId, app.application.id, api);
  });
  after(() => server?.stop());

  const makeApp = (client: NonNullable<Parameters<typeof createApp>[1]>['client']) =>
    createApp(server, {
      client: {
        grantTypes: ['authorization_code', 'refresh_token', EXCHANGE, BEARER],
        callbackURLs: [CALLBACK],
        ...client,
      },
    });
  const details = (...all: object[]) => ({ authorization_details: JSON.stringify(all) });
  const exchange = (subject_token: string, more: Record<string, string> = {}) =>
    app.token({ grant_type: EXCHANGE, subject_token, subject_token_type, ...more });

  it('keep the authorization details to which the user has agreed, and get no others', async () => {
    const { access } = await app.tokens('alice', details(small));
    expectError(await exchange(access, details(large)), 400, 'invalid_authorization_details');
    const kept = tokensOf(await exchange(access));
    expect(decodeJwt(kept.access)['authorization_details']).to.deep.equal([small]);
    expectError(await app.refresh(kept.refresh, details(large)), 400, 'invalid_authorization_details');
    const bare = await app.tokens('alice');
    expectError(await exchange(bare.access, details(small)), 400, 'invalid_authorization_details');
    const exchanged = tokensOf(await exchange(bare.access));
    expect(exchanged.body).not.to.have.property('authorization_details');
    expect(decodeJwt(exchanged.access)).not.to.have.property('authorization_details');
  });

  it('keep them also where they are handed in as assertions', async () => {
    const aimed = await app.tokens('alice', details(small));
    const given = { grant_type: BEARER, assertion: aimed.access };
    expectError(await app.token({ ...given, ...details(large) }), 400, 'invalid_authorization_details');
    expect(decodeJwt(tokensOf(await app.token(given)).access)['authorization_details']).to.deep.equal([small]);
  });

  it('an actor that acts by a code proves the key to which its token is bound', async () => {
    const agent = await createAgent(server, 'clerk');
    const bound = await makeApp({ accessToken: { type: 'JWT', bindingType: 'DPoP' } });
    const key = await dpopKey();
    const url = `${server.origin}/oauth2/token`;
    const redeem = async (by: TestApp, code: string, dpop: string | undefined, more: Record<string, string> = {}) =>
      tokenWithProof(by, { grant_type: 'authorization_code', code, redirect_uri: CALLBACK, ...more }, dpop);
    const own = await redeem(bound, await bound.code('AGENT/clerk'), await proofOf(key, 'POST', url));
    const actor = { actor_token: tokensOf(own).access };
    const code = () => app.code('alice', { requested_actor: agent.id });
    expectError(await redeem(app, await code(), undefined, actor), 400, 'invalid_grant');
    expectError(
      await redeem(app, await code(), await proofOf(await dpopKey(), 'POST', url), actor),
      400,
      'invalid_grant',
    );
    tokensOf(await redeem(app, await code(), await proofOf(key, 'POST', url), actor));
  });
});
