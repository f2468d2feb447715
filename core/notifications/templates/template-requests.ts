import { z } from 'zod';
import type { Channel } from '../provider.js';
import { localeOf } from './locales.js';
import { type TemplateText, TYPE_NAME } from './template.js';

/** Base of the API of templates. */
export const BASE = '/api/server/v1';

/** A channel as an API writes it. */
export interface Part {
  readonly channel: Channel;
  /** `Email`, `SMS`: part of the operation ids. */
  readonly word: string;
  readonly base: string;
  readonly path: string;
  /** What ends the operation ids of an older API. */
  readonly suffix: string;
  readonly text: z.ZodType<TemplateText>;
  readonly answer: z.ZodType;
  readonly scopes: Readonly<Record<'view' | 'create' | 'update' | 'delete', readonly string[]>>;
}

/** PostgreSQL cannot keep it. */
const hasNoNul = (text: string) => !text.includes('\0');
/** A text column of every database holds so much, in bytes. */
const long = z
  .string()
  .refine((text) => Buffer.byteLength(text) <= 60_000, { error: 'longer than 60000 bytes' })
  .refine(hasNoNul, { error: 'NUL is no text' });
/** Text of an e-mail template. */
export const emailText = z.object({
  contentType: z
    .string()
    .max(64)
    .regex(/^text\/(html|plain)(\s*;\s*charset=utf-8)?$/i, { error: 'expected text/html or text/plain' }),
  subject: z.string().min(1).max(1000).refine(hasNoNul, { error: 'NUL is no text' }),
  body: long.min(1),
  footer: long.default(''),
});
const smsText = z.object({ body: long.min(1) });
const asSms = ({ body }: { readonly body: string }) => ({ contentType: 'text/plain', subject: '', body, footer: '' });

const email: Part = {
  channel: 'EMAIL',
  word: 'Email',
  base: BASE,
  path: '/notification/email/template-types',
  suffix: '',
  text: emailText,
  answer: z.object({ ...emailText.shape, locale: z.string() }),
  scopes: {
    view: ['internal_email_mgt_view', 'internal_template_mgt_view'],
    create: ['internal_email_mgt_create', 'internal_template_mgt_update'],
    update: ['internal_email_mgt_update', 'internal_template_mgt_update'],
    delete: ['internal_email_mgt_delete', 'internal_template_mgt_delete'],
  },
};

const sms: Part = {
  channel: 'SMS',
  word: 'SMS',
  base: BASE,
  path: '/notification/sms/template-types',
  suffix: '',
  text: smsText.transform(asSms),
  answer: z.object({ ...smsText.shape, locale: z.string() }),
  scopes: {
    view: ['internal_template_mgt_view'],
    create: ['internal_template_mgt_create'],
    update: ['internal_template_mgt_update'],
    delete: ['internal_template_mgt_delete'],
  },
};

/** Both channels. */
export const parts: readonly Part[] = [email, sms];

/** E-mail templates as they were managed before SMS had templates. */
export const emailV2: Part = {
  ...email,
  base: '/api/server/v2',
  path: '/email/template-types',
  suffix: 'V2',
  scopes: {
    view: ['internal_email_mgt_view'],
    create: ['internal_email_mgt_create'],
    update: ['internal_email_mgt_update'],
    delete: ['internal_email_mgt_delete'],
  },
};

/** The first API of e-mail templates: one for each language, whoever has written it. */
export const emailV1: Part = { ...emailV2, base: BASE, suffix: 'V1' };

/** A locale in its usual form. */
export const locale = z.string().transform((text, context) => {
  const found = localeOf(text);
  if (found) return found;
  context.addIssue({ code: 'custom', message: 'expected a locale such as en_US' });
  return z.NEVER;
});
/** Name of a new type. */
export const displayName = z
  .string()
  .trim()
  .regex(TYPE_NAME, { error: 'expected at most 100 letters, digits, spaces and . - _' });
/** Body of a new type. */
export const typeBody = z.object({ displayName });
/** A type in answers. */
export const typeAnswer = z.object({ id: z.string(), displayName: z.string(), self: z.string() });
/** Templates in lists. */
export const listAnswer = z.array(z.object({ locale: z.string(), self: z.string() }));
/** Query of reads. */
export const resolveQuery = z.object({
  resolve: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true')
    .describe('Whether inherited templates count too'),
});
/** Body of a reset. */
export const resetBody = z.object({ templateTypeId: z.string().min(1).max(400), channel: z.string() });
