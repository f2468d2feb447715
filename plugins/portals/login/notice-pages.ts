import { commonError, type HttpRequest, type Reply, type RouteDeclaration, redirect } from '#core/http';
import type { PageRenderer } from './page-renderer.js';

/** A redirect to the page for a sign-in that is not, or no longer, under way in this browser. */
export function expired(request: HttpRequest): Reply {
  const query = new URLSearchParams({
    status: 'authentication.attempt.failed',
    statusMsg: 'authentication.attempt.expired',
  });
  return redirect(`${request.baseUrl}/authenticationendpoint/retry.do?${query}`);
}

/** Routes of the pages that only tell something. */
export function noticeRoutes(renderer: () => PageRenderer): RouteDeclaration[] {
  return [
    {
      operationId: 'showRetryPage',
      method: 'get',
      path: '/retry.do',
      access: 'public',
      summary: 'Page for a sign-in that cannot go on',
      handle: (request) => retryPage(renderer(), request),
    },
    {
      operationId: 'showSignedOutPage',
      method: 'get',
      path: '/oauth2_logout.do',
      access: 'public',
      summary: 'Page after a sign-out',
      handle: (request) => signedOutPage(renderer(), request),
    },
  ];
}

function retryPage(pages: PageRenderer, request: HttpRequest): Reply {
  const texts = pages.texts(request);
  const { query } = request;
  const title = texts.find('statuses', query.get('status')) ?? texts.t('status.title');
  const message = texts.find('statuses', query.get('statusMsg')) ?? texts.t('status.generic');
  return pages.show(
    { view: 'notice', title, failed: true, model: { tone: 'problem', message, next: texts.t('status.next') } },
    texts,
    request,
  );
}

function signedOutPage(pages: PageRenderer, request: HttpRequest): Reply {
  const texts = pages.texts(request);
  const outcome = request.query.get('cancelled') === 'true' ? 'signed.in.still' : 'signed.out';
  const model = { tone: 'done', message: texts.t(`${outcome}.lead`) };
  return pages.show({ view: 'notice', title: texts.t(`${outcome}.title`), model }, texts, request);
}

/** What the page says, by status. */
const TEXTS: ReadonlyMap<number, string> = new Map([
  [429, 'too.many.requests'],
  [503, 'temporarily.unavailable'],
]);

/** Shows errors of the portal's own routes as a page. */
export function pageErrors(renderer: () => PageRenderer) {
  return (error: unknown, request: HttpRequest): Reply => {
    const pages = renderer();
    const texts = pages.texts(request);
    const { status, headers } = commonError(error) ?? { status: 500 };
    const message = texts.find('statuses', TEXTS.get(status) ?? 'server.error');
    const model = { tone: 'problem', message, trace: texts.t('trace', { id: request.correlationId }) };
    const reply = pages.show(
      { view: 'notice', title: texts.t('status.title'), failed: true, model, status },
      texts,
      request,
    );
    return { ...reply, headers: { ...reply.headers, ...headers } };
  };
}
