import type { Facts } from './host.js';

/** A client that a server under test knows. */
export interface BenchClient {
  readonly id: string;
  readonly secret: string;
}

/** What the rows need to know of an identity server. */
export interface IdentityFacts extends Facts {
  readonly paths: Readonly<
    Record<'token' | 'introspection' | 'userinfo' | 'discovery' | 'jwks' | 'authorization', string>
  >;
  readonly clients: {
    /** Client credentials, access tokens as JWT. */
    readonly jwt: BenchClient;
    /** Client credentials, opaque access tokens. */
    readonly opaque: BenchClient;
    /** Authorization code and refresh token, opaque access tokens, ID tokens. */
    readonly web: BenchClient;
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
  user: { name: 'admin', password: 'Bench-password-1' },
  givenName: 'Ada',
  argon2: { memoryCost: 19_456, timeCost: 2, parallelism: 1 },
} as const;
