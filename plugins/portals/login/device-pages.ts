import type { HttpRequest, Reply, RouteDeclaration } from '#core/http';
import type { DetachedEnd } from '#core/oauth';
import { facedPage } from './application-face.js';
import type { Texts } from './catalogue.js';
import { expired } from './notice-pages.js';
import type { OAuthViews } from './oauth-pages.js';
import type { PageRenderer } from './page-renderer.js';

/** Routes of the pages of requests whose client waits elsewhere: on a device, or for a user whom it has named. */
export function deviceRoutes(pages: OAuthViews, renderer: () => PageRenderer): RouteDeclaration[] {
  const basics = { method: 'get', access: 'public' } as const;
  return [
    {
      ...basics,
      operationId: 'showDevicePage',
      path: '/device.do',
      summary: 'Page that asks for the code that a device shows',
      handle: (request) => devicePage(pages, renderer(), request),
    },
    {
      ...basics,
      operationId: 'showDeviceSuccessPage',
      path: '/device_success.do',
      summary: 'Page at the end of a request whose client waits elsewhere',
      handle: (request) => endPage(pages, renderer(), request),
    },
  ];
}

/** Asks for a code; where the address has one, says whose it is and asks whether to go on (RFC 8628 §5.4). */
async function devicePage(pages: OAuthViews, renderer: PageRenderer, request: HttpRequest): Promise<Reply> {
  if (!pages.hasUserCodes) return expired(request);
  const { query } = request;
  const texts = renderer.texts(request);
  const typed = query.get('user_code');
  const view = typed === null ? undefined : await pages.userCode(typed, request);
  const wrong = (typed !== null && !view) || query.has('error');
  const failure = wrong && !view ? texts.t('device.failure') : undefined;
  const title = view ? texts.t('device.confirm.title') : texts.t('device.title');
  const uiLocales = query.get('ui_locales')?.slice(0, 100);
  const { face, imageSources } = view ? facedPage(view.face, view.applicationName, texts) : {};
  const page = { view: 'device', title, failed: failure !== undefined, imageSources };
  return renderer.show({ ...page, model: { view, failure, uiLocales, face } }, texts, request);
}

function endPage(pages: OAuthViews, renderer: PageRenderer, request: HttpRequest): Reply {
  const texts = renderer.texts(request);
  const end = pages.detachedEnd(request.query);
  if (!end || end.error !== undefined) return failurePage(end, renderer, texts, request);
  const { applicationName: application = '', kind } = end;
  const model = {
    tone: 'done',
    message: texts.t(`detached.${kind}.lead`, { application }),
    next: texts.t('detached.close'),
  };
  return renderer.show({ view: 'notice', title: texts.t('detached.title'), model }, texts, request);
}

function failurePage(end: DetachedEnd | undefined, renderer: PageRenderer, texts: Texts, request: HttpRequest): Reply {
  const application = end?.applicationName ?? '';
  if (end?.error === 'access_denied') {
    const model = {
      tone: 'done',
      message: texts.t('detached.denied.lead', { application }),
      next: texts.t('detached.close'),
    };
    return renderer.show({ view: 'notice', title: texts.t('detached.denied.title'), model }, texts, request);
  }
  const message = texts.find('statuses', end?.error) ?? texts.t('detached.over.lead');
  const leave = { address: `${request.organization.prefix}/oidc/logout`, label: texts.t('logout.approve') };
  const way = end?.error === 'ciba.user.mismatch' ? leave : undefined;
  const model = { tone: 'problem', message, next: texts.t('detached.over.next'), way };
  return renderer.show({ view: 'notice', title: texts.t('detached.over.title'), failed: true, model }, texts, request);
}
