import { z } from 'zod';
import { flag, secretText, settings, wholeNumber } from '#core/kernel';
import { isEmailAddress } from './recipients.js';
import { localeOf } from './templates/locales.js';

interface Authenticating {
  readonly from_address: string;
  readonly enable_authentication: boolean;
  readonly auth_type: 'BASIC' | 'CLIENT_CREDENTIAL';
}

const needed = {
  BASIC: ['username', 'password'],
  CLIENT_CREDENTIAL: ['client_id', 'client_secret', 'token_endpoint'],
} as const;

/** Keys that a way to authenticate needs and that are empty. */
const missing = (adapter: Authenticating & Readonly<Record<(typeof needed)[keyof typeof needed][number], string>>) =>
  adapter.from_address !== '' && adapter.enable_authentication
    ? needed[adapter.auth_type].filter((key) => adapter[key] === '')
    : [];

/** `[output_adapter.email]`: the e-mail sender of everyone who has none of their own. */
export const EmailAdapterSettings = settings(
  'output_adapter.email',
  z
    .strictObject({
      from_address: z
        .string()
        .default('')
        .describe('Address of the sender; empty: this server sends no e-mail by itself'),
      hostname: z.string().min(1).default('smtp.gmail.com').describe('Mail server'),
      port: wholeNumber(1, 65_535).prefault(587).describe('Its port; on 465 the connection is TLS from the beginning'),
      enable_start_tls: flag()
        .prefault(true)
        .describe('Whether the connection has to change to TLS; false: clear text'),
      enable_authentication: flag().prefault(true).describe('Whether the sender authenticates at the mail server'),
      auth_type: z
        .enum(['BASIC', 'CLIENT_CREDENTIAL'])
        .default('BASIC')
        .describe('BASIC: username and password; CLIENT_CREDENTIAL: a token of an OAuth 2.0 server (XOAUTH2)'),
      username: z
        .string()
        .default('')
        .describe('User at the mail server; for CLIENT_CREDENTIAL from_address when empty'),
      password: secretText().default('').describe('Password of that user'),
      client_id: z.string().default('').describe('Client at the OAuth 2.0 server'),
      client_secret: secretText().default('').describe('Secret of that client'),
      token_endpoint: z.string().default('').describe('Token endpoint of the OAuth 2.0 server'),
      scopes: z.string().default('').describe('Scopes of the token, separated by spaces'),
      signature: z.string().default('').describe('Name of the sender that recipients see beside the address'),
      reply_to: z.string().default('').describe('Address for replies, when it is another one'),
    })
    .superRefine((adapter, context) => {
      for (const key of missing(adapter))
        context.addIssue({ code: 'custom', path: [key], message: `auth_type ${adapter.auth_type} needs ${key}` });
      for (const key of ['from_address', 'reply_to'] as const)
        if (adapter[key] !== '' && !isEmailAddress(adapter[key]))
          context.addIssue({ code: 'custom', path: [key], message: 'expected an e-mail address' });
    }),
);

/** `[notifications]` */
export const NotificationSettings = settings(
  'notifications',
  z.strictObject({
    default_locale: z
      .string()
      .refine((text) => localeOf(text) !== undefined, { error: 'expected a locale such as "en_US"' })
      .default('en_US')
      .describe('Language of messages to people of whom no language is known'),
  }),
);
