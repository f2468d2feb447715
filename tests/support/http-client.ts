import type { BodyInit, Dispatcher } from 'undici';
import type { TestServer } from './test-server.js';

/** What the client libraries say of a request. */
interface ClientRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/**
 * `fetch` as the client libraries want it, going to a test server whose certificate it trusts.
 *
 * @param dispatcher how connections are made: one with a client certificate
 */
export function fetchOf(
  server: TestServer,
  dispatcher?: Dispatcher,
): (url: string, request: ClientRequest) => Promise<Response> {
  return async (url, { method = 'GET', headers = {}, body }) => {
    const sent = body === undefined || body === null ? {} : { body: body as BodyInit };
    const answer = await server.fetch(url, {
      method,
      headers: { ...headers },
      ...sent,
      ...(dispatcher ? { dispatcher } : {}),
    });
    const text = await answer.text();
    return new Response(answer.status === 204 ? null : text, {
      status: answer.status,
      headers: [...answer.headers].map(([name, value]): [string, string] => [name, value]),
    });
  };
}
