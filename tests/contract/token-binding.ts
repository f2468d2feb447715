import { expect } from 'chai';
import { TokenBindingRegistryToken } from '../../core/oauth/token/token-binding.js';
import { createApp, expectError, type TestApp, type Tokens, tokensOf } from '../support/oauth-client.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { Visitor } from '../support/visitor.js';

/** What a request carries to show what its token is bound to. */
export interface Shown {
  readonly headers?: Readonly<Record<string, string>>;
  readonly fields?: Readonly<Record<string, string>>;
}

/** For which request something is shown. */
export interface ShownAt {
  readonly server: TestServer;
  readonly method: string;
  /** Address of the request. */
  readonly url: string;
  /** The browser that the user has signed in with. */
  readonly browser: Visitor;
  /** The token of an API call. */
  readonly accessToken?: string | undefined;
}

/** A token binding that the contract is tried on. */
export interface TokenBindingSubject {
  /** Name in the configuration of applications. */
  readonly type: string;
  /** Whether tokens are bound by the grants that every application has: at the authorization endpoint, or by any token request. */
  readonly binds: boolean;
  /** What the one whose tokens they are shows. */
  show(at: ShownAt): Shown | Promise<Shown>;
  /** What somebody else shows, who has the tokens; undefined when there is nothing to show. */
  showOther?(at: ShownAt): Shown | Promise<Shown>;
}

const hostile = ['', ' ', '\t', 'null', '__proto__', 'a.b.c', 'e30.e30.e30', 'x'.repeat(5000), '%00', '\'"<>'];

/** What every token binding has to keep, whoever wrote it. */
export function tokenBindingContract(subject: TokenBindingSubject): void {
  describe(`the contract of token bindings, kept by ${subject.type}`, () => {
    let server: TestServer;
    let app: TestApp;
    before(async () => {
      server = await startTestServer();
      app = await boundApp();
    });
    after(() => server?.stop());

    const boundApp = () =>
      createApp(server, { client: { accessToken: { bindingType: subject.type, validateTokenBinding: true } } });
    const binding = () => server.server.container.get(TokenBindingRegistryToken).get(subject.type);
    const scheme = () => binding().tokenType ?? 'Bearer';
    type Show = TokenBindingSubject['show'];

    async function send(path: string, browser: Visitor, fields: Readonly<Record<string, string>>, show: Show) {
      const shown = await show({ server, method: 'POST', url: server.origin + path, browser });
      return app.send(path, { ...fields, ...shown.fields }, { authorization: app.basic, ...shown.headers });
    }

    async function bound(browser = new Visitor(server)): Promise<{ tokens: Tokens; browser: Visitor }> {
      const code = await app.code('admin', {}, browser);
      const fields = { grant_type: 'authorization_code', code, redirect_uri: 'https://app.example/cb' };
      return { tokens: tokensOf(await send('/oauth2/token', browser, fields, subject.show)), browser };
    }

    const refresh = (token: string, browser: Visitor, show: Show) =>
      send('/oauth2/token', browser, { grant_type: 'refresh_token', refresh_token: token }, show);

    async function call(token: string, browser: Visitor, show: Show): Promise<number> {
      const path = '/oauth2/userinfo';
      const shown = await show({ server, method: 'GET', url: server.origin + path, browser, accessToken: token });
      const query = shown.fields ? `?${new URLSearchParams({ ...shown.fields })}` : '';
      const headers = { authorization: `${scheme()} ${token}`, ...shown.headers };
      return (await server.fetch(path + query, { headers })).status;
    }

    it('stands under its own type, and can be chosen for an application', async () => {
      expect(binding().type).to.equal(subject.type);
      const { body } = await server.api('GET', '/api/server/v1/applications/meta/inbound-protocols/oidc');
      expect(JSON.stringify(body)).to.contain(`"${subject.type}"`);
    });

    it('says in discovery what it says there', async () => {
      const { body } = await server.api('GET', '/oauth2/token/.well-known/openid-configuration');
      for (const [name, value] of Object.entries(binding().metadata ?? {})) expect(body[name]).to.deep.equal(value);
    });

    it('never takes what is not its value, and does not throw anything but an error of the protocol', async () => {
      if (!subject.showOther) return;
      const { tokens, browser } = await bound();
      for (const text of hostile) {
        const show = () => ({ headers: { cookie: `atbv=${text}` }, fields: { tokenBindingId: text } });
        const { status, body } = await refresh(tokens.refresh, browser, show);
        expect({ text, status, token: body.access_token }).to.deep.equal({ text, status: 400, token: undefined });
        expect(await call(tokens.access, browser, show)).to.equal(401);
      }
    });

    if (!subject.binds) return;

    it('binds tokens, and introspection says to what', async () => {
      const { tokens } = await bound();
      const { body } = await app.introspect(tokens.access);
      expect(body).to.include({ active: true, binding_type: subject.type });
      expect(body['binding_ref']).to.match(/^[0-9a-f]{32}$/);
      expect(body['cnf'] !== undefined).to.equal(binding().confirmation !== undefined);
      expect(tokens.body.token_type).to.equal(scheme());
    });

    it('lets in who shows the value: at an API, at a refresh, at a revocation', async () => {
      const { tokens, browser } = await bound();
      expect(await call(tokens.access, browser, subject.show)).to.equal(200);
      const again = tokensOf(await refresh(tokens.refresh, browser, subject.show));
      expect(await call(again.access, browser, subject.show)).to.equal(200);
      const ref = async (token: string) => (await app.introspect(token)).body['binding_ref'];
      expect(await ref(again.access)).to.be.a('string');
      const answer = await send('/oauth2/revoke', browser, { token: again.refresh }, subject.show);
      expect(answer.status).to.equal(200);
      expect(await app.isActive(again.access)).to.equal(false);
    });

    it('lets nobody else in, and what was tried in vain costs nothing', async () => {
      const { showOther } = subject;
      if (!showOther) return;
      const { tokens, browser } = await bound();
      expect(await call(tokens.access, browser, showOther)).to.equal(401);
      expect(await call(tokens.access, browser, () => ({}))).to.equal(401);
      expectError(await refresh(tokens.refresh, browser, showOther), 400, 'invalid_grant');
      expect((await refresh(tokens.refresh, browser, () => ({}))).status).to.equal(400);
      if (!binding().revocableByAnyone) {
        for (const token of [tokens.access, tokens.refresh])
          expectError(
            await send('/oauth2/revoke', browser, { token }, showOther),
            400,
            'access_denied',
            'Valid token binding value not present in the request.',
          );
      }
      expect(await call(tokens.access, browser, subject.show)).to.equal(200);
      tokensOf(await refresh(tokens.refresh, browser, subject.show));
    });

    it('gives independent tokens for each value', async () => {
      const [one, other] = [await bound(), await bound()];
      await send('/oauth2/revoke', one.browser, { token: one.tokens.access }, subject.show);
      expect(await app.isActive(one.tokens.access)).to.equal(false);
      expect(await app.isActive(other.tokens.access)).to.equal(true);
    });
  });
}
