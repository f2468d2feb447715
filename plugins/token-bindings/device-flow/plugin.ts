import { definePlugin } from '#core/kernel';
import { type TokenBinding, TokenBindings } from '#core/oauth';

/**
 * Tells tokens of one device apart from those of another: the device grant binds them to its device code. That code is
 * used up by then, so there is nothing to show later.
 */
const deviceFlow: TokenBinding = {
  type: 'device-flow',
  revocableByAnyone: true,
  matches: async () => true,
};

export default definePlugin({
  id: 'token-binding.device-flow',
  requires: ['core.oauth'],
  configPath: 'oauth.token_binding.device_flow',
  setup({ contribute }) {
    contribute(TokenBindings, deviceFlow.type, deviceFlow);
  },
});
