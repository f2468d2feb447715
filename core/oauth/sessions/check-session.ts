import { inject, injectable } from 'tsyringe';
import type { HttpRequest, Reply } from '#core/http';
import { token } from '#core/kernel';
import { isRegistered, isUsable } from '../authorize/redirect-uri.js';
import { type ClientService, ClientServiceToken } from '../clients/client.service.js';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';
import { OPBS_COOKIE } from './browser-state.js';

/** Injection token of the check-session page. */
export const CheckSessionToken = token<CheckSession>('oauth.check-session');

const INVALID = '<html><body>Invalid OP IFrame Request</body></html>';

/** The page that applications ask from a frame whether the session is still the same (OpenID Connect Session Management §3.2). */
@injectable()
export class CheckSession {
  constructor(
    @inject(ClientServiceToken) private readonly clients: ClientService,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
  ) {}

  /** The page for the application that `client_id` and `redirect_uri` name: only its origin gets answers. */
  async handle(http: HttpRequest): Promise<Reply> {
    const clientId = http.query.get('client_id') ?? '';
    const redirectUri = http.query.get('redirect_uri') ?? '';
    const client = await this.clients.find(http.organization.id, clientId);
    if (!client || !isUsable(redirectUri) || !isRegistered(client.settings.callbackURLs, redirectUri, this.options))
      return { status: 400, html: INVALID };
    const { origin } = new URL(redirectUri);
    if (origin === 'null') return { status: 400, html: INVALID };
    return { status: 200, html: page(clientId, origin, http.nonce), frameAncestors: [origin] };
  }
}

/** Text in a script: nothing in it ends the script. */
const literal = (text: string) =>
  JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

const page = (clientId: string, origin: string, nonce: string) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Session</title></head><body><script nonce="${nonce}">
const clientId = ${literal(clientId)}, clientOrigin = ${literal(origin)};
const browserState = () => {
  const found = document.cookie.split('; ').find((pair) => pair.startsWith('${OPBS_COOKIE}='));
  return found === undefined ? 'null' : found.slice(${OPBS_COOKIE.length + 1});
};
const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => byte.toString(16).padStart(2, '0')).join('');
async function compare(message) {
  const parts = typeof message === 'string' ? message.split(' ') : [];
  const [id, state] = parts;
  const salt = (state ?? '').split('.')[1];
  if (parts.length !== 2 || !salt || id !== clientId) return 'error';
  const text = new TextEncoder().encode([clientId, clientOrigin, browserState(), salt].join(' '));
  const expected = hex(await crypto.subtle.digest('SHA-256', text)) + '.' + salt;
  return expected === state ? 'unchanged' : 'changed';
}
addEventListener('message', async (event) => {
  if (event.origin !== clientOrigin) return;
  event.source.postMessage(await compare(event.data), event.origin);
});
</script></body></html>`;
