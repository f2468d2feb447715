import { SecretBoxToken } from '#core/crypto';
import { ClockToken, definePlugin } from '#core/kernel';
import { TokenBindings } from '#core/oauth';
import { StateStoreToken } from '#core/persistence';
import { configSchema } from './config.js';
import { DpopBinding } from './dpop-binding.js';
import { DpopNonces } from './dpop-nonces.js';
import { DpopProofs } from './dpop-proofs.js';

export default definePlugin({
  id: 'token-binding.dpop',
  requires: ['core.oauth'],
  configPath: 'event.default_listener.dpop',
  configSchema,
  setup({ config, container, contribute }) {
    const clock = container.get(ClockToken);
    const nonces = new DpopNonces(container.get(SecretBoxToken), clock, config.nonce_validity_period);
    const proofs = new DpopProofs(container.get(StateStoreToken), clock, nonces, config);
    const binding = new DpopBinding(proofs, nonces, config);
    contribute(TokenBindings, binding.type, binding);
  },
});
