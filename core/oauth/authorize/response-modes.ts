import { redirect } from '#core/http';
import { formPostPage } from './form-post-page.js';
import type { ResponseMode } from './responses.js';

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
    const html = formPostPage(redirectUri, parameters, http.nonce, http.headers['accept-language']);
    return { status: 200, html, formAction: [formTarget(redirectUri)] };
  },
};
