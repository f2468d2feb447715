import { z } from 'zod';
import { duration, flag } from '#core/kernel';

/** `[oauth.grant_type.token_exchange]` */
export const configSchema = z.strictObject({
  allow_public_client: flag().prefault(true).describe('Whether clients without a secret may use the grant'),
  allow_refresh_tokens: flag().prefault(true).describe('Whether the grant gives refresh tokens'),
  enable_iat_validation: flag().prefault(true).describe('Whether it counts when a subject token was issued'),
  iat_validity_period: duration('m').prefault('60m').describe('How long ago that may be at most'),
});

/** Parsed settings. */
export type TokenExchangeConfig = z.output<typeof configSchema>;
