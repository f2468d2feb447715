import { exportJWK, generateKeyPair, type JWK } from 'jose';
import type { Facts } from './host.js';

/** A client that a server under test knows. */
export interface BenchClient {
  readonly id: string;
  /** Empty when it authenticates with a key. */
  readonly secret: string;
}

/** A client that authenticates with a key of its own. */
export interface KeyedClient extends BenchClient {
  /** Its private key, P-256. */
  readonly key: JWK;
}

/** A key for a {@link KeyedClient}: the private part, and what the server is told of it. */
export async function clientKey(): Promise<{ readonly key: JWK; readonly published: JWK }> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  return {
    key: await exportJWK(privateKey),
    published: { ...(await exportJWK(publicKey)), kid: 'bench', alg: 'ES256', use: 'sig' },
  };
}

/** What the rows need to know of an identity server. */
export interface IdentityFacts extends Facts {
  readonly paths: Readonly<
    Record<'token' | 'introspection' | 'userinfo' | 'discovery' | 'jwks' | 'authorization' | 'userCode', string>
  >;
  readonly clients: {
    /** Client credentials, access tokens as JWT. */
    readonly jwt: BenchClient;
    /** Client credentials, opaque access tokens. */
    readonly opaque: BenchClient;
    /** Authorization code and refresh token, opaque access tokens, ID tokens. */
    readonly web: BenchClient;
    /** The same for browsers that have signed in before: hybrid flow, JARM, pushed requests, devices. */
    readonly front: BenchClient;
    /** Client credentials and authorization code; its tokens are bound to a key (DPoP). */
    readonly dpop: BenchClient;
    /** Client credentials by `private_key_jwt`, opaque access tokens. */
    readonly keyed: KeyedClient;
    /** Authorization code and token exchange, access tokens as JWT; undefined where there is no token exchange. */
    readonly exchange?: BenchClient | undefined;
  };
  readonly redirectUri: string;
  readonly user: { readonly name: string; readonly password: string };
  /** How the page that follows an authorization request is answered. */
  readonly signIn: 'commonauth' | 'interaction';
}

/** What both identity servers are set up with. */
export const bench = {
  redirectUri: 'https://app.example/callback',
  scope: 'openid profile',
  hybrid: 'code id_token',
  deviceGrant: 'urn:ietf:params:oauth:grant-type:device_code',
  exchangeGrant: 'urn:ietf:params:oauth:grant-type:token-exchange',
  user: { name: 'admin', password: 'Bench-password-1' },
  givenName: 'Ada',
  argon2: { memoryCost: 19_456, timeCost: 2, parallelism: 1 },
} as const;
