import { expect } from 'chai';
import type { z } from 'zod';
import type { GrantRequest } from '#core/oauth';
import { StateStoreToken } from '#core/persistence';
import { ClientServiceToken } from '../../core/oauth/clients/client.service.js';
import { GrantTypeRegistryToken } from '../../core/oauth/token/token-endpoint.js';
import { createApp, createUser, expectError, superPlace, type TestApp, tokensOf } from '../support/oauth-client.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

type Parameters = Readonly<Record<string, string>>;

/** A grant type that the contract is tried on. */
export interface GrantTypeSubject {
  /** Value of `grant_type`. */
  readonly name: string;
  /** Names of the parameters that it cannot do without. */
  readonly needs: readonly string[];
  /** Parameters of a request that it takes, for the user `grantee`. */
  right(app: TestApp): Promise<Parameters>;
}

const hostile = ['\0', '__proto__', '"\'<>', '../..', 'é\u{1f600}', '-1', 'x'.repeat(5000), 'null', '{}', '%00'];

/** What every grant type has to keep, whoever wrote it. */
export function grantTypeContract(subject: GrantTypeSubject): void {
  describe(`the contract of grant types, kept by ${subject.name}`, () => {
    let server: TestServer;
    let app: TestApp;
    const grantTypes = [...new Set([subject.name, 'authorization_code', 'refresh_token'])];
    before(async () => {
      server = await startTestServer();
      await createUser(server, 'grantee');
      app = await createApp(server, { client: { grantTypes } });
    });
    after(() => server?.stop());
    const grant = () => server.server.container.get(GrantTypeRegistryToken).get(subject.name);
    const ask = (parameters: Parameters, of = app) => of.token({ grant_type: subject.name, ...parameters });

    it('stands under its own name, says what it is, and is in the discovery document', async () => {
      expect(grant().grantType).to.equal(subject.name);
      expect(grant().displayName).to.match(/\S/);
      expect(grant().publicClientAllowed).to.be.a('boolean');
      const { body } = await server.api('GET', '/oauth2/token/.well-known/openid-configuration');
      expect(body['grant_types_supported']).to.include(subject.name);
    });

    it('gives tokens for a right request', async () => {
      tokensOf(await ask(await subject.right(app)));
    });

    it('declares the parameters that it needs: each is named when it is absent or empty', async () => {
      const right = await subject.right(app);
      for (const name of subject.needs) {
        for (const parameters of [
          { ...right, [name]: '' },
          Object.fromEntries(Object.entries(right).filter(([key]) => key !== name)),
        ])
          expectError(await ask(parameters), 400, 'invalid_request', `Missing parameters: ${name}`);
      }
    });

    it('is not for applications that do not have it', async () => {
      const other = await createApp(server, { client: { grantTypes: ['something-else'] } });
      expectError(await ask(await subject.right(app), other), 400, 'unauthorized_client');
    });

    it('is for public clients only when it says so', async () => {
      const spa = await createApp(server, { client: { grantTypes, publicClient: true } });
      const parameters = Object.fromEntries(subject.needs.map((name) => [name, 'x']));
      const { error } = (await ask(parameters, spa)).body;
      if (grant().publicClientAllowed) expect(error).not.to.equal('unauthorized_client');
      else expect(error).to.equal('unauthorized_client');
    });

    it('refuses hostile values in the shape of the protocol, and gives no user token for them', async () => {
      for (const name of subject.needs) {
        for (const value of hostile) {
          const answer = await ask({ ...Object.fromEntries(subject.needs.map((need) => [need, 'x'])), [name]: value });
          expect(answer.status, value).to.equal(400);
          expect(answer.body.error).to.be.oneOf(['invalid_request', 'invalid_grant', 'invalid_scope']);
          expect(answer.body.access_token).to.equal(undefined);
        }
      }
    });

    it('only says what it wants: minting and storing are not its business', async () => {
      const right = await subject.right(app);
      const { container } = server.server;
      const client = await container.get(ClientServiceToken).find(superPlace.orgId, app.id);
      const store = container.get(StateStoreToken);
      const { apply } = store;
      let written = 0;
      store.apply = (changes) => {
        written++;
        return apply.call(store, changes);
      };
      try {
        const organization = { id: superPlace.orgId, handle: 'carbon.super', name: 'Super', prefix: '' };
        const request = {
          organization,
          headers: {},
          baseUrl: server.origin,
        } as unknown as GrantRequest<z.ZodType>['request'];
        if (!client) throw new Error('the client is gone');
        const parameters = grant().parameters.parse(right);
        const intent = await grant().handle({ parameters, client, request });
        expect(written).to.equal(0);
        expect(intent.subject.type).to.be.oneOf(['user', 'federated', 'application']);
        expect(intent).not.to.have.any.keys('access_token', 'refresh_token', 'token');
        for (const scope of intent.scopes) expect(scope).to.match(/^\S+$/);
      } finally {
        store.apply = apply;
      }
    });
  });
}
