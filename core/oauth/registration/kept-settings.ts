import type { StoredClientSettings } from '../clients/client-model.js';

/** Token bindings that metadata can name; the others only an administrator chooses. */
const SAID_BY_METADATA: readonly string[] = ['None', 'DPoP', 'certificate'];

/**
 * Settings that a client asks for by its metadata, with those that no metadata speak of as they were: an administrator
 * has chosen them, and a client must not shake them off by describing itself anew.
 */
export function withKept(asked: StoredClientSettings, before: StoredClientSettings): StoredClientSettings {
  const { isFAPIApplication, fapiProfile, allowedOrigins, subjectToken, scopeValidators } = before;
  const { cibaAuthenticationRequest, issuer } = before;
  const { revokeTokensWhenIDPSessionTerminated, accessTokenAttributes, enableJwtScopeAsArray } = before.accessToken;
  const { bindingType, validateTokenBinding } = before.accessToken;
  const isTied = asked.accessToken.bindingType === 'None' && !SAID_BY_METADATA.includes(bindingType);
  return {
    ...asked,
    ...{ isFAPIApplication, fapiProfile, allowedOrigins, subjectToken, scopeValidators },
    ...{ cibaAuthenticationRequest, issuer },
    accessToken: {
      ...asked.accessToken,
      ...{ revokeTokensWhenIDPSessionTerminated, accessTokenAttributes, enableJwtScopeAsArray },
      ...(isTied ? { bindingType, validateTokenBinding } : {}),
    },
    refreshToken: { ...before.refreshToken, expiryInSeconds: asked.refreshToken.expiryInSeconds },
    idToken: { ...asked.idToken, audience: before.idToken.audience },
  };
}
