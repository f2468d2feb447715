import { z } from 'zod';
import { definePlugin } from '#core/kernel';
import { type GrantType, GrantTypes, splitScopes } from '#core/oauth';
import { configSchema } from './config.js';

const parameters = z.object({ scope: z.string().optional() });

/** The client acts for itself (RFC 6749 §4.4): no user, no refresh token, no ID token. */
const clientCredentials: GrantType<typeof parameters> = {
  grantType: 'client_credentials',
  displayName: 'Client Credential',
  parameters,
  publicClientAllowed: false,
  handle: ({ parameters: { scope } }) => ({
    subject: { type: 'application' },
    scopes: splitScopes(scope),
    refreshable: false,
    idToken: false,
  }),
};

export default definePlugin({
  id: 'grant-type.client-credentials',
  requires: ['core.oauth'],
  configPath: 'oauth.grant_type.client_credentials',
  configSchema,
  setup({ contribute }) {
    contribute(GrantTypes, clientCredentials.grantType, clientCredentials);
  },
});
