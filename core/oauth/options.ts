import type { Thumbprints } from '#core/crypto';
import { token } from '#core/kernel';
import type { ClientDefaults } from './clients/client-model.js';
import type { OAuthConfiguration } from './settings.js';

/** Injection token of the options of `[oauth]`. */
export const OAuthOptionsToken = token<OAuthOptions>('oauth.options');

/** The settings of `[oauth]` as the room uses them: inherited defaults filled in, times in milliseconds. */
export interface OAuthOptions extends OAuthConfiguration {
  readonly hashClientSecret: boolean;
  readonly promptLoginConsent: boolean;
  /** How tokens name the certificate of their key. */
  readonly thumbprints: Thumbprints;
  /** Whether access tokens in JWT are kept here. */
  readonly keepsAccessTokens: boolean;
  /** Whether the refresh tokens that go with them are. */
  readonly keepsRefreshTokens: boolean;
  readonly promptLogoutConsent: boolean;
  readonly allowedScopes: readonly RegExp[];
  readonly clientDefaults: ClientDefaults;
  /** Algorithm of signed answers of userinfo. */
  readonly userInfoAlgorithm: string;
}

/** Name of an algorithm in RFC 7518; the contract calls RS256 `SHA256withRSA`. */
export const jwaName = (name: string): string => (name === 'SHA256withRSA' ? 'RS256' : name);

/** The name of an algorithm in the contract. */
export const publishedName = (name: string): string => (name === 'RS256' ? 'SHA256withRSA' : name);

/** The options that the parsed settings stand for. */
export function oauthOptions(parsed: OAuthConfiguration): OAuthOptions {
  const { token_validation: lives, token_renewal: renewal, token_persistence: persistence, oidc } = parsed;
  const promptLoginConsent = parsed.prompt_login_consent ?? parsed.prompt_consent;
  const idTokenSignedResponseAlg = jwaName(oidc.id_token.signature_algorithm);
  const seconds = (ms: number) => Math.max(1, Math.floor(ms / 1000));
  return {
    ...parsed,
    hashClientSecret: parsed.hash_client_secret || parsed.hash_tokens_and_secrets,
    promptLoginConsent,
    thumbprints: { x5t: parsed.jwt_x5t_enabled, x5tS256: parsed.jwt_x5t_s256_enabled },
    keepsAccessTokens: persistence.enable && persistence.persist_access_token,
    keepsRefreshTokens: persistence.enable && persistence.persist_refresh_token,
    promptLogoutConsent: parsed.prompt_logout_consent ?? promptLoginConsent,
    allowedScopes: parsed.allowed_scopes.map((pattern) => new RegExp(pattern)),
    userInfoAlgorithm: jwaName(oidc.user_info.jwt_signature_algorithm ?? idTokenSignedResponseAlg),
    clientDefaults: {
      userAccessTokenExpiryInSeconds: seconds(lives.user_access_token_validity),
      applicationAccessTokenExpiryInSeconds: seconds(lives.app_access_token_validity),
      refreshTokenExpiryInSeconds: seconds(lives.refresh_token_validity),
      idTokenExpiryInSeconds: seconds(oidc.token_validation.id_token_validity),
      renewRefreshToken: renewal.renew_refresh_token,
      extendRenewedRefreshTokenExpiryTime: renewal.extend_refresh_token_expiry_time_on_renewal,
      idTokenSignedResponseAlg,
      subjectType: oidc.subject_type.default_subject_type,
    },
  };
}
