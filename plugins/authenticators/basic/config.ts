import { z } from 'zod';

/** `[authentication.authenticator.basic]` */
export const configSchema = z.strictObject({
  name: z.literal('BasicAuthenticator').default('BasicAuthenticator').describe('Name on the wire'),
});
