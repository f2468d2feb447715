import { z } from 'zod';
import { flag, wholeNumber } from '#core/kernel';

/** `[authentication.authenticator.totp]` */
export const configSchema = z.strictObject({
  name: z.literal('totp').default('totp').describe('Name on the wire'),
  parameters: z
    .strictObject({
      encodingMethod: z.literal('Base32').default('Base32').describe('How secrets are shown'),
      timeStepSize: wholeNumber(15, 300)
        .prefault(30)
        .describe('Seconds for which a code is shown; who is enrolled keeps the value of the enrolment'),
      windowSize: wholeNumber(1, 9)
        .prefault(3)
        .describe(
          'How many codes are right at one time; 3: the present one, the one before and the one after it, which is all that RFC 6238 recommends',
        ),
      authenticationMandatory: flag()
        .prefault(true)
        .describe('Whether the step is for everybody; otherwise those who are not enrolled pass it over'),
      enrolUserInAuthenticationFlow: flag()
        .prefault(true)
        .describe('Whether those who are not enrolled can enrol when they come to the step'),
      PreventTOTPCodeReuse: flag().prefault(true).describe('Whether a code is right only once'),
      EnableAccountLockingForFailedAttempts: flag()
        .prefault(true)
        .describe('Whether wrong codes lock the account where the organization locks accounts after wrong passwords'),
      HideUserStoreFromDisplayInQRUrl: flag()
        .prefault(false)
        .describe('Whether the name shown in the app leaves out the user store'),
      issuer: z
        .string()
        .min(1)
        .max(100)
        .refine((text) => !text.includes(':'), { error: 'expected a name without a colon' })
        .optional()
        .describe('What the app shows as the issuer; the name of the organization when absent'),
      ShowActiveSecret: flag()
        .prefault(false)
        .describe(
          'Whether a user can read the secret again after the enrolment: whoever gets a token of the user could',
        ),
    })
    .prefault({}),
});

/** Parsed parameters. */
export type TotpParameters = z.output<typeof configSchema>['parameters'];
