import { expect } from 'chai';
import { decodeJwt } from 'jose';
import { ApiResourcesToken, AuthorizationDetailsTypeServiceToken, AuthorizedApiServiceToken } from '#core/access';
import type { AuthorizationDetail } from '#core/oauth';
import {
  CALLBACK,
  createApp,
  createUser,
  expectError,
  expectRedirectError,
  superPlace,
  type TestApp,
  type TokenBody,
  tokensOf,
} from '../../support/oauth-client.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { Visitor } from '../../support/visitor.js';

const payment = { type: 'payment', amount: 12.5, actions: ['initiate', 'cancel'] };
const account = { type: 'account', ids: ['a', 'b'] };
const schema = {
  type: 'object',
  required: ['amount'],
  properties: { type: { const: 'payment' }, amount: { type: 'number' }, actions: { type: 'array' } },
  additionalProperties: false,
};

describe('rich authorization requests', () => {
  let server: TestServer;
  let apiId: string;
  let app: TestApp;
  before(async () => {
    server = await startTestServer({ toml: '[oauth]\nenable_rich_authorization_requests = true' });
    await createUser(server, 'alice');
    const { container } = server.server;
    apiId = (await container.get(ApiResourcesToken).all(superPlace.orgId))[0]?.id ?? '';
    const types = container.get(AuthorizationDetailsTypeServiceToken);
    const described = { type: 'payment', name: 'Payment', description: 'A single payment', schema };
    await types.write(superPlace.orgId, apiId, described);
    await types.write(superPlace.orgId, apiId, { type: 'account', name: 'Account', schema: { type: 'object' } });
    await types.write(superPlace.orgId, apiId, { type: 'other', name: 'Other', schema: { type: 'object' } });
    app = await makeApp();
  });
  after(() => server?.stop());

  async function makeApp(asksConsent = false): Promise<TestApp> {
    const made = await createApp(server, {
      asksConsent,
      client: {
        callbackURLs: [CALLBACK],
        grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
        accessToken: { type: 'JWT' },
      },
    });
    const detailsTypes = ['payment', 'account'];
    const api = { apiId, policyId: 'NO_POLICY', scopes: [], detailsTypes } as const;
    await server.server.container.get(AuthorizedApiServiceToken).authorize(superPlace.orgId, made.application.id, api);
    return made;
  }
  const asking = (...details: unknown[]) => ({ authorization_details: JSON.stringify(details) });
  const detailsOf = ({ body }: { body: TokenBody }) =>
    (body as { authorization_details?: AuthorizationDetail[] }).authorization_details;

  it('what was granted stands in the answer, in the token, and in introspection', async () => {
    const tokens = await app.tokens('alice', asking(payment, account));
    expect(detailsOf(tokens)).to.deep.equal([payment, account]);
    expect(decodeJwt(tokens.access)['authorization_details']).to.deep.equal([payment, account]);
    expect((await app.introspect(tokens.access)).body['authorization_details']).to.deep.equal([payment, account]);
  });

  it('without details there are none', async () => {
    const tokens = await app.tokens('alice');
    expect(tokens.body).not.to.have.property('authorization_details');
    expect((await app.introspect(tokens.access)).body).not.to.have.property('authorization_details');
  });

  it('a refresh may ask for a part, and the grant keeps the rest', async () => {
    const first = await app.tokens('alice', asking(payment, account));
    const part = { type: 'payment', amount: 12.5, actions: ['cancel'] };
    const second = tokensOf(await app.refresh(first.refresh, asking(part)));
    expect(detailsOf(second)).to.deep.equal([part]);
    const third = tokensOf(await app.refresh(second.refresh));
    expect(detailsOf(third)).to.deep.equal([payment, account]);
  });

  it('nothing that was not granted can be had by a code or a refresh', async () => {
    const { refresh } = await app.tokens('alice', asking(payment));
    const more = [
      account,
      { ...payment, amount: 13 },
      { ...payment, actions: ['initiate', 'refund'] },
      { ...payment, actions: [] },
      { type: 'payment', amount: 12.5 },
      { ...payment, more: true },
    ];
    for (const detail of more)
      expectError(await app.refresh(refresh, asking(detail)), 400, 'invalid_authorization_details');
    const code = await app.code('alice', asking(payment));
    expectError(await app.redeem(code, asking(account)), 400, 'invalid_authorization_details');
    const plain = await app.code('alice');
    expectError(await app.redeem(plain, asking(payment)), 400, 'invalid_authorization_details');
  });

  it('an application on its own asks at the token endpoint', async () => {
    const grant_type = 'client_credentials';
    const tokens = tokensOf(await app.token({ grant_type, ...asking(account) }));
    expect(detailsOf(tokens)).to.deep.equal([account]);
    expectError(await app.token({ grant_type, ...asking({ type: 'other' }) }), 400, 'invalid_authorization_details');
  });

  describe('are refused, pushed or not', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(9)}1${'}'.repeat(9)}`) as object;
    const text = 'Authorization details validation failed';
    const bad: readonly [string, string][] = [
      ['no JSON', '['],
      ['no list', JSON.stringify(payment)],
      ['an empty list', '[]'],
      ['no type', '[{"amount":1}]'],
      ['a type that nobody knows', '[{"type":"unknown"}]'],
      ['a type that is not for the application', '[{"type":"other"}]'],
      ['what its schema refuses', JSON.stringify([{ type: 'payment', amount: 'much' }])],
      ['a member that its schema does not know', JSON.stringify([{ ...payment, evil: 1 }])],
      ['very deep ones', JSON.stringify([{ type: 'account', ...deep }])],
      ['very long ones', JSON.stringify([{ type: 'account', text: 'x'.repeat(5000) }])],
      ['very many', JSON.stringify(Array.from({ length: 21 }, () => ({ type: 'account' })))],
    ];
    for (const [what, authorization_details] of bad)
      it(what, async () => {
        const hop = await new Visitor(server).get(app.authorizePath({ authorization_details }));
        expectRedirectError(hop, 'invalid_authorization_details', text);
        const fields = { redirect_uri: CALLBACK, response_type: 'code', scope: 'openid', authorization_details };
        const answer = await app.send('/oauth2/par', fields, { authorization: app.basic });
        expectError(answer, 400, 'invalid_authorization_details', text);
      });
  });

  describe('and consent', () => {
    let careful: TestApp;
    beforeEach(async () => {
      careful = await makeApp(true);
    });
    const granted = async (consent: Record<string, string>, visitor = new Visitor(server)) => {
      const hop = await careful.visit(visitor, asking(payment, account), { username: 'alice', consent });
      return detailsOf(tokensOf(await careful.redeem(hop.location?.searchParams.get('code') ?? '')));
    };

    it('each detail is shown, and granted only when it was chosen', async () => {
      const visitor = new Visitor(server);
      await careful.tokens('alice', {}, visitor);
      const hop = await visitor.get(careful.authorizePath(asking(payment, account)));
      const page = (await visitor.follow(hop)).text;
      expect(page)
        .to.include('Payment')
        .and.include('A single payment')
        .and.include('12.5')
        .and.include('initiate, cancel');
      expect(page).to.include('name="authorization_detail_id_0"').and.include('name="authorization_detail_id_1"');
      expect(await granted({ authorization_detail_id_1: 'on' }, visitor)).to.deep.equal([account]);
      expect(await granted({ authorization_detail_id_0: 'on', authorization_detail_id_1: 'on' })).to.deep.equal([
        payment,
        account,
      ]);
      expect(await granted({})).to.equal(undefined);
    });

    it('what was allowed for good is not asked for again, but more than that is', async () => {
      const visitor = new Visitor(server);
      await granted({ consent: 'approveAlways', authorization_detail_id_0: 'on' }, visitor);
      const quiet = await visitor.get(careful.authorizePath({ ...asking(payment), prompt: 'none' }));
      const { body } = await careful.redeem(quiet.location?.searchParams.get('code') ?? '');
      expect(detailsOf({ body })).to.deep.equal([payment]);
      for (const other of [account, { ...payment, amount: 99 }]) {
        const hop = await visitor.get(careful.authorizePath({ ...asking(other), prompt: 'none' }));
        expectRedirectError(hop, 'consent_required');
      }
    });

    it('details as long as they can be come through the question, also beside those that were kept', async () => {
      const visitor = new Visitor(server);
      for (const letter of ['x', 'y']) {
        const long = { type: 'account', text: letter.repeat(4000) };
        const consent = { consent: 'approveAlways', authorization_detail_id_0: 'on' };
        const hop = await careful.visit(visitor, asking(long), { username: 'alice', consent });
        const { body } = await careful.redeem(hop.location?.searchParams.get('code') ?? '');
        expect(detailsOf({ body })).to.deep.equal([long]);
      }
      const both = await visitor.get(
        careful.authorizePath({ ...asking({ type: 'account', text: 'x'.repeat(4000) }), prompt: 'none' }),
      );
      expect(both.location?.searchParams.get('code')).to.be.a('string');
    });

    it('prompt=consent asks again and replaces what was kept', async () => {
      const visitor = new Visitor(server);
      await granted({ consent: 'approveAlways', authorization_detail_id_0: 'on' }, visitor);
      const again = { ...asking(payment), prompt: 'consent' };
      await careful.visit(visitor, again, { username: 'alice', consent: { consent: 'approveAlways' } });
      const hop = await visitor.get(careful.authorizePath({ ...asking(payment), prompt: 'none' }));
      expectRedirectError(hop, 'consent_required');
    });
  });

  it('discovery names the types', async () => {
    const read = async () =>
      (await server.api('GET', '/oauth2/token/.well-known/openid-configuration')).body[
        'authorization_details_types_supported'
      ];
    expect(await read()).to.deep.equal(['account', 'other', 'payment']);
    const types = server.server.container.get(AuthorizationDetailsTypeServiceToken);
    const fresh = { type: 'brief', name: 'Brief', schema: { type: 'object' } };
    const { id } = await types.write(superPlace.orgId, apiId, fresh);
    expect(await read()).to.deep.equal(['account', 'brief', 'other', 'payment']);
    await types.remove(superPlace.orgId, apiId, id);
    expect(await read()).to.deep.equal(['account', 'other', 'payment']);
  });

  it('switched off, they are passed over', async () => {
    const off = await startTestServer();
    try {
      const plain = await createApp(off);
      const tokens = await plain.tokens('admin', asking(payment));
      expect(tokens.body).not.to.have.property('authorization_details');
      const { body } = await off.api('GET', '/oauth2/token/.well-known/openid-configuration');
      expect(body).not.to.have.property('authorization_details_types_supported');
    } finally {
      await off.stop();
    }
  });

  it('the application API authorizes types of the API resource, and no others', async () => {
    const path = `/api/server/v1/applications/${app.application.id}/authorized-apis`;
    const shown = async () =>
      (await server.api<{ authorizedAuthorizationDetailsTypes: { type: string }[] }[]>('GET', path)).body.flatMap(
        (one) => one.authorizedAuthorizationDetailsTypes.map(({ type }) => type),
      );
    expect(await shown()).to.deep.equal(['account', 'payment']);
    const patch = (body: object) => server.api('PATCH', `${path}/${apiId}`, body);
    expect((await patch({ removedAuthorizationDetailsTypes: ['payment'] })).status).to.equal(200);
    expect(await shown()).to.deep.equal(['account']);
    const unknown = await patch({ addedAuthorizationDetailsTypes: ['nothing'] });
    expect([unknown.status, unknown.body['code']]).to.deep.equal([400, 'APP-60519']);
    expect((await patch({ addedAuthorizationDetailsTypes: ['payment'] })).status).to.equal(200);
    expect(await shown()).to.deep.equal(['account', 'payment']);
  });
});
