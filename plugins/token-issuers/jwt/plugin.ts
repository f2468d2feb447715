import { KeySetsToken } from '#core/crypto';
import { definePlugin } from '#core/kernel';
import { OAuthOptionsToken, TokenIssuers } from '#core/oauth';
import { JwtTokenIssuer } from './jwt-token-issuer.js';

export default definePlugin({
  id: 'token-issuer.jwt',
  requires: ['core.oauth'],
  configPath: 'oauth.token_issuer.jwt',
  setup({ container, contribute }) {
    const issuer = new JwtTokenIssuer(container.get(KeySetsToken), container.get(OAuthOptionsToken));
    contribute(TokenIssuers, issuer.type, issuer);
  },
});
