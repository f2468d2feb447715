import { createHash, randomBytes } from 'node:crypto';
import { type Answer, Connection, cookiesOf, headerOf, requestText } from '../load/connection.js';
import type { BenchClient, IdentityFacts } from '../servers/identity.js';
import { bench } from '../servers/identity.js';

/** Tokens as the token endpoint answers them. */
export interface Tokens {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly id_token?: string;
}

/** Basic authentication of a client. */
export const basic = ({ id, secret }: BenchClient): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`,
});

/** The answer, when it has the status that is expected; else an error that shows it. */
export function expectStatus(answer: Answer, ...statuses: number[]): Answer {
  if (statuses.includes(answer.status)) return answer;
  throw new Error(`expected ${statuses.join(' or ')}, got ${answer.status}:\n${answer.head}\n${answer.body}`);
}

/** A request for a token by client credentials. */
export const clientCredentials = (facts: IdentityFacts, client: BenchClient): string =>
  requestText('POST', facts.paths.token, basic(client), { grant_type: 'client_credentials' });

/** Does `work` on a connection of its own. */
export async function once<T>(port: number, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.open(port);
  try {
    return await work(connection);
  } finally {
    connection.close();
  }
}

/** Path and query of an answer's redirect. */
function redirected(answer: Answer): URL {
  const location = headerOf(expectStatus(answer, 302, 303), 'location');
  if (location === undefined) throw new Error(`a redirect without Location:\n${answer.head}`);
  return new URL(location, 'http://localhost');
}

/** A browser without a past. It keeps cookies. */
export class Browser {
  readonly #cookies = new Map<string, string>();

  /** The answer to a request, whatever it is. */
  async ask(
    connection: Connection,
    method: 'GET' | 'POST',
    path: string,
    form?: Readonly<Record<string, string>>,
  ): Promise<Answer> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = cookie === '' ? {} : { cookie };
    const answer = await connection.send(requestText(method, path, headers, form));
    for (const [name, value] of cookiesOf(answer)) {
      if (value === '') this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return answer;
  }

  /** Where a request leads. Throws when it leads nowhere. */
  async send(
    connection: Connection,
    method: 'GET' | 'POST',
    path: string,
    form?: Readonly<Record<string, string>>,
  ): Promise<URL> {
    return redirected(await this.ask(connection, method, path, form));
  }
}

/** Parameters of an authorization request, and the verifier (PKCE) that belongs to it. */
export function authorizationRequest(
  facts: IdentityFacts,
  client: BenchClient,
): { readonly parameters: Readonly<Record<string, string>>; readonly verifier: string } {
  const verifier = randomBytes(32).toString('base64url');
  const parameters = {
    client_id: client.id,
    redirect_uri: facts.redirectUri,
    response_type: 'code',
    scope: bench.scope,
    state: randomBytes(8).toString('hex'),
    nonce: randomBytes(8).toString('hex'),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  };
  return { parameters, verifier };
}

/** How a sign-in differs from that of the client `web` in a browser of its own. */
export interface SignInOptions {
  readonly browser?: Browser;
  readonly client?: BenchClient;
  /** Further headers of the token request. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A whole sign-in: authorization request, login post, code, tokens; with PKCE. */
export async function signIn(
  facts: IdentityFacts,
  connection: Connection,
  { browser = new Browser(), client = facts.clients.web, headers = {} }: SignInOptions = {},
): Promise<Tokens> {
  const { parameters, verifier } = authorizationRequest(facts, client);
  const query = new URLSearchParams(parameters);
  const page = await browser.send(connection, 'GET', `${facts.paths.authorization}?${query}`);
  const { name: username, password } = facts.user;
  const back = await (facts.signIn === 'commonauth'
    ? browser.send(connection, 'POST', '/commonauth', {
        sessionDataKey: page.searchParams.get('sessionDataKey') ?? '',
        username,
        password,
      })
    : browser.send(connection, 'POST', page.pathname, { username, password }));
  const done = await browser.send(connection, 'GET', back.pathname + back.search);
  const code = done.searchParams.get('code');
  if (code === null) throw new Error(`the sign-in ended at ${done.href}`);
  const form = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: facts.redirectUri,
    code_verifier: verifier,
  };
  const request = requestText('POST', facts.paths.token, { ...basic(client), ...headers }, form);
  const tokens = JSON.parse(expectStatus(await connection.send(request), 200).body) as Tokens;
  if (!tokens.refresh_token || !tokens.id_token) throw new Error('the sign-in gave no refresh token or no ID token');
  return tokens;
}

/** What the discovery document says of the server: the members that rows need. */
export interface Metadata {
  readonly issuer: string;
  readonly token_endpoint: string;
  readonly userinfo_endpoint: string;
  readonly device_authorization_endpoint: string;
  readonly pushed_authorization_request_endpoint: string;
}

/** The discovery document. */
export async function metadataOf(facts: IdentityFacts): Promise<Metadata> {
  const request = requestText('GET', facts.paths.discovery);
  const answer = await once(facts.port, (connection) => connection.send(request));
  return JSON.parse(expectStatus(answer, 200).body) as Metadata;
}
