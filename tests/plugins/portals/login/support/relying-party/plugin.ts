import {
  type Authenticator,
  type AuthenticatorFlow,
  type AuthenticatorOutcome,
  Authenticators,
  InboundFaces,
  LoginFlowToken,
  type Prompt,
} from '#core/authentication';
import { apiErrors, type HttpRequest, type Reply, Routes, redirect } from '#core/http';
import { definePlugin } from '#core/kernel';
import { deviceRoutes } from '../../../../../../plugins/portals/login/device-pages.js';
import { oauthRoutes } from '../../../../../../plugins/portals/login/oauth-pages.js';
import { PageRenderer } from '../../../../../../plugins/portals/login/page-renderer.js';
import { stubOAuthPages } from './oauth-pages-stub.js';

/** Where a stub of OAuth's part of the pages is shown. */
export const OAUTH_STUB_BASE = '/stub-pages';

/** Asks for what it was told to ask for, and takes `000000` for a wrong answer. */
class ScriptedAuthenticator implements Authenticator {
  readonly kind = 'LOCAL';
  readonly tags = [];

  constructor(
    readonly name: string,
    readonly displayName: string,
    private readonly prompt: Prompt,
    readonly needsUser = true,
  ) {}

  async begin(): Promise<Prompt> {
    return this.prompt;
  }

  async verify({ user }: AuthenticatorFlow, input: Readonly<Record<string, string>>): Promise<AuthenticatorOutcome> {
    const wrong = Object.values(input).includes('000000') || !user;
    return wrong
      ? { outcome: 'rejected', code: 'totp.code.invalid', reason: 'wrong' }
      : { outcome: 'authenticated', user };
  }
}

const PICTURE =
  'data:image/svg+xml;base64,' +
  Buffer.from(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 4 4"><path d="M0 0h2v2h2v2h-2v-2h-2z"/></svg>',
  ).toString('base64');
const code = { name: 'token', type: 'code', label: 'totp.code', required: true } as const;
const scripted = [
  new ScriptedAuthenticator('stub-totp', 'Authenticator app', { page: 'totp', fields: [code] }),
  new ScriptedAuthenticator('stub-card', 'Staff card', { page: 'totp', fields: [code] }, false),
  new ScriptedAuthenticator('stub-enrol', 'Set-up', {
    page: 'totp_enroll',
    fields: [code],
    data: {
      qr: PICTURE,
      secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
    },
  }),
  new ScriptedAuthenticator('stub-riddle', 'Riddle <b>', {
    page: 'riddle',
    fields: [
      { name: 'answer', type: 'text', label: 'riddle.answer', required: true },
      { name: 'secret', type: 'password', label: 'riddle.pass-word' },
      { name: 'sure', type: 'checkbox', label: 'riddle.sure' },
    ],
  }),
];

/** A relying party with a protocol of its own: begins sign-ins and says who came back. */
export default definePlugin({
  id: 'test.relying-party',
  requires: ['core.authentication', 'portal.login'],
  setup({ container, contribute }) {
    const flow = container.get(LoginFlowToken);
    for (const one of scripted) contribute(Authenticators, one.name, one);
    contribute(InboundFaces, 'stub', {
      type: 'stub',
      path: '/stub/done',
      failed: (_request, error, message) => ({ status: 400, text: `${error}: ${message}` }),
    });
    const begin = async (http: HttpRequest): Promise<Reply> => {
      const callback = http.query.get('callback') ?? '';
      const request = {
        orgId: http.organization.id,
        applicationId: http.query.get('application') ?? '',
        face: 'stub',
        state: { callback },
        relyingParty: 'stub-client',
        force: true,
        passive: false,
        loginHint: http.query.get('login_hint') ?? undefined,
        uiLocales: http.query.get('ui_locales') ?? undefined,
        returnOrigins: [new URL(callback).origin],
      };
      const begun = await flow.begin(request, http);
      return begun.kind === 'reply' ? begun.reply : { status: 200, text: 'nothing to ask' };
    };
    const done = async (http: HttpRequest): Promise<Reply> => {
      const result = await flow.resume(http.query.get('sessionDataKey') ?? '', 'stub', http);
      if (!result) return { status: 400, text: 'no result' };
      return redirect((result.request.state as { callback: string }).callback);
    };
    const basics = { method: 'get', access: 'public', summary: 'Stub' } as const;
    contribute(Routes, 'stub', {
      name: 'stub',
      base: '/stub',
      errors: apiErrors('STB'),
      routes: [
        { ...basics, operationId: 'stubBegin', path: '/authorize', handle: begin },
        { ...basics, operationId: 'stubDone', path: '/done', handle: done },
      ],
    });
    const renderer = PageRenderer.load('Gatehouse');
    contribute(Routes, 'stub-pages', {
      name: 'stub',
      base: OAUTH_STUB_BASE,
      errors: apiErrors('STB'),
      routes: [...oauthRoutes(stubOAuthPages, () => renderer), ...deviceRoutes(stubOAuthPages, () => renderer)],
    });
  },
});
