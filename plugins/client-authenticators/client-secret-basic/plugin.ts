import { definePlugin } from '#core/kernel';
import { ClientAuthenticators } from '#core/oauth';
import { clientSecretBasic } from './client-secret-basic.js';

export default definePlugin({
  id: 'client-authenticator.client-secret-basic',
  requires: ['core.oauth'],
  configPath: 'oauth.client_authenticator.client_secret_basic',
  setup({ contribute }) {
    contribute(ClientAuthenticators, clientSecretBasic.method, clientSecretBasic);
  },
});
