import * as oidc from 'openid-client';
import type { Dispatcher } from 'undici';
import { fetchOf } from './http-client.js';
import { CALLBACK, type TestApp } from './oauth-client.js';
import { Visitor } from './visitor.js';

/** How the library `openid-client` is set up for an application. */
export interface PartyOptions {
  /** What it shall know of its registration beside id and secret. */
  readonly metadata?: Partial<oidc.ClientMetadata>;
  readonly authentication?: oidc.ClientAuth;
  /** The switches of the library: `useJwtResponseMode` and its kin. */
  readonly switches?: readonly ((config: oidc.Configuration) => void)[];
  /** How connections are made: one with a client certificate. */
  readonly dispatcher?: Dispatcher;
}

/** Sets the library up for an application by the discovery document of its organization. */
export function relyingParty(app: TestApp, options: PartyOptions = {}): Promise<oidc.Configuration> {
  const { metadata = {}, authentication, switches = [], dispatcher } = options;
  const issuer = new URL(`${app.server.origin}${app.place.prefix}/oauth2/token`);
  const known = { ...(app.secret === '' ? {} : { client_secret: app.secret }), ...metadata };
  return oidc.discovery(issuer, app.id, known, authentication, {
    [oidc.customFetch]: fetchOf(app.server, dispatcher),
    execute: [...switches],
  });
}

/** How a sign-in goes. */
export interface PartySignIn {
  readonly visitor?: Visitor;
  readonly username?: string;
  /** Fields of the answer to a question for consent. */
  readonly consent?: Readonly<Record<string, string>>;
  /** Further parameters of the authorization request. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** How the library makes the address of the request; the plain way when absent. */
  readonly address?: (config: oidc.Configuration, parameters: Record<string, string>) => URL | Promise<URL>;
  readonly DPoP?: oidc.DPoPHandle;
}

/** Tokens as the library hands them out. */
export type PartyTokens = Awaited<ReturnType<typeof oidc.authorizationCodeGrant>>;

/** Where a flow takes place. */
export type FlowPlace = Pick<TestApp, 'server' | 'open'>;

/** The flow of a web application with PKCE, as the library documents it: from the address to the tokens. */
export async function signInBy(at: FlowPlace, config: oidc.Configuration, how: PartySignIn = {}): Promise<PartyTokens> {
  const { visitor = new Visitor(at.server), username = 'alice', parameters = {}, consent = {}, DPoP } = how;
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier();
  const [expectedState, expectedNonce] = [oidc.randomState(), oidc.randomNonce()];
  const url = await (how.address ?? oidc.buildAuthorizationUrl)(config, {
    redirect_uri: CALLBACK,
    scope: 'openid profile',
    code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
    nonce: expectedNonce,
    ...parameters,
  });
  const { location, status, text } = await at.open(visitor, url.href, { username, consent });
  if (!location) throw new Error(`the sign-in ended with ${status}: ${text}`);
  const checks = { pkceCodeVerifier, expectedState, expectedNonce };
  return oidc.authorizationCodeGrant(config, location, checks, undefined, DPoP ? { DPoP } : {});
}
