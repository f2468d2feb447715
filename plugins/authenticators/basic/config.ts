import { z } from 'zod';
import { flag } from '#core/kernel';

/** `[authentication.authenticator.basic]` */
export const configSchema = z.strictObject({
  parameters: z
    .strictObject({
      showAuthFailureReason: flag()
        .prefault(false)
        .describe('Whether the login page is told why a sign-in failed (errorCode), which tells who has an account'),
      showAuthFailureReasonOnLoginPage: flag()
        .prefault(false)
        .describe('Whether the login page says it to the user, too'),
    })
    .prefault({}),
  name: z.literal('BasicAuthenticator').default('BasicAuthenticator').describe('Name on the wire'),
});

/** What the page is told of a failure. */
export type FailureReasons = z.output<typeof configSchema>['parameters'];
