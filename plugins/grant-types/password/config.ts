import { z } from 'zod';
import { flag } from '#core/kernel';

/** `[oauth.grant_type.password]` */
export const configSchema = z.strictObject({
  allow_public_client: flag().prefault(true).describe('Whether clients without a secret may use the grant'),
  show_auth_failure_reason: flag()
    .prefault(false)
    .describe('Whether the answer tells that an account is locked or disabled, which tells that there is one'),
});

/** The settings of the grant. */
export type PasswordGrantConfig = z.output<typeof configSchema>;
