import { redirect } from '#core/http';
import type { ResponseMode } from './responses.js';

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);

/** Parameters in the fragment. */
export const fragmentMode: ResponseMode = {
  name: 'fragment',
  render: ({ redirectUri, parameters }) => redirect(`${redirectUri}#${new URLSearchParams(parameters)}`),
};

/** Parameters in the query of the redirect URI; in the fragment all the same when the response type gives tokens. */
export const queryMode: ResponseMode = {
  name: 'query',
  render(answer) {
    if (answer.inFragment) return fragmentMode.render(answer);
    const { redirectUri, parameters } = answer;
    return redirect(`${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${new URLSearchParams(parameters)}`);
  },
};

/** Origin of a redirect URI as the Content-Security-Policy names it: a scheme alone for those that have no host. */
export function formTarget(redirectUri: string): string {
  const { origin, protocol } = new URL(redirectUri);
  return origin === 'null' ? protocol : origin;
}

/** A page whose form posts the parameters (OAuth 2.0 Form Post Response Mode). Works without scripts by its button. */
export const formPostMode: ResponseMode = {
  name: 'form_post',
  render({ redirectUri, parameters, http }) {
    const inputs = Object.entries(parameters).map(
      ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
    );
    const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Continue</title></head><body>
<form method="post" action="${escapeHtml(redirectUri)}">${inputs.join('')}<noscript><button type="submit">Continue</button></noscript></form>
<script nonce="${http.nonce}">document.forms[0].submit()</script></body></html>`;
    return { status: 200, html, formAction: [formTarget(redirectUri)] };
  },
};
