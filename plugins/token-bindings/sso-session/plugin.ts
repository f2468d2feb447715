import { sha256Hex } from '#core/crypto';
import { definePlugin } from '#core/kernel';
import { type TokenBinding, TokenBindings } from '#core/oauth';
import { SESSION_COOKIE } from '#core/sessions';

/**
 * Ties tokens of a code to the single sign-on session in which the user agreed to them: they end with it. Whoever uses
 * them need not have the cookie of the session, so there is nothing to show.
 */
const ssoSession: TokenBinding = {
  type: 'sso-session',
  endsWithSession: true,
  visit({ http }) {
    const cookie = http.cookies[SESSION_COOKIE];
    return cookie === undefined ? undefined : { value: sha256Hex(cookie) };
  },
  matches: async () => true,
};

export default definePlugin({
  id: 'token-binding.sso-session',
  requires: ['core.oauth'],
  configPath: 'oauth.token_binding.sso_session',
  setup({ contribute }) {
    contribute(TokenBindings, ssoSession.type, ssoSession);
  },
});
