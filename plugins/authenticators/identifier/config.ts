import { z } from 'zod';
import { flag } from '#core/kernel';

/** `[authentication.authenticator.user_identifier]` */
export const configSchema = z.strictObject({
  name: z.literal('IdentifierExecutor').default('IdentifierExecutor').describe('Name on the wire'),
  parameters: z
    .strictObject({
      ValidateUsername: flag()
        .prefault(false)
        .describe('Whether an unknown name is refused at once; this tells who has an account'),
    })
    .prefault({}),
});
