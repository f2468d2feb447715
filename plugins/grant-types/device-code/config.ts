import { z } from 'zod';
import { duration, flag, wholeNumber } from '#core/kernel';

/** Without vowels, so that no code is a word, and without signs that look alike. */
const KEY_SET = 'BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz23456789';

/** `[oauth.grant_type.device_code]` */
export const configSchema = z.strictObject({
  allow_public_client: flag().prefault(true).describe('Whether clients without a secret may use the grant'),
  key_length: wholeNumber(4, 32).prefault(6).describe('Characters of a user code'),
  expiry_time: duration('m').prefault('10m').describe('How long a device waits for its user'),
  polling_interval: duration('s').prefault('5s').describe('Shortest time between two polls of a device'),
  key_set: z
    .string()
    .regex(/^[A-Za-z0-9]{10,62}$/, { error: 'expected 10 to 62 letters and digits' })
    .refine((text) => new Set(text.toUpperCase()).size >= 10, {
      error: 'expected at least 10 different characters; upper and lower case count as one',
    })
    .default(KEY_SET)
    .describe(
      'Characters of user codes; a letter in both cases is shown in that which comes first, and typed in either',
    ),
});

/** Parsed settings. */
export type DeviceCodeConfig = z.output<typeof configSchema>;
