import { expect } from 'chai';
import { addStore, slapdStore } from '../support/directory-stores.js';
import { eventually } from '../support/eventually.js';
import { createApp, createUser, type TestApp, USER_PASSWORD } from '../support/oauth-client.js';
import { skipWithout } from '../support/services.js';
import { type PrivateSlapd, privateSlapd } from '../support/slapd.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

/** Requests that each of the two kinds of users have under way at once. */
const ABREAST = 4;

/** How long anything may take on a machine that is busy with other tests, in milliseconds. */
const PATIENCE = 40_000;

describe('a directory that dies under load', function () {
  this.timeout(180_000);
  let slapd: PrivateSlapd;
  let server: TestServer;
  let app: TestApp;
  before(async function () {
    skipWithout(this, 'slapd');
    slapd = await privateSlapd();
    server = await startTestServer({
      toml: '[user_store_commons]\nenable_circuit_breaker = true\nmin_connection_retry_delay_in_milliseconds = 100',
    });
    const store = slapdStore(slapd);
    const limits = { LDAPConnectionTimeout: '1000', ReadTimeout: '1000', ConnectionRetryDelay: '100' };
    await addStore(server, 'CORP', { ...store, properties: { ...store.properties, ...limits } });
    app = await createApp(server, { client: { grantTypes: ['password'] } });
    await createUser(server, 'local');
    await createUser(server, 'CORP/remote', { givenname: ['Remote'] });
  });
  after(async () => {
    await server?.stop();
    await slapd?.stop();
  });

  const signIn = (username: string) => app.token({ grant_type: 'password', username, password: USER_PASSWORD });

  /** Signs in again and again until it is told to end; answers with how often each status came. */
  function load(username: string) {
    const counts = new Map<number, number>();
    const texts = new Set<string>();
    let goesOn = true;
    const one = async () => {
      while (goesOn) {
        const { status, text } = await signIn(username);
        counts.set(status, (counts.get(status) ?? 0) + 1);
        if (status !== 200) texts.add(text);
      }
    };
    const workers = Array.from({ length: ABREAST }, one);
    return {
      counts,
      texts,
      async end() {
        goesOn = false;
        await Promise.all(workers);
      },
    };
  }

  for (const [how, strike, heal] of [
    ['is killed', () => slapd.kill(), () => slapd.restart()],
    ['is stopped and answers nothing', () => slapd.pause(), () => slapd.resume()],
  ] as const)
    it(`and ${how}: its users hear so, others sign in, and all goes on when it is back`, async () => {
      const [local, remote] = [load('local'), load('CORP/remote')];
      const has = (counts: ReadonlyMap<number, number>, status: number, least: number) => async () =>
        (counts.get(status) ?? 0) >= least;
      await eventually('answers of some', has(local.counts, 200, 5), PATIENCE);
      await eventually('answers of others', has(remote.counts, 200, 5), PATIENCE);
      await strike();
      await eventually('refusals', has(remote.counts, 503, 10), PATIENCE);
      const before = local.counts.get(200) ?? 0;
      await eventually('sign-ins of others meanwhile', has(local.counts, 200, before + 20), PATIENCE);
      const health = await server.fetch('/api/health-check/v1.0/health');
      expect(await health.text()).not.to.match(/127\.0\.0\.1|localhost:\d|dc=/);
      await heal();
      const known = remote.counts.get(200) ?? 0;
      await eventually('sign-ins of its users again', has(remote.counts, 200, known + 10), PATIENCE);
      await Promise.all([local.end(), remote.end()]);
      expect([...local.counts.keys()], 'others never notice').to.deep.equal([200]);
      expect([...remote.counts.keys()].sort()).to.deep.equal([200, 503]);
      for (const text of remote.texts) {
        expect(JSON.parse(text)).to.have.property('error', 'temporarily_unavailable');
        expect(text).not.to.match(/127\.0\.0\.1|ou=|dc=|ECONN|at .*\.js/);
      }
    });
});
