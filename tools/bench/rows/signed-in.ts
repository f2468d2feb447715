import { type Answer, type Connection, requestText } from '../load/connection.js';
import type { Operation } from '../load/drive.js';
import { bench, type IdentityFacts } from '../servers/identity.js';
import {
  authorizationRequest,
  Browser,
  basic,
  expectStatus,
  metadataOf,
  once,
  signIn,
  type Tokens,
} from './requests.js';

/** An operation of a browser whose user has signed in before: one for each connection, so that none is used twice at once. */
async function withBrowsers(
  facts: IdentityFacts,
  connections: number,
  operation: (browser: Browser, connection: Connection) => Promise<void>,
): Promise<Operation> {
  const pool = await once(facts.port, async (connection) => {
    const browsers: Browser[] = [];
    while (browsers.length < connections) {
      const browser = new Browser();
      await signIn(facts, connection, { browser });
      browsers.push(browser);
    }
    return browsers;
  });
  return async (connection) => {
    const browser = pool.pop();
    if (!browser) throw new Error('there are more connections than browsers');
    await operation(browser, connection);
    pool.push(browser);
  };
}

/** Throws unless the browser was sent back to the application with all of these parameters, in query or fragment. */
function expectAnswer(at: URL, ...names: string[]): void {
  const parameters = new URLSearchParams(at.hash === '' ? at.search : at.hash.slice(1));
  const missing = names.find((name) => !parameters.has(name));
  if (missing !== undefined) throw new Error(`the answer has no ${missing}: ${at.href}`);
}

/** An authorization request that is answered at once. @param holds parameters that the answer has to have */
export function authorizing(
  changes: Readonly<Record<string, string>>,
  ...holds: string[]
): (facts: IdentityFacts, connections: number) => Promise<Operation> {
  return (facts, connections) =>
    withBrowsers(facts, connections, async (browser, connection) => {
      const { parameters } = authorizationRequest(facts, facts.clients.front);
      const query = new URLSearchParams({ ...parameters, ...changes });
      expectAnswer(await browser.send(connection, 'GET', `${facts.paths.authorization}?${query}`), ...holds);
    });
}

/** Pushes an authorization request, and visits the authorization endpoint with its `request_uri`. */
export async function pushing(facts: IdentityFacts, connections: number): Promise<Operation> {
  const client = facts.clients.front;
  const { pathname } = new URL((await metadataOf(facts)).pushed_authorization_request_endpoint);
  return withBrowsers(facts, connections, async (browser, connection) => {
    const { parameters } = authorizationRequest(facts, client);
    const pushed = expectStatus(await connection.send(requestText('POST', pathname, basic(client), parameters)), 201);
    const { request_uri } = JSON.parse(pushed.body) as { request_uri: string };
    const query = new URLSearchParams({ client_id: client.id, request_uri });
    expectAnswer(await browser.send(connection, 'GET', `${facts.paths.authorization}?${query}`), 'code');
  });
}

/** The whole device flow: the device gets its codes, the browser types the short one, the device gets its tokens. */
export async function device(facts: IdentityFacts, connections: number): Promise<Operation> {
  const headers = basic(facts.clients.front);
  const { pathname } = new URL((await metadataOf(facts)).device_authorization_endpoint);
  const begin = requestText('POST', pathname, headers, { client_id: facts.clients.front.id, scope: bench.scope });
  return withBrowsers(facts, connections, async (browser, connection) => {
    const codes = JSON.parse(expectStatus(await connection.send(begin), 200).body) as Record<string, string>;
    await approve(facts, browser, connection, codes['user_code'] ?? '');
    const form = { grant_type: bench.deviceGrant, device_code: codes['device_code'] ?? '' };
    const answer = await connection.send(requestText('POST', facts.paths.token, headers, form));
    const tokens = JSON.parse(expectStatus(answer, 200).body) as Tokens;
    if (!tokens.id_token) throw new Error('the device got no ID token');
  });
}

/**
 * Types the code and agrees. Gatehouse always asks whether it is the user's own device; the form of the peer holds a
 * secret, so there it has to be fetched before. Two requests on both.
 */
async function approve(facts: IdentityFacts, browser: Browser, connection: Connection, user_code: string) {
  const path = facts.paths.userCode;
  if (facts.signIn === 'commonauth') {
    const { searchParams } = await browser.send(connection, 'POST', path, { user_code });
    const sessionDataKeyConsent = searchParams.get('sessionDataKeyConsent') ?? '';
    const agreed = { sessionDataKeyConsent, consent: 'approve' };
    const end = await browser.send(connection, 'POST', facts.paths.authorization, agreed);
    if (!end.pathname.endsWith('/device_success.do') || end.searchParams.has('error'))
      throw new Error(`the code of the device led to ${end.href}`);
    return;
  }
  const page: Answer = expectStatus(await browser.ask(connection, 'GET', path), 200);
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(page.body)?.[1] ?? '';
  expectStatus(await browser.ask(connection, 'POST', path, { xsrf, user_code, confirm: 'yes' }), 200);
}
