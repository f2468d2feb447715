import { randomToken, sha256Hex } from '#core/crypto';
import { definePlugin } from '#core/kernel';
import { type TokenIssuer, TokenIssuers } from '#core/oauth';

/** 43 characters of base64url: 256 bits. */
const pattern = /^[\w-]{43}$/;

/** Opaque tokens: random values that mean nothing to anyone but this server, which knows only their hash. */
const opaque: TokenIssuer = {
  type: 'Default',
  onRepetition: 'reuse',
  issue() {
    const token = randomToken();
    return { token, id: sha256Hex(token) };
  },
  identify: (token) => (pattern.test(token) ? { id: sha256Hex(token) } : undefined),
};

export default definePlugin({
  id: 'token-issuer.opaque',
  requires: ['core.oauth'],
  configPath: 'oauth.token_issuer.opaque',
  setup({ contribute }) {
    contribute(TokenIssuers, opaque.type, opaque);
  },
});
