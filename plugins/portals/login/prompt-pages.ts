import type { AuthenticationEngine, Authenticator, LoginContext, LoginFlow } from '#core/authentication';
import type { HttpRequest, Reply, RouteDeclaration } from '#core/http';
import type { Registry } from '#core/kernel';
import type { OAuthPages } from '#core/oauth';
import { facedPage } from './application-face.js';
import type { Texts } from './catalogue.js';
import { expired } from './notice-pages.js';
import type { PageRenderer } from './page-renderer.js';
import { promptView } from './prompt-view.js';

/** What the prompt pages need. */
export interface PromptPageParts {
  readonly flow: LoginFlow;
  readonly engine: AuthenticationEngine;
  readonly authenticators: Registry<Authenticator>;
  readonly applications: Pick<OAuthPages, 'face'>;
  readonly renderer: () => PageRenderer;
}

/** Templates of their own; every other page of a prompt gets the general one. */
const templates: Readonly<Record<string, string>> = {
  login: 'login',
  totp: 'totp',
  totp_enroll: 'totp-enroll',
  password_reset_enforcer: 'new-password',
};

/** Routes of the pages that ask for something. Which one is shown is the prompt's affair, not the address's. */
export function promptRoutes(parts: PromptPageParts): RouteDeclaration[] {
  const handle = (request: HttpRequest) => showPrompt(parts, request);
  const basics = { method: 'get', access: 'public', handle } as const;
  return [
    { ...basics, operationId: 'showLoginPage', path: '/login.do', summary: 'Page that asks for username or password' },
    { ...basics, operationId: 'showTotpPage', path: '/totp.do', summary: 'Page that asks for a time-based code' },
    {
      ...basics,
      operationId: 'showTotpEnrolmentPage',
      path: '/totp_enroll.do',
      summary: 'Page that sets up an authenticator app',
    },
  ];
}

/** The route of pages that prompts of other plugins name. */
export function otherPromptRoute(parts: PromptPageParts): RouteDeclaration {
  return {
    operationId: 'showPromptPage',
    method: 'get',
    path: '/:page',
    access: 'public',
    summary: 'Page of a prompt that has no page of its own',
    handle: (request) => showPrompt(parts, request),
  };
}

async function showPrompt(
  { flow, engine, authenticators, applications, renderer }: PromptPageParts,
  request: HttpRequest,
): Promise<Reply> {
  const sessionDataKey = request.query.get('sessionDataKey') ?? '';
  const context = sessionDataKey === '' ? undefined : await flow.find(sessionDataKey, request);
  if (!context) return expired(request);
  const pages = renderer();
  const texts = pages.texts(request, context.request.uiLocales);
  const prompt = await engine.prompt(context, request.ip);
  const failure = failureOf(request, texts);
  const { application } = prompt;
  const source = { prompt, applicationName: application.name, sessionDataKey, failure };
  const { face, imageSources } = facedPage(await applications.face(application), application.name, texts);
  const page = {
    view: templates[prompt.page] ?? 'prompt',
    title: texts.find('titles', prompt.page) ?? texts.find('titles', 'generic') ?? '',
    failed: failure !== undefined,
    model: { ...promptView(source, texts, authenticators), face, changeable: isChangeable(context) },
    imageSources,
    // Browsers apply `form-action` to the redirects behind a form too, and the last of them leads to the application.
    formAction: context.request.returnOrigins,
  };
  return pages.show(page, texts, request);
}

/** Whether the name that was given can still be another one. */
const isChangeable = ({ identifier, passed, userId }: LoginContext) =>
  identifier !== undefined && passed.length === 0 && userId === undefined;

/** Only keys that we know become text: the address may have been written by anybody. */
function failureOf({ query }: HttpRequest, texts: Texts): string | undefined {
  if (query.get('authFailure') !== 'true') return undefined;
  return texts.find('failures', query.get('authFailureMsg')) ?? texts.t('failure.generic');
}
