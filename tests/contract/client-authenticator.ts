import { expect } from 'chai';
import { ClientAuthenticatorRegistryToken } from '../../core/oauth/token/client-authenticator.js';
import { tokenEndpointOf } from '../support/client-assertion.js';
import { type AppOptions, createApp, createTenant, expectError, type TestApp } from '../support/oauth-client.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

/** What a request carries. */
export interface Credentials {
  readonly headers?: Readonly<Record<string, string>>;
  readonly fields?: Readonly<Record<string, string>>;
}

/** A way to authenticate clients that the contract is tried on. */
export interface ClientAuthenticatorSubject {
  /** Name in metadata. */
  readonly method: string;
  /** Whether it is for clients without a secret. */
  readonly isPublic: boolean;
  /** Whether it may come along with another method, a bare client id among them. */
  readonly isImplicit?: boolean;
  /** Settings of the server. */
  readonly toml?: string;
  /** What an application has to register. */
  register?(): Promise<AppOptions>;
  /**
   * How a client authenticates. A method without a secret of the client takes any other than that for a wrong one.
   *
   * @param audience URL of the token endpoint to which it does
   */
  present(clientId: string, secret: string, audience: string): Credentials | Promise<Credentials>;
}

/** What every way to authenticate clients has to keep, whoever wrote it. */
export function clientAuthenticatorContract(subject: ClientAuthenticatorSubject): void {
  const { method, isPublic, toml = '' } = subject;
  describe(`the contract of client authenticators, kept by ${method}`, () => {
    let server: TestServer;
    let confidential: TestApp;
    let spa: TestApp;
    let app: TestApp;
    let registered: AppOptions;
    const client = { grantTypes: ['authorization_code'] };
    before(async () => {
      server = await startTestServer({ toml });
      registered = (await subject.register?.()) ?? {};
      confidential = await createApp(server, { ...registered, client });
      spa = await createApp(server, { client: { ...client, publicClient: true } });
      app = isPublic ? spa : confidential;
    });
    after(() => server?.stop());

    const present = async (clientId: string, secret: string, at = app) =>
      subject.present(clientId, secret, tokenEndpointOf(at));

    /** Whoever is authenticated hears of a bad code, everybody else of bad credentials. */
    const ask = ({ headers = {}, fields = {} }: Credentials, of = app, more: Record<string, string> = {}) =>
      of.send('/oauth2/token', { grant_type: 'authorization_code', code: 'none', ...fields, ...more }, headers);

    it('stands under its own name and is in the discovery document', async () => {
      const authenticator = server.server.container.get(ClientAuthenticatorRegistryToken).get(method);
      expect(authenticator.method).to.equal(method);
      expect(authenticator.displayName).to.match(/\S/);
      const { body } = await server.api('GET', '/oauth2/token/.well-known/openid-configuration');
      expect(body['token_endpoint_auth_methods_supported']).to.include(method);
    });

    it('lets the client in that it is for', async () => {
      expectError(await ask(await present(app.id, app.secret)), 400, 'invalid_grant');
    });

    it('does not let in a client of the other kind', async () => {
      // A public client with a certificate is a public client.
      if (subject.isImplicit && !isPublic) return;
      const other = isPublic ? confidential : spa;
      for (const secret of [other.secret, '', 'undefined', 'null'])
        expectError(await ask(await present(other.id, secret), other), 401, 'invalid_client');
    });

    it('does not let in who is unknown, wrong, or nearly right', async () => {
      const { id, secret } = app;
      for (const name of [
        'nobody_of_that_name',
        '',
        ' ',
        '__proto__',
        `${id}x`,
        id.slice(1),
        `${id}\0`,
        'é\u{1f600}',
        'x'.repeat(3000),
      ])
        expectError(await ask(await present(name, secret)), 401, 'invalid_client');
      if (isPublic) return;
      for (const wrong of [
        '',
        'wrong',
        `${secret}x`,
        secret.slice(1),
        `${secret}\0`,
        'x'.repeat(3000),
        confidential.client.clientSecrets[0]?.value ?? '',
      ])
        expectError(await ask(await present(id, wrong)), 401, 'invalid_client');
    });

    it('says nothing about why', async () => {
      const texts = await Promise.all(
        [present('nobody_of_that_name', 'x'), present(isPublic ? confidential.id : app.id, 'wrong')].map(
          async (one) => (await ask(await one)).text,
        ),
      );
      expect(texts[0]).to.equal(texts[1]);
    });

    it('does not look at clients of another organization', async () => {
      const place = await createTenant(server, 'authenticators.example');
      const far = await createApp(server, { ...registered, place, client: { ...client, publicClient: isPublic } });
      expectError(await ask(await present(far.id, far.secret, far), far), 400, 'invalid_grant');
      expectError(await ask(await present(far.id, far.secret), app), 401, 'invalid_client');
    });

    it('is one method of a request, not one of two', async () => {
      if (isPublic) return;
      const { headers, fields } = await present(app.id, app.secret);
      const basic = { authorization: app.basic };
      const post = { client_id: app.id, client_secret: app.secret };
      const both = { headers: { ...basic, ...headers }, fields: { ...post, ...fields } };
      expectError(await ask(both), 400, 'invalid_request');
    });
  });
}
