import { createHash, createHmac, X509Certificate } from 'node:crypto';
import { expect } from 'chai';
import { createLocalJWKSet, decodeProtectedHeader, type JSONWebKeySet, jwtVerify, UnsecuredJWT } from 'jose';
import { KeySets, openSecretBox } from '#core/crypto';
import { ConfigurationCaches } from '#core/persistence';
import { SigningKey2026112100010 } from '../../../core/crypto/migrations/0001-signing-key.js';
import { SigningKeyEntity } from '../../../core/crypto/signing-key.entity.js';
import {
  type DatabaseNode,
  type DatabasePlace,
  databaseKinds,
  databasePlace,
  openNode,
} from '../../support/databases.js';
import { failureOf } from '../../support/failures.js';
import { heldClock } from '../../support/held-clock.js';
import { keptLog } from '../../support/log-lines.js';
import { persistenceSchema } from '../../support/persistence-schema.js';
import { skipWithout } from '../../support/services.js';

const [ORG, OTHER] = ['00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002'];
const DAY = 86_400_000;
const schema = {
  entities: [...persistenceSchema.entities, SigningKeyEntity],
  migrations: [...persistenceSchema.migrations, SigningKey2026112100010],
};

for (const kind of databaseKinds) {
  describe(`the keys of an organization (${kind})`, () => {
    let place: DatabasePlace;
    let node: DatabaseNode;
    let keys: KeySets;
    const clock = heldClock();
    const box = openSecretBox('unused', { GATEHOUSE_MASTER_KEY: 'ab'.repeat(32) });
    const open = (over = box) =>
      new KeySets(node.database, new ConfigurationCaches(node.database, clock, keptLog().logger), over, clock);
    before(async function () {
      skipWithout(this, kind);
      place = await databasePlace(kind);
      node = await openNode(place, schema);
    });
    beforeEach(() => {
      keys = open();
    });
    after(async () => {
      await node?.close();
      await place?.drop();
    });

    it('are made once, also when many ask at once', async () => {
      await Promise.all([keys, keys, open()].map(async (one) => one.jwks('crowded')));
      const rows = await node.database.manager.countBy(SigningKeyEntity, { orgId: 'crowded' });
      expect(rows).to.equal(2);
    });

    it('are published as RFC 7517 says, with certificates, and without anything private', async () => {
      const { keys: published } = await keys.jwks(ORG);
      expect(published.map(({ alg }) => alg).sort()).to.deep.equal(['ES256', 'PS256', 'RS256']);
      for (const jwk of published) {
        expect(jwk).to.include({ use: 'sig', kty: jwk.alg === 'ES256' ? 'EC' : 'RSA' });
        expect(jwk).not.to.have.any.keys('d', 'p', 'q', 'dp', 'dq', 'qi');
        const [der] = jwk.x5c as [string];
        const raw = Buffer.from(der, 'base64');
        expect(new X509Certificate(raw).publicKey.export({ format: 'jwk' })).to.include({ kty: jwk.kty });
        expect(jwk['x5t#S256']).to.equal(createHash('sha256').update(raw).digest('base64url'));
        const hex = createHash('sha256').update(raw).digest('hex');
        expect(jwk.kid).to.equal(`${Buffer.from(hex).toString('base64url')}_${jwk.alg}`);
      }
    });

    it('sign what others can verify with the published keys', async () => {
      for (const alg of ['RS256', 'PS256', 'ES256']) {
        const jwt = await keys.sign(ORG, { alg, typ: 'at+jwt' }, { sub: 'ä🦀' });
        const published = createLocalJWKSet((await keys.jwks(ORG)) as JSONWebKeySet);
        const { payload, protectedHeader } = await jwtVerify(jwt, published);
        expect(payload.sub).to.equal('ä🦀');
        expect(protectedHeader).to.include({ alg, typ: 'at+jwt' });
        expect((await keys.verify(ORG, jwt)).payload.sub).to.equal('ä🦀');
      }
      expect((await failureOf(() => keys.sign(ORG, { alg: 'HS256' }, {}))).message).to.contain('HS256');
    });

    it('do not verify the tokens of another organization', async () => {
      const jwt = await keys.sign(ORG, { alg: 'RS256' }, { sub: 'a' });
      await failureOf(() => keys.verify(OTHER, jwt));
    });

    it('refuse none, a public key used as a secret, a changed algorithm and a changed payload', async () => {
      const jwt = await keys.sign(ORG, { alg: 'RS256' }, { sub: 'a' });
      const { kid } = decodeProtectedHeader(jwt);
      const [, payload, signature] = jwt.split('.') as [string, string, string];
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const row = await node.database.manager.findOneByOrFail(SigningKeyEntity, { orgId: ORG, algorithm: 'RS256' });
      const ec = await node.database.manager.findOneByOrFail(SigningKeyEntity, { orgId: ORG, algorithm: 'ES256' });
      const confused = `${part({ alg: 'HS256', kid })}.${payload}`;
      const mac = createHmac(
        'sha256',
        new X509Certificate(row.certificate).publicKey.export({ type: 'spki', format: 'pem' }),
      );
      const forged = [
        new UnsecuredJWT({ sub: 'a' }).encode(),
        `${part({ alg: 'none', kid })}.${payload}.`,
        `${confused}.${mac.update(confused).digest('base64url')}`,
        `${part({ alg: 'ES256', kid })}.${payload}.${signature}`,
        `${part({ alg: 'RS256', kid: ec.kid })}.${payload}.${signature}`,
        `${part({ alg: 'RS256' })}.${payload}.${signature}`,
        `${part({ alg: 'RS256', kid: 'x', jwk: row.publicJwk })}.${payload}.${signature}`,
        `${part({ alg: 'RS256', kid })}.${part({ sub: 'b' })}.${signature}`,
        jwt.slice(0, -4),
        '',
        'a.b.c',
        '..',
      ];
      for (const token of forged) await failureOf(() => keys.verify(ORG, token));
      expect((await keys.verify(ORG, jwt)).payload.sub).to.equal('a');
    });

    it('refuse what has expired, by the clock of the server', async () => {
      const jwt = await keys.sign(ORG, { alg: 'ES256' }, { exp: Math.floor(clock.now() / 1000) + 60 });
      await keys.verify(ORG, jwt);
      clock.advance(61_000);
      expect((await failureOf(() => keys.verify(ORG, jwt))).message).to.match(/exp/);
    });

    it('sign six minutes after they were published, overlap for seven days, then retire', async () => {
      const before = await keys.sign('rotated', { alg: 'RS256' }, { sub: 'a' });
      clock.advance(1000);
      const fresh = await keys.rotate('rotated', 'acme.example');
      // Nobody may meet a token by a key that a node, or a cache of the key set, does not know yet.
      clock.advance(6 * 60_000 - 1);
      const still = await keys.sign('rotated', { alg: 'RS256' }, { sub: 'a' });
      expect(decodeProtectedHeader(still).kid).to.equal(decodeProtectedHeader(before).kid);
      clock.advance(1);
      const after = await keys.sign('rotated', { alg: 'RS256' }, { sub: 'a' });
      expect(fresh).to.include(decodeProtectedHeader(after).kid);
      expect(decodeProtectedHeader(after).kid).not.to.equal(decodeProtectedHeader(before).kid);
      expect((await keys.jwks('rotated')).keys).to.have.length(6);
      await keys.verify('rotated', before);
      clock.advance(7 * DAY + 1);
      expect((await keys.jwks('rotated')).keys.map(({ kid }) => kid)).to.have.members(fresh);
      await failureOf(() => keys.verify('rotated', before));
      await keys.verify('rotated', after);
    });

    it('say what is wrong when the master key is another one', async () => {
      await keys.jwks(ORG);
      const other = open(openSecretBox('unused', { GATEHOUSE_MASTER_KEY: 'cd'.repeat(32) }));
      expect((await failureOf(() => other.jwks(ORG))).message).to.contain('master key');
    });
  });
}
