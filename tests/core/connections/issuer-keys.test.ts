import { expect } from 'chai';
import { CompactSign, FlattenedSign, importPKCS8, SignJWT } from 'jose';
import { ConnectionsToken, IssuerKeysToken, type IssuerSignatureError } from '#core/connections';
import { SUPER_ORGANIZATION } from '#core/organizations';
import { createSigningMaterial } from '../../../core/crypto/certificates.js';
import { failureOf } from '../../support/failures.js';
import { issuerKey, KeyEndpoint, MAY_ASK_HERE } from '../../support/key-endpoint.js';
import { startTestServer, type TestServer } from '../../support/test-server.js';
import { type Json, providersAs } from './provider-api.js';

const { id: orgId } = SUPER_ORGANIZATION;
const YEARS = 365 * 86_400_000;
const iss = 'https://issuer.example';

/** A key with a certificate, and a way to sign. */
async function certified(algorithm: 'RS256' | 'ES256', made = Date.now()) {
  const { privateKey, certificate } = await createSigningMaterial(algorithm, 'issuer', made);
  const key = await importPKCS8(privateKey, algorithm);
  const sign = (claims: Json, header: Json = {}) =>
    new SignJWT(claims).setProtectedHeader({ alg: algorithm, ...header }).sign(key);
  return { certificate, sign };
}

