import { expect } from 'chai';
import { jwtVerify } from 'jose';
import { type RemoteKeySets, RemoteKeySetsToken } from '#core/connections';
import { failureOf } from '../../support/failures.js';
import { heldClock } from '../../support/held-clock.js';
import { type IssuerKey, issuerKey, KeyEndpoint, MAY_ASK_HERE } from '../../support/key-endpoint.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';

const algorithms = ['RS256', 'ES256', 'EdDSA'];

describe('keys of others', () => {
  const clock = heldClock();
  let server: TestServer;
  let sets: RemoteKeySets;
  let one: IssuerKey;
  let two: IssuerKey;
  let endpoint: KeyEndpoint;

  const verify = (jwt: string, url = endpoint.url) =>
    sets.verify(url, async (key) => (await jwtVerify(jwt, key, { algorithms })).payload.sub);
  const failure = async (jwt: string) => ((await failureOf(() => verify(jwt))) as Error & { code: string }).code;

  before(async () => {
    server = await startTestServer({ clock, toml: `${MAY_ASK_HERE}\n[oauth.jwks_endpoint]\nsize_limit_bytes = 4096` });
    sets = server.server.container.get(RemoteKeySetsToken);
    [one, two] = await Promise.all([issuerKey('RS256', 'one'), issuerKey('RS256', 'two')]);
  });
  after(() => server.stop());
  beforeEach(async () => {
    endpoint = await KeyEndpoint.start(one.jwk);
  });
  afterEach(() => endpoint.stop());

  it('checks a signature, and asks once for ten minutes, however many come at once', async () => {
    const jwt = await one.sign({ sub: 'u' });
    expect(await Promise.all([verify(jwt), verify(jwt), verify(jwt)])).to.deep.equal(['u', 'u', 'u']);
    clock.advance(9 * 60_000);
    await verify(jwt);
    expect(endpoint.count).to.equal(1);
    clock.advance(61_000);
    await verify(jwt);
    expect(endpoint.count).to.equal(2);
  });

  it('finds a new key by itself, and no longer takes the one that it has replaced', async () => {
    await verify(await one.sign({ sub: 'u' }));
    endpoint.publish(two.jwk);
    clock.advance(31_000);
    expect(await verify(await two.sign({ sub: 'v' }))).to.equal('v');
    expect(endpoint.count).to.equal(2);
    expect(await failure(await one.sign({}))).to.equal('ERR_JWKS_NO_MATCHING_KEY');
  });

  it('finds a new key of the same name', async () => {
    await verify(await one.sign({ sub: 'u' }));
    endpoint.publish({ ...two.jwk, kid: 'one' });
    clock.advance(31_000);
    expect(await verify(await two.sign({ sub: 'v' }, { kid: 'one' }))).to.equal('v');
  });

  it('asks again for unknown keys at most every thirty seconds', async () => {
    await verify(await one.sign({ sub: 'u' }));
    for (let count = 0; count < 5; count++)
      expect(await failure(await two.sign({}, { kid: `garbage-${count}` }))).to.equal('ERR_JWKS_NO_MATCHING_KEY');
    expect(endpoint.count).to.equal(1);
    clock.advance(31_000);
    for (let count = 0; count < 5; count++) await failure(await two.sign({}, { kid: `more-${count}` }));
    expect(endpoint.count).to.equal(2);
    expect(await verify(await one.sign({ sub: 'u' }))).to.equal('u');
  });

  it('tries all keys that fit when neither they nor the token have names', async () => {
    const [a, b, c] = await Promise.all([issuerKey('ES256'), issuerKey('ES256'), issuerKey('ES256')]);
    endpoint.publish(a.jwk, b.jwk);
    expect(await verify(await b.sign({ sub: 'b' }))).to.equal('b');
    expect(await failure(await c.sign({}))).to.equal('ERR_JWS_SIGNATURE_VERIFICATION_FAILED');
  });

  it('goes on with the keys it knows for an hour when the address is down, then no longer', async () => {
    const jwt = await one.sign({ sub: 'u', exp: 4_000_000_000 });
    await verify(jwt);
    endpoint.status = 503;
    clock.advance(11 * 60_000);
    expect(await verify(jwt)).to.equal('u');
    expect(await verify(jwt)).to.equal('u');
    expect(endpoint.count, 'left alone for a while').to.equal(2);
    clock.advance(50 * 60_000);
    expect(await failure(jwt)).to.equal('key_set_unavailable');
    endpoint.status = 200;
    clock.advance(6_000);
    expect(await verify(jwt)).to.equal('u');
  });

  it('refuses what is too large, no key set, or a redirect', async () => {
    const jwt = await one.sign({});
    const refused = async (code: string) => {
      clock.advance(6_000);
      expect(await failure(jwt)).to.equal(code);
    };
    endpoint.publish(one.jwk, { kty: 'RSA', n: 'x'.repeat(4096) });
    await refused('key_set_unavailable');
    for (const body of [
      '',
      '[]',
      '{"keys":{}}',
      '{"keys":[1]}',
      `{"keys":[${'{"kty":"EC"},'.repeat(100)}{"kty":"EC"}]}`,
    ]) {
      endpoint.body = body;
      await refused('key_set_invalid');
    }
    endpoint.publish(one.jwk);
    endpoint.status = 302;
    await refused('key_set_unavailable');
  });

  it('never takes secrets or private keys for public ones', async () => {
    endpoint.publish({ kty: 'oct', k: 'c2VjcmV0', kid: 's' }, { ...one.jwk, d: 'AQAB', kid: 'p' }, two.jwk);
    expect((await sets.read(endpoint.url)).keys).to.deep.equal([two.jwk]);
    expect(await failure(await one.sign({}, { kid: 'p' }))).to.equal('ERR_JWKS_NO_MATCHING_KEY');
  });

  it('refuses a key that is too short as a signature that is no good', async () => {
    endpoint.publish({ ...one.jwk, n: (one.jwk.n ?? '').slice(0, 171) });
    expect(await failure(await one.sign({}))).to.equal('ERR_JWS_SIGNATURE_VERIFICATION_FAILED');
  });

  it('does not ask addresses in private networks', async () => {
    const error = await failureOf(() => sets.read('https://10.0.0.1/jwks'));
    expect(String(error)).to.match(/private_hosts/);
  });
});
