import { definePlugin } from '#core/kernel';
import { OAuthError, type TokenBinding, TokenBindings, thumbprintOf } from '#core/oauth';

/** Tokens that only whoever holds the key of a client certificate can use (RFC 8705 §3). */
const certificateBinding: TokenBinding = {
  type: 'certificate',
  async bind({ http }) {
    if (!http.clientCertificate) throw new OAuthError('invalid_request', 'TLS certificate not found in the request.');
    return thumbprintOf(http.clientCertificate);
  },
  matches: async (value, http) =>
    http.clientCertificate !== undefined && thumbprintOf(http.clientCertificate) === value,
  confirmation: (value) => ({ 'x5t#S256': value }),
};

export default definePlugin({
  id: 'token-binding.certificate',
  requires: ['core.oauth'],
  configPath: 'oauth.token_binding.certificate',
  setup({ contribute }) {
    contribute(TokenBindings, certificateBinding.type, certificateBinding);
  },
});
