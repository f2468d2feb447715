import { definePlugin } from '#core/kernel';
import { TokenBindings } from '#core/oauth';
import { ClientRequestBinding } from './client-request-binding.js';

export default definePlugin({
  id: 'token-binding.client-request',
  requires: ['core.oauth'],
  configPath: 'oauth.token_binding.client_request',
  setup({ contribute }) {
    const binding = new ClientRequestBinding();
    contribute(TokenBindings, binding.type, binding);
  },
});
