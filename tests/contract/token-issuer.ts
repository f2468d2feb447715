import { expect } from 'chai';
import type { AccessTokenContent } from '#core/oauth';
import { ClientServiceToken } from '../../core/oauth/clients/client.service.js';
import { TokenIssuerRegistryToken } from '../../core/oauth/tokens/access-tokens.js';
import { createApp, superPlace, type TestApp, tokensOf } from '../support/oauth-client.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

const hostile = [
  '',
  ' ',
  '.',
  '..',
  'a.b.c',
  '\0',
  '__proto__',
  'é',
  'x'.repeat(9000),
  `${'a'.repeat(43)}.`,
  'e30.e30.e30',
  'null',
];

/** What every token issuer has to keep, whoever wrote it. @param type value of `accessToken.type` */
export function tokenIssuerContract(type: string): void {
  describe(`the contract of token issuers, kept by ${type}`, () => {
    let server: TestServer;
    let app: TestApp;
    before(async () => {
      server = await startTestServer();
      app = await createApp(server, { client: { accessToken: { type }, grantTypes: ['client_credentials'] } });
    });
    after(() => server?.stop());
    const issuer = () => server.server.container.get(TokenIssuerRegistryToken).get(type);
    const organization = { id: superPlace.orgId, handle: 'carbon.super', name: 'Super', prefix: '' };

    async function content(): Promise<AccessTokenContent> {
      const client = await server.server.container.get(ClientServiceToken).find(superPlace.orgId, app.id);
      if (!client) throw new Error('the client is gone');
      const now = Date.now();
      return Object.freeze({
        organization,
        issuer: `${server.origin}/oauth2/token`,
        client,
        person: undefined,
        grantType: 'client_credentials',
        confirmation: undefined,
        subject: app.id,
        scopes: ['one', 'two'],
        audience: [app.id],
        subjectType: 'APPLICATION' as const,
        issuedAt: now,
        expiresAt: now + 60_000,
        scopeAsArray: false,
        attributes: { sub: 'someone else', iss: 'https://evil.example', exp: 1, aut: 'APPLICATION_USER' },
      });
    }

    it('stands under its own type', () => {
      expect(issuer().type).to.equal(type);
    });

    it('knows its own tokens again, by the id that it gave', async () => {
      const { token, id } = await issuer().issue(await content());
      expect((await issuer().identify(token, organization))?.id).to.equal(id);
      expect((await issuer().identify(token, organization))?.id).to.equal(id);
    });

    it('of a series, tells which token it is, when it replaces', async () => {
      if (issuer().onRepetition !== 'replace') return;
      const series = { ...(await content()), series: 'a1'.repeat(32) };
      const [one, other] = [await issuer().issue(series), await issuer().issue(series)];
      expect(one.id).to.equal(other.id);
      expect(one.serial).to.be.a('string').and.not.equal(other.serial);
      for (const { token, id, serial } of [one, other])
        expect(await issuer().identify(token, organization)).to.include({ id, serial });
      expect((await issuer().issue({ ...series, series: 'b2'.repeat(32) })).id).not.to.equal(one.id);
    });

    it('makes tokens that fit into a header, and ids that are no secret', async () => {
      const { token, id } = await issuer().issue(await content());
      expect(token).to.match(/^[\w.~+/-]+=*$/);
      expect(token.length).to.be.within(22, 8192);
      expect(id.length).to.be.within(16, 128);
      expect(id).not.to.contain(token);
      expect((await issuer().identify(id, organization))?.id).not.to.equal(id);
    });

    it('never makes the same twice, however many are asked for at once', async () => {
      const one = await content();
      const made = await Promise.all(Array.from({ length: 50 }, async () => issuer().issue(one)));
      expect(new Set(made.map(({ token }) => token)).size).to.equal(50);
      expect(new Set(made.map(({ id }) => id)).size).to.equal(50);
    });

    it('does not know what it has not made, and does not throw', async () => {
      const { token } = await issuer().issue(await content());
      const like = [token.slice(1), `${token}x`, token.toUpperCase(), ` ${token}`, token.split('').reverse().join('')];
      const known = (await issuer().identify(token, organization))?.id;
      for (const other of [...hostile, ...like])
        expect((await issuer().identify(other, organization))?.id, other.slice(0, 30)).not.to.equal(known);
    });

    it('is good for the whole way: issued, active, revoked', async () => {
      const { access } = tokensOf(await app.token({ grant_type: 'client_credentials' }));
      expect((await app.introspect(access)).body).to.include({ active: true, sub: app.id, aut: 'APPLICATION' });
      await app.revoke(access);
      expect((await app.introspect(access)).body).to.deep.equal({ active: false });
    });
  });
}
