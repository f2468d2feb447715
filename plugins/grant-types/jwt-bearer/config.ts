import { z } from 'zod';
import { duration, flag, settings } from '#core/kernel';

/** `[oauth.grant_type.jwt_bearer]` */
export const configSchema = z.strictObject({
  allow_public_client: flag().prefault(true).describe('Whether clients without a secret may use the grant'),
  allow_refresh_tokens: flag().prefault(true).describe('Whether the grant gives refresh tokens'),
});

/** `[oauth.grant_type.jwt]`: what assertions have to be like. */
export const AssertionSettings = settings(
  'oauth.grant_type.jwt',
  z.strictObject({
    enable_iat_validation: flag().prefault(true).describe('Whether it counts when an assertion was issued'),
    iat_validity_period: duration('m').prefault('30m').describe('How long ago that may be at most'),
    enable_jwt_cache: flag().prefault(false).describe('Whether an assertion is good for one use; it then needs a jti'),
  }),
);

/** Parsed settings of both tables. */
export type JwtBearerConfig = z.output<typeof configSchema> & z.output<(typeof AssertionSettings)['schema']>;
