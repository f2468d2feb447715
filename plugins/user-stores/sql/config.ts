import { z } from 'zod';
import { PASSWORD_HASH_METHODS } from '#core/crypto';
import { flag } from '#core/kernel';

const pattern = (fallback: string) =>
  z
    .string()
    .default(fallback)
    .refine(
      (text) => {
        try {
          return new RegExp(text, 'u') instanceof RegExp;
        } catch {
          return false;
        }
      },
      { error: 'expected a regular expression' },
    );

/** Settings of the SQL user store: keys of `[user_store]`. */
export const sqlUserStoreSettings = z.strictObject({
  password_hash_method: z.enum(PASSWORD_HASH_METHODS).default('argon2id').describe('How new passwords are stored'),
  case_insensitive_username: flag().prefault(true).describe('Whether Alice and alice are the same user'),
  username_java_regex: pattern('^[^\\s*?%]{3,50}$').describe('What a user name must match'),
  username_java_reg_ex_violation_error_msg: z
    .string()
    .default('Username pattern policy violated')
    .describe('What to say when it does not'),
  password_java_regex: pattern('^[\\s\\S]{8,128}$').describe('What a password must match'),
  password_java_reg_ex_violation_error_msg: z
    .string()
    .default('Password length should be within 8 to 128 characters')
    .describe('What to say when it does not'),
});

/** Parsed settings. */
export type SqlUserStoreConfig = z.output<typeof sqlUserStoreSettings>;
