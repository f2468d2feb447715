import { z } from 'zod';
import { duration, flag, settings } from '#core/kernel';

/** `[oauth]` */
export const OAuthSettings = settings(
  'oauth',
  z.strictObject({
    hash_client_secret: flag()
      .prefault(true)
      .describe('Whether client secrets are stored as hashes; false: sealed, so that the API can show them again'),
    prompt_consent: flag().prefault(true).describe('Whether users are asked for consent at all'),
    prompt_login_consent: flag()
      .optional()
      .describe('Whether they are asked at sign-in; as prompt_consent when absent'),
    prompt_logout_consent: flag()
      .optional()
      .describe('Whether they are asked at logout; as prompt_login_consent when absent'),
    allowed_scopes: z
      .array(z.string())
      .default(['^device_.*'])
      .describe('Patterns of scopes that need no registration'),
    restricted_query_parameters: z
      .array(z.string())
      .default(['username', 'password', 'client_secret'])
      .describe('Parameters that must not stand in the URL of a token request'),
    handle_logout_gracefully: flag().prefault(true).describe('Whether a logout without a session succeeds'),
    token_validation: z
      .strictObject({
        authorization_code_validity: duration('s').prefault('5m').describe('How long an authorization code lives'),
      })
      .prefault({}),
    oidc: z
      .strictObject({
        redirect_to_post_logout_uri_on_consent_denial: flag()
          .prefault(true)
          .describe('Whether a refused logout returns to the application'),
      })
      .prefault({}),
  }),
);

/** Values of `[oauth]`, with the inherited defaults filled in. */
export interface OAuthOptions {
  readonly hashClientSecret: boolean;
  readonly promptLoginConsent: boolean;
  readonly promptLogoutConsent: boolean;
  readonly allowedScopes: readonly RegExp[];
  readonly restrictedQueryParameters: readonly string[];
  readonly handleLogoutGracefully: boolean;
  readonly redirectOnLogoutDenial: boolean;
  /** Milliseconds. */
  readonly codeLifetime: number;
}

/** The options that the parsed settings stand for. */
export function oauthOptions(parsed: z.output<(typeof OAuthSettings)['schema']>): OAuthOptions {
  const promptLoginConsent = parsed.prompt_login_consent ?? parsed.prompt_consent;
  return {
    hashClientSecret: parsed.hash_client_secret,
    promptLoginConsent,
    promptLogoutConsent: parsed.prompt_logout_consent ?? promptLoginConsent,
    allowedScopes: parsed.allowed_scopes.map((pattern) => new RegExp(pattern)),
    restrictedQueryParameters: parsed.restricted_query_parameters,
    handleLogoutGracefully: parsed.handle_logout_gracefully,
    redirectOnLogoutDenial: parsed.oidc.redirect_to_post_logout_uri_on_consent_denial,
    codeLifetime: parsed.token_validation.authorization_code_validity,
  };
}
