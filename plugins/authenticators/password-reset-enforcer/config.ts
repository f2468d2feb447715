import { z } from 'zod';

/** `[authentication.authenticator.password_reset_enforcer]` */
export const configSchema = z.strictObject({
  name: z.literal('password-reset-enforcer').default('password-reset-enforcer').describe('Name on the wire'),
});
