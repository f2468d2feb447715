import { createHash, createPrivateKey, createPublicKey, type KeyObject, randomUUID, sign } from 'node:crypto';
import type { JWK } from 'jose';

const json = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const seconds = () => Math.floor(Date.now() / 1000);

/**
 * A key of the load client (P-256), and what it signs. At once and without promises, so that the client costs little
 * beside the server that is measured.
 */
export class ClientKey {
  readonly #public: object;

  private constructor(private readonly key: KeyObject) {
    this.#public = createPublicKey(key).export({ format: 'jwk' });
  }

  /** @param jwk the private key */
  static of(jwk: JWK): ClientKey {
    return new ClientKey(createPrivateKey({ key: jwk, format: 'jwk' }));
  }

  /** A DPoP proof (RFC 9449 §4.2). @param accessToken the token of an API call */
  proof(method: string, url: string, accessToken?: string): string {
    const ath = accessToken === undefined ? {} : { ath: createHash('sha256').update(accessToken).digest('base64url') };
    const claims = { jti: randomUUID(), htm: method, htu: url, iat: seconds(), ...ath };
    return this.#signed({ typ: 'dpop+jwt', alg: 'ES256', jwk: this.#public }, claims);
  }

  /** An assertion by which a client authenticates (RFC 7523 §3). */
  assertion(clientId: string, audience: string): string {
    const iat = seconds();
    const claims = { iss: clientId, sub: clientId, aud: audience, jti: randomUUID(), iat, exp: iat + 60 };
    return this.#signed({ alg: 'ES256', kid: 'bench' }, claims);
  }

  #signed(header: object, claims: object): string {
    const text = `${json(header)}.${json(claims)}`;
    return `${text}.${sign('sha256', Buffer.from(text), { key: this.key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
  }
}
