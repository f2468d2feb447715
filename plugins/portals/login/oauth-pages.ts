import type { HttpRequest, Reply, RouteDeclaration } from '#core/http';
import type { ConsentView, OAuthPages } from '#core/oauth';
import { facedPage } from './application-face.js';
import type { Texts } from './catalogue.js';
import { expired } from './notice-pages.js';
import type { PageRenderer } from './page-renderer.js';

/** What the pages ask the protocol for. */
export type OAuthViews = Pick<
  OAuthPages,
  'consent' | 'logout' | 'frontChannelLogout' | 'error' | 'hasUserCodes' | 'userCode' | 'detachedEnd'
>;

/** Routes of the pages of OAuth 2.0 and OpenID Connect. */
export function oauthRoutes(pages: OAuthViews, renderer: () => PageRenderer): RouteDeclaration[] {
  const basics = { method: 'get', access: 'public' } as const;
  return [
    {
      ...basics,
      operationId: 'showConsentPage',
      path: '/oauth2_consent.do',
      summary: 'Page that asks what an application may do',
      handle: (request) => consentPage(pages, renderer(), request),
    },
    {
      ...basics,
      operationId: 'showPlainConsentPage',
      path: '/oauth2_authz.do',
      summary: 'Page that asks what an application may do that does not use OpenID Connect',
      handle: (request) => consentPage(pages, renderer(), request),
    },
    {
      ...basics,
      operationId: 'showLogoutConsentPage',
      path: '/oauth2_logout_consent.do',
      summary: 'Page that asks before a sign-out',
      handle: (request) => logoutPage(pages, renderer(), request),
    },
    {
      ...basics,
      operationId: 'showFrontChannelLogoutPage',
      path: '/oauth2_frontchannel_logout.do',
      summary: 'Page that signs out of further applications by frames',
      handle: (request) => frontChannelPage(pages, renderer(), request),
    },
    {
      ...basics,
      operationId: 'showOAuthErrorPage',
      path: '/oauth2_error.do',
      summary: 'Page for a request of an application that cannot be served',
      handle: (request) => errorPage(pages, renderer(), request),
    },
  ];
}

async function consentPage(pages: OAuthViews, renderer: PageRenderer, request: HttpRequest): Promise<Reply> {
  const sessionDataKeyConsent = request.query.get('sessionDataKeyConsent') ?? '';
  const view = await pages.consent(sessionDataKeyConsent, request);
  if (!view) return expired(request);
  const texts = renderer.texts(request);
  const { face, imageSources } = facedPage(view.face, view.applicationName, texts);
  const hasMandatory = view.claims.some(({ mandatory }) => mandatory);
  const model = { sessionDataKeyConsent, view: inWordsOf(texts, view), face, hasMandatory };
  const title = texts.t('consent.title', { application: view.applicationName });
  const formAction = [view.redirectOrigin];
  return renderer.show({ view: 'consent', title, model, formAction, imageSources }, texts, request);
}

async function logoutPage(pages: OAuthViews, renderer: PageRenderer, request: HttpRequest): Promise<Reply> {
  const sessionDataKey = request.query.get('sessionDataKey') ?? '';
  const view = await pages.logout(sessionDataKey, request);
  if (!view) return expired(request);
  const texts = renderer.texts(request);
  const { formAction } = view;
  const model = { sessionDataKey, view };
  return renderer.show({ view: 'logout', title: texts.t('logout.title'), model, formAction }, texts, request);
}

function frontChannelPage(pages: OAuthViews, renderer: PageRenderer, request: HttpRequest): Reply {
  const view = pages.frontChannelLogout(request.query.get('sessionDataKey') ?? '');
  if (!view) return expired(request);
  const texts = renderer.texts(request);
  const model = { ...view, nonce: request.nonce };
  const reply = renderer.show(
    { view: 'front-channel-logout', title: texts.t('logout.others.title'), model },
    texts,
    request,
  );
  return { ...reply, frameSources: [...new Set(view.frames.map((frame) => new URL(frame).origin))] };
}

function errorPage(pages: OAuthViews, renderer: PageRenderer, request: HttpRequest): Reply {
  const texts = renderer.texts(request);
  const { code, message } = pages.error(request.query);
  const model = {
    tone: 'problem',
    message: texts.find('oauthErrors', code) ?? texts.t('oauth.error.generic'),
    next: texts.t('oauth.error.next'),
    details: { title: texts.t('oauth.error.details'), code, message },
  };
  return renderer.show({ view: 'notice', title: texts.t('oauth.error.title'), failed: true, model }, texts, request);
}

/** Scopes and claims that ship with the server, in the language of the page; others as they were named. */
function inWordsOf({ find }: Texts, view: ConsentView): ConsentView {
  const known = (text: string) => find('names', text) ?? text;
  const scopes = view.scopes.map((scope) => {
    const { displayName, description } = scope;
    return { ...scope, displayName: known(displayName), description: known(description) };
  });
  const claims = view.claims.map((claim) => ({ ...claim, displayName: known(claim.displayName) }));
  return { ...view, scopes, claims };
}
