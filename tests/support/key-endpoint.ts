import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';

/** A key pair of somebody who issues tokens. */
export interface IssuerKey {
  /** The public key as it stands in a key set. */
  readonly jwk: JWK;
  /** Signs a JWT that is valid for five minutes; claims that are given count. */
  sign(
    claims: JWTPayload,
    header?: { readonly kid?: string | undefined; readonly alg?: string; readonly typ?: string },
  ): Promise<string>;
}

/** Makes a key pair. @param kid absent: the key has none */
export async function issuerKey(alg = 'RS256', kid?: string): Promise<IssuerKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  return { jwk: { ...(await exportJWK(publicKey)), ...(kid ? { kid } : {}) }, sign: signer(privateKey, alg, kid) };
}

const signer =
  (key: CryptoKey, alg: string, kid: string | undefined): IssuerKey['sign'] =>
  (claims, header = {}) => {
    const now = Math.floor(Date.now() / 1000);
    const named = 'kid' in header ? header.kid : kid;
    return new SignJWT({ iat: now, exp: now + 300, ...claims })
      .setProtectedHeader({
        alg: header.alg ?? alg,
        ...(named === undefined ? {} : { kid: named }),
        ...(header.typ === undefined ? {} : { typ: header.typ }),
      })
      .sign(key);
  };

/** Settings of a server that may fetch keys from this machine. */
export const MAY_ASK_HERE = '[outbound_http]\nprivate_hosts = ["127.0.0.1"]';

/** A web server that publishes a key set. */
export class KeyEndpoint {
  readonly #server: Server = createServer((_request, response) => {
    this.count++;
    response.writeHead(this.status, { 'content-type': 'application/jwk-set+json' }).end(this.body);
  });
  /** How often it was asked. */
  count = 0;
  status = 200;
  body = '{"keys":[]}';

  /** Starts one on a free port. */
  static async start(...keys: readonly JWK[]): Promise<KeyEndpoint> {
    const endpoint = new KeyEndpoint();
    endpoint.publish(...keys);
    await new Promise<void>((done) => endpoint.#server.listen(0, '127.0.0.1', done));
    return endpoint;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/jwks`;
  }

  publish(...keys: readonly JWK[]): void {
    this.body = JSON.stringify({ keys });
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
