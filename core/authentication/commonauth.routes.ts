import { apiErrors, type HttpRequest, type Reply, type RouteTable, redirect } from '#core/http';
import type { LoginFlow, LoginPages } from './login-flow.js';

/** Parameters as a plain record; of a repeated one the first counts. */
function inputOf(parameters: URLSearchParams): Record<string, string> {
  const input: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of parameters) if (!(name in input)) input[name] = value;
  return input;
}

/** What may come by GET: which sign-in, and which option of its step. Never credentials: they would end up in logs and histories. */
function choiceOf(query: URLSearchParams): Record<string, string> {
  const input = inputOf(query);
  const names = ['sessionDataKey', 'authenticator', 'idp'];
  return Object.fromEntries(names.flatMap((name) => (input[name] === undefined ? [] : [[name, input[name]]])));
}

/** What the page says, by status. */
const TEXTS: ReadonlyMap<number, string> = new Map([
  [429, 'too.many.requests'],
  [503, 'temporarily.unavailable'],
]);

/** `/commonauth`: the single point to which every page and every external provider returns. */
export function commonAuthRoutes(flow: LoginFlow, pages: LoginPages): RouteTable {
  const apiError = apiErrors('AUT');
  const errors = (error: unknown, request: HttpRequest): Reply => {
    const reply = apiError(error, request);
    if (reply.status < 429) return reply;
    const statusMsg = TEXTS.get(reply.status) ?? 'server.error';
    const page = redirect(
      `${request.baseUrl}${pages.retry_url}?${new URLSearchParams({ status: 'authentication.attempt.failed', statusMsg })}`,
    );
    return { ...page, headers: reply.headers ?? {} };
  };
  return {
    name: 'sign-in',
    base: '',
    errors,
    routes: [
      {
        operationId: 'answerPrompt',
        method: 'post',
        path: '/commonauth',
        access: 'public',
        hot: true,
        credentials: true,
        summary: 'Answer of a sign-in page',
        handle: (request) => flow.advance(inputOf(request.form), request),
      },
      {
        operationId: 'returnToSignIn',
        method: 'get',
        path: '/commonauth',
        access: 'public',
        hot: true,
        credentials: true,
        summary: 'Return to a sign-in under way',
        handle: (request) => flow.advance(choiceOf(request.query), request),
      },
    ],
  };
}