describe('keys of identity providers', () => {
  let server: TestServer;
  let count = 0;
  const connections = () => server.server.container.get(ConnectionsToken);

  before(async function () {
    this.timeout(60_000);
    server = await startTestServer({ toml: MAY_ASK_HERE });
  });
  after(() => server.stop());

  /** Makes an identity provider; returns a look at tokens of it. */
  const trusting = async (certificate: Json, on = server) => {
    const id = await providersAs(on).make(`Issuer ${++count}`, { idpIssuerName: `${iss}/${count}`, certificate });
    const issuer = `${iss}/${count}`;
    const idp = await on.server.container.get(ConnectionsToken).find(orgId, id);
    if (!idp) throw new Error('it is not there');
    const keys = on.server.container.get(IssuerKeysToken);
    const verify = (jwt: string) => keys.verify(idp, jwt);
    const reason = async (jwt: string) => ((await failureOf(() => verify(jwt))) as IssuerSignatureError).reason;
    return { id, issuer, verify, reason };
  };

  for (const alg of ['RS256', 'RS512', 'PS384', 'ES256', 'ES384', 'ES512', 'EdDSA'])
    it(`takes ${alg} by the keys at an address`, async () => {
      const key = await issuerKey(alg, 'k');
      const endpoint = await KeyEndpoint.start(key.jwk);
      const { issuer, verify } = await trusting({ jwksUri: endpoint.url });
      const { claims, header } = await verify(await key.sign({ iss: issuer, sub: 'u', exp: 1 }));
      expect([claims.sub, header.alg, claims.exp], 'an old one too').to.deep.equal(['u', alg, 1]);
      endpoint.stop();
    });

  it('takes what one of several certificates fits, whatever the token calls its key', async () => {
    const [rsa, ec, more] = await Promise.all([certified('RS256'), certified('ES256'), certified('RS256')]);
    const base64 = Buffer.from(more.certificate).toString('base64');
    const { issuer, verify, reason } = await trusting({ certificates: [rsa.certificate, ec.certificate, base64] });
    for (const { sign } of [rsa, ec, more])
      expect((await verify(await sign({ iss: issuer, sub: 'u' }, { kid: 'any' }))).claims.sub).to.equal('u');
    const other = await certified('RS256');
    expect(await reason(await other.sign({ iss: issuer }))).to.equal('signature');
    const only = await trusting({ certificates: [ec.certificate] });
    expect(await only.reason(await rsa.sign({ iss: only.issuer }))).to.equal('signature');
  });

  it('refuses what is not signed, or with what everybody knows', async () => {
    const { certificate } = await certified('RS256');
    const { issuer, reason } = await trusting({ certificates: [certificate] });
    const part = (value: Json) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const unsigned = `${part({ alg: 'none' })}.${part({ iss: issuer })}.`;
    expect(await reason(unsigned)).to.equal('algorithm');
    for (const alg of ['HS256', 'HS512']) {
      const jwt = await new SignJWT({ iss: issuer })
        .setProtectedHeader({ alg })
        .sign(Buffer.from(certificate.padEnd(64)));
      expect(await reason(jwt), alg).to.equal('algorithm');
    }
    for (const jwt of ['', 'nonsense', 'a.b.c', '..', `${part({ alg: 'RS256' })}.${part({})}`, 'a.b.c.d.e', '\0.\0.\0'])
      expect(await reason(jwt), jwt).to.equal('malformed');
  });

  it('refuses a token that was changed, or that names another issuer', async () => {
    const { certificate, sign } = await certified('ES256');
    const { issuer, reason, verify } = await trusting({ certificates: [certificate] });
    const jwt = await sign({ iss: issuer, sub: 'u' });
    const [header, , signature] = jwt.split('.');
    const forged = Buffer.from(JSON.stringify({ iss: issuer, sub: 'admin' })).toString('base64url');
    expect(await reason(`${header}.${forged}.${signature}`)).to.equal('signature');
    for (const wrong of [`${issuer}x`, '', undefined])
      expect(await reason(await sign({ iss: wrong }))).to.equal('signature');
    expect((await verify(jwt)).claims.sub).to.equal('u');
  });

  it('refuses signed things that are no JWT', async () => {
    const { privateKey, certificate } = await createSigningMaterial('ES256', 'issuer', Date.now());
    const { reason } = await trusting({ certificates: [certificate] });
    const key = await importPKCS8(privateKey, 'ES256');
    for (const payload of ['', 'text', '[]', 'null', '"x"', '7'])
      expect(
        await reason(await new CompactSign(Buffer.from(payload)).setProtectedHeader({ alg: 'ES256' }).sign(key)),
        payload,
      ).to.equal('malformed');
    const invalid = await new CompactSign(new Uint8Array([0x7b, 0xff, 0x7d]))
      .setProtectedHeader({ alg: 'ES256' })
      .sign(key);
    expect(await reason(invalid)).to.equal('malformed');
  });

  it('refuses claims that are signed without being encoded', async () => {
    const { privateKey, certificate } = await createSigningMaterial('ES256', 'issuer', Date.now());
    const { issuer, reason } = await trusting({ certificates: [certificate] });
    const claims = JSON.stringify({ iss: issuer }).replaceAll('.', '\\u002e');
    const signed = await new FlattenedSign(Buffer.from(claims))
      .setProtectedHeader({ alg: 'ES256', b64: false, crit: ['b64'] })
      .sign(await importPKCS8(privateKey, 'ES256'));
    expect(await reason(`${signed.protected}.${claims}.${signed.signature}`)).to.equal('malformed');
  });

  it('takes a certificate only while it is valid, unless told otherwise', async function () {
    this.timeout(60_000);
    const [expired, valid] = await Promise.all([certified('ES256', Date.now() - 11 * YEARS), certified('ES256')]);
    const early = await certified('ES256', Date.now() + YEARS);
    const one = await trusting({ certificates: [expired.certificate, early.certificate] });
    expect(await one.reason(await expired.sign({ iss: one.issuer }))).to.equal('no_keys');
    const two = await trusting({ certificates: [expired.certificate, valid.certificate] });
    expect(await two.reason(await expired.sign({ iss: two.issuer }))).to.equal('signature');
    await two.verify(await valid.sign({ iss: two.issuer }));
    const toml = '[oauth.jwks_endpoint]\nenforce_certificate_expiry_time_validity = false';
    const lenient = await startTestServer({ toml });
    try {
      const three = await trusting({ certificates: [expired.certificate] }, lenient);
      await three.verify(await expired.sign({ iss: three.issuer }));
    } finally {
      await lenient.stop();
    }
  });

  it('goes by the address first; by certificates where addresses are switched off', async function () {
    this.timeout(60_000);
    const [remote, local] = await Promise.all([issuerKey('ES256'), certified('ES256')]);
    const endpoint = await KeyEndpoint.start(remote.jwk);
    const certificate = { jwksUri: endpoint.url, certificates: [local.certificate] };
    const one = await trusting(certificate);
    await one.verify(await remote.sign({ iss: one.issuer }));
    expect(await one.reason(await local.sign({ iss: one.issuer }))).to.equal('signature');
    endpoint.stop();
    const shut = await startTestServer({ toml: '[oauth.jwks_endpoint]\nenable = false' });
    try {
      const two = await trusting(certificate, shut);
      await two.verify(await local.sign({ iss: two.issuer }));
      expect(await two.reason(await remote.sign({ iss: two.issuer }))).to.equal('signature');
      expect(endpoint.count).to.equal(1);
    } finally {
      await shut.stop();
    }
  });

  it('says when there are no keys', async () => {
    const { sign } = await certified('ES256');
    const none = await trusting({});
    expect(await none.reason(await sign({ iss: none.issuer }))).to.equal('no_keys');
    const unreachable = await trusting({ jwksUri: 'https://10.0.0.1/jwks' });
    expect(await unreachable.reason(await sign({ iss: unreachable.issuer }))).to.equal('no_keys');
  });

  it('goes by what an identity provider has now, not by what it had', async () => {
    const [before, after] = await Promise.all([certified('ES256'), certified('ES256')]);
    const { id, issuer, verify } = await trusting({ certificates: [before.certificate] });
    await verify(await before.sign({ iss: issuer }));
    await providersAs(server).replace(id, '/certificate/certificates/0', after.certificate);
    const idp = await connections().findByIssuer(orgId, issuer);
    if (!idp) throw new Error('it is not there');
    const keys = server.server.container.get(IssuerKeysToken);
    await keys.verify(idp, await after.sign({ iss: issuer }));
    await failureOf(() => before.sign({ iss: issuer }).then((jwt) => keys.verify(idp, jwt)));
  });
});
