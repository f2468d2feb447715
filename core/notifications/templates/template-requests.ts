import { z } from 'zod';
import type { Channel } from '../provider.js';
import { localeOf } from './locales.js';
import type { TemplateText } from './template.js';

/** A channel as the API writes it. */
export interface Part {
  readonly channel: Channel;
  /** `Email`, `SMS`: part of the operation ids. */
  readonly word: string;
  readonly path: string;
  readonly text: z.ZodType<TemplateText>;
  readonly answer: z.ZodType;
  readonly scopes: Readonly<Record<'view' | 'create' | 'update' | 'delete', readonly string[]>>;
}

/** A text column of every database holds so much, in bytes. */
const long = z.string().refine((text) => Buffer.byteLength(text) <= 60_000, { error: 'longer than 60000 bytes' });
const emailText = z.object({
  contentType: z
    .string()
    .max(64)
    .regex(/^text\/(html|plain)(\s*;\s*charset=utf-8)?$/i, { error: 'expected text/html or text/plain' }),
  subject: z.string().min(1).max(1000),
  body: long.min(1),
  footer: long.default(''),
});
const smsText = z.object({ body: long.min(1) });
const asSms = ({ body }: { readonly body: string }) => ({ contentType: 'text/plain', subject: '', body, footer: '' });

/** Both of them. */
export const parts: readonly Part[] = [
  {
    channel: 'EMAIL',
    word: 'Email',
    path: '/notification/email/template-types',
    text: emailText,
    answer: z.object({ ...emailText.shape, locale: z.string() }),
    scopes: {
      view: ['internal_email_mgt_view', 'internal_template_mgt_view'],
      create: ['internal_email_mgt_create', 'internal_template_mgt_update'],
      update: ['internal_email_mgt_update', 'internal_template_mgt_update'],
      delete: ['internal_email_mgt_delete', 'internal_template_mgt_delete'],
    },
  },
  {
    channel: 'SMS',
    word: 'SMS',
    path: '/notification/sms/template-types',
    text: smsText.transform(asSms),
    answer: z.object({ ...smsText.shape, locale: z.string() }),
    scopes: {
      view: ['internal_template_mgt_view'],
      create: ['internal_template_mgt_create'],
      update: ['internal_template_mgt_update'],
      delete: ['internal_template_mgt_delete'],
    },
  },
];

/** A locale in its usual form. */
export const locale = z.string().transform((text, context) => {
  const found = localeOf(text);
  if (found) return found;
  context.addIssue({ code: 'custom', message: 'expected a locale such as en_US' });
  return z.NEVER;
});
const displayName = z
  .string()
  .trim()
  .regex(/^[\w .-]{1,100}$/, { error: 'expected at most 100 letters, digits, spaces and . - _' });
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
