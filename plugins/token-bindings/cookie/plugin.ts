import { definePlugin } from '#core/kernel';
import { TokenBindings } from '#core/oauth';
import { CookieBinding } from './cookie-binding.js';

export default definePlugin({
  id: 'token-binding.cookie',
  requires: ['core.oauth'],
  configPath: 'oauth.token_binding.cookie',
  setup({ contribute }) {
    const binding = new CookieBinding();
    contribute(TokenBindings, binding.type, binding);
  },
});
