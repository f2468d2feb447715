import { expect } from 'chai';
import { type HeldClock, heldClock } from '../../../support/held-clock.js';
import { startTestServer, type TestServer } from '../../../support/test-server.js';
import { type ApiFailure, tenantAdministrator } from '../../applications/application-api.js';
import { secretsAs, tokenBy } from './client-secret-client.js';

describe('several secrets of a client', () => {
  let server: TestServer;
  let clock: HeldClock;
  let app: ReturnType<typeof secretsAs>;

  before(async function () {
    this.timeout(60_000);
    clock = heldClock();
    server = await startTestServer({ clock });
    app = secretsAs(server);
  });
  after(() => server?.stop());

  const inSeconds = (seconds: number) => Math.floor(clock.now() / 1000) + seconds;
  const pass = (seconds: number) => clock.advance(seconds * 1000);
  const statusOf = async (clientId: string, secret: string) => (await tokenBy(server, clientId, secret)).status;
  const isLive = async (token: string) => {
    const headers = { authorization: server.admin, 'content-type': 'application/x-www-form-urlencoded' };
    const response = await server.fetch('/oauth2/introspect', { method: 'POST', headers, body: `token=${token}` });
    return ((await response.json()) as { active: boolean }).active;
  };

  describe('as they are made', () => {
    it('each of them lets the client in, in the header and in the body', async () => {
      const { id, clientId, first } = await app.make();
      const { secretValue: second, ...made } = await app.added(id);
      expect(second)
        .to.match(/^\w{28}$/)
        .and.not.equal(first);
      expect(made).to.include({ expiresAt: 0, createdAt: inSeconds(0), status: 'ACTIVE', latest: true });
      for (const by of ['basic', 'post'] as const)
        for (const secret of [first, second])
          expect((await tokenBy(server, clientId, secret, by)).status).to.equal(200);
      for (const by of ['basic', 'post'] as const)
        for (const wrong of ['', 'wrong', `${second}x`, second.slice(1), first + second, `${first} ${second}`]) {
          const { status, body } = await tokenBy(server, clientId, wrong, by);
          expect([status, body['error']]).to.deep.equal([401, 'invalid_client']);
        }
    });

    it('tokens of before stay good, and so does the answer about where the new one is', async () => {
      const { id, clientId, first } = await app.make();
      const { access_token: token = '' } = (await tokenBy(server, clientId, first)).body;
      pass(1);
      const { headers, body } = await app.add(id, {});
      const path = `/api/server/v1/applications${app.pathOf(id)}/secrets/${body.secretId}`;
      expect(headers.get('location')).to.equal(`${server.origin}${path}`);
      expect(await isLive(token)).to.equal(true);
      expect((await app.remove(id, (await app.list(id))[0]?.secretId ?? '')).status).to.equal(204);
      expect(await isLive(token), 'the secret that it came by has gone').to.equal(true);
    });

    it('there are two, and the refusal of a third says what to do', async () => {
      const { id, clientId, first } = await app.make();
      await app.added(id);
      const { status, body } = await app.add(id);
      expect([status, body.code]).to.deep.equal([409, 'OAUTH-60010']);
      expect(body.description)
        .to.match(/delete one/)
        .and.contain('max_secret_count');
      expect(await app.list(id)).to.have.length(2);
      expect(await statusOf(clientId, first)).to.equal(200);
    });

    it('of those that are made at once only as many are made as may be', async () => {
      const { id } = await app.make();
      const answers = await Promise.all([1, 2, 3, 4].map(() => app.add(id)));
      expect(answers.map(({ status }) => status).sort()).to.deep.equal([201, 409, 409, 409]);
      expect(await app.list(id)).to.have.length(2);
    });

    const never: [string, unknown][] = [
      ['no body', undefined],
      ['an empty object', {}],
      ['0', { expiresAt: 0 }],
      ['null', { expiresAt: null }],
    ];
    for (const [title, body] of never)
      it(`${title} makes one that never expires`, async () => {
        const { id } = await app.make();
        const answer = await app.add(id, body);
        expect([answer.status, answer.body.expiresAt], JSON.stringify(answer.body)).to.deep.equal([201, 0]);
      });

    const refused: [string, () => unknown, RegExp][] = [
      ['a time in the past', () => ({ expiresAt: inSeconds(-1) }), /expiresAt: .*not in the future/],
      ['the present', () => ({ expiresAt: inSeconds(0) }), /expiresAt: .*not in the future/],
      ['a negative time', () => ({ expiresAt: -1 }), /expiresAt: .*not in the future/],
      ['milliseconds', () => ({ expiresAt: clock.now() + 60_000 }), /hundred years.*seconds/],
      ['the end of all numbers', () => ({ expiresAt: Number.MAX_SAFE_INTEGER }), /hundred years/],
      ['more than all numbers', () => ({ expiresAt: 1e300 }), /expiresAt/],
      ['half a second', () => ({ expiresAt: inSeconds(60) + 0.5 }), /expiresAt/],
      ['a text', () => ({ expiresAt: String(inSeconds(60)) }), /expiresAt/],
      ['a date', () => ({ expiresAt: new Date(clock.now() + 60_000).toISOString() }), /expiresAt/],
      ['a value of the own choice', () => ({ secretValue: 'my-own-secret' }), /secretValue/],
      ['a list', () => [], /./],
      ['no JSON', () => '{', /JSON/],
    ];
    for (const [title, body, text] of refused)
      it(`${title} is refused`, async () => {
        const { id } = await app.make();
        const answer = await app.add(id, body());
        expect([answer.status, answer.body.code], JSON.stringify(answer.body)).to.deep.equal([400, 'OAUTH-60001']);
        expect(answer.body.description).to.match(text);
        expect(await app.list(id)).to.have.length(1);
      });
  });

  describe('as they are shown', () => {
    it('values are nowhere but in the answer that made them', async () => {
      const { id, first } = await app.make();
      const { secretValue, ...second } = await app.added(id, inSeconds(60));
      const [older, newer, ...others] = await app.list(id);
      expect(others).to.deep.equal([]);
      expect(newer).to.deep.equal(second);
      expect(older).to.include({ expiresAt: 0, status: 'ACTIVE', latest: false }).and.not.have.property('secretValue');
      expect((await app.one(id, second.secretId)).body).to.deep.equal(second);
      const { body } = await app.api.get(app.pathOf(id));
      expect(body).to.include({ clientSecretExpiresAt: second.expiresAt, multipleClientSecretsConfigured: true });
      expect(body).to.not.have.property('clientSecret');
      const text = JSON.stringify([await app.list(id), body, server.logs]);
      for (const value of [first, secretValue]) expect(text).to.not.contain(value);
    });

    it('a client with one says so in its configuration', async () => {
      const { id } = await app.make();
      const { body } = await app.api.get(app.pathOf(id));
      expect(body).to.include({ clientSecretExpiresAt: 0, multipleClientSecretsConfigured: false });
    });

    it('one that is not there is not found, nor one of another application or tenant', async () => {
      const { id } = await app.make();
      const other = await app.make();
      const { secretId } = await app.added(other.id);
      for (const wrong of ['x', '7a5e5a3e-1111-4222-8333-444455556666', '__proto__', `${secretId}'--`, secretId])
        for (const answer of [await app.one(id, wrong), await app.remove(id, wrong)])
          expect([answer.status, answer.body.code]).to.deep.equal([404, 'OAUTH-60009']);
      const far = secretsAs(server, await tenantAdministrator(server, 'far.example'));
      const path = `${app.pathOf(other.id)}/secrets`;
      const answers = [
        await far.add(other.id),
        await far.api.get<ApiFailure>(path),
        await far.one(other.id, secretId),
        await far.remove(other.id, secretId),
      ];
      for (const { status, body } of answers) expect([status, body.code]).to.deep.equal([404, 'APP-60006']);
      expect(await app.list(other.id)).to.have.length(2);
    });

    it('an application without the protocol has none', async () => {
      const id = await app.api.make('no protocol');
      const path = `${app.pathOf(id)}/secrets`;
      for (const answer of [await app.add(id), await app.api.get<ApiFailure>(path), await app.remove(id, 'x')])
        expect([answer.status, answer.body.code]).to.deep.equal([404, 'APP-60502']);
    });

    it('a public client has none and gets none', async () => {
      const oidc = { grantTypes: ['authorization_code'], callbackURLs: ['https://app.example.com/cb'] };
      const { id } = await app.make({ ...oidc, publicClient: true });
      expect(await app.list(id)).to.deep.equal([]);
      const { status, body } = await app.add(id);
      expect([status, body.code]).to.deep.equal([400, 'OAUTH-60001']);
      expect(body.description).to.contain('public client');
    });
  });

  describe('as they expire', () => {
    it('one lets the client in until its second has come, and the others after it', async () => {
      const { id, clientId, first } = await app.make();
      const { secretValue: second, secretId } = await app.added(id, inSeconds(60));
      pass(58);
      expect(await statusOf(clientId, second)).to.equal(200);
      pass(2);
      const { status, body } = await tokenBy(server, clientId, second);
      expect([status, body['error']]).to.deep.equal([401, 'invalid_client']);
      expect(await statusOf(clientId, first)).to.equal(200);
      const [older, newer] = await app.list(id);
      expect(older).to.include({ status: 'ACTIVE', latest: true });
      expect(newer).to.include({ status: 'EXPIRED', latest: false, secretId });
      const shown = (await app.api.get(app.pathOf(id))).body;
      expect(shown).to.include({ clientSecretExpiresAt: 0, multipleClientSecretsConfigured: true });
    });

    it('what has expired does not count: it makes room for another', async () => {
      const { id, clientId, first } = await app.make();
      const brief = await app.added(id, inSeconds(10));
      expect((await app.add(id)).status).to.equal(409);
      pass(10);
      const third = await app.added(id);
      const ids = (await app.list(id)).map(({ secretId }) => secretId);
      expect(ids).to.include(third.secretId).and.not.include(brief.secretId);
      expect(ids).to.have.length(2);
      expect(await statusOf(clientId, first)).to.equal(200);
      expect(await statusOf(clientId, third.secretValue)).to.equal(200);
      expect(await statusOf(clientId, brief.secretValue)).to.equal(401);
      expect((await app.add(id)).status).to.equal(409);
    });

    it('a client whose secrets have all expired gets a new one, and can be rid of the old ones', async () => {
      const { id, clientId, first } = await app.make({ clientSecretExpiresAt: inSeconds(30) });
      expect(await statusOf(clientId, first)).to.equal(200);
      pass(30);
      expect(await statusOf(clientId, first)).to.equal(401);
      const [only] = await app.list(id);
      expect(only).to.include({ status: 'EXPIRED', latest: false, expiresAt: inSeconds(0) });
      const shown = (await app.api.get(app.pathOf(id))).body;
      expect(shown).to.include({ clientSecretExpiresAt: inSeconds(0), multipleClientSecretsConfigured: false });
      const { secretValue } = await app.added(id);
      expect(await statusOf(clientId, secretValue)).to.equal(200);
      expect((await app.remove(id, only?.secretId ?? '')).status).to.equal(204);
      expect(await app.list(id)).to.have.length(1);
    });
  });

  describe('as they are deleted', () => {
    it('one is of no use any more, at once; the others are', async () => {
      const { id, clientId, first } = await app.make();
      const { secretValue: second } = await app.added(id);
      const [older] = await app.list(id);
      expect((await app.remove(id, older?.secretId ?? '')).status).to.equal(204);
      expect(await statusOf(clientId, first)).to.equal(401);
      expect(await statusOf(clientId, second)).to.equal(200);
      expect((await app.remove(id, older?.secretId ?? '')).status).to.equal(404);
      expect((await app.added(id)).latest).to.equal(true);
    });

    it('the newest that has not expired stays, whether it is the only one or not', async () => {
      const { id, clientId, first } = await app.make();
      const latest = async () => (await app.list(id)).find((secret) => secret.latest)?.secretId ?? '';
      const expectRefused = async () => {
        const { status, body } = await app.remove(id, await latest());
        expect([status, body.code]).to.deep.equal([409, 'OAUTH-60011']);
        expect(body.description).to.contain('create another');
      };
      await expectRefused();
      const brief = await app.added(id, inSeconds(5));
      expect(await latest()).to.equal(brief.secretId);
      await expectRefused();
      pass(5);
      expect(await latest()).to.not.equal(brief.secretId);
      await expectRefused();
      expect((await app.remove(id, brief.secretId)).status).to.equal(204);
      expect(await statusOf(clientId, first)).to.equal(200);
    });

    it('of two that delete each other’s secret at once one stays', async () => {
      const { id } = await app.make();
      await app.added(id);
      const ids = (await app.list(id)).map(({ secretId }) => secretId);
      const answers = await Promise.all(ids.map((secretId) => app.remove(id, secretId)));
      expect(answers.map(({ status }) => status).sort()).to.deep.equal([204, 409]);
      expect(await app.list(id)).to.have.length(1);
    });
  });
});
