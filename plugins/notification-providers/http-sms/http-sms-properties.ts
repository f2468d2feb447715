import { z } from 'zod';
import { checkTemplate, requestHeaders, requestMethod } from '#core/notifications';

/** Properties of a sender by an SMS gateway of one's own, as the senders API writes them. */
export const httpSmsProperties = z
  .object({
    providerURL: z.url({ protocol: /^https?$/, error: 'expected the URL of the gateway' }),
    contentType: z.enum(['JSON', 'FORM']),
    'http.method': requestMethod,
    'http.headers': requestHeaders,
    body: z
      .string({ error: 'expected a template with {{body}} and {{mobile}}' })
      .min(1)
      .refine((text) => /\{\{\s*body\s*\}\}/.test(text), { error: 'expected a template with {{body}}' }),
    sender: z.string().default(''),
    key: z.string().default(''),
    secret: z.string().default('').meta({ secret: true }),
  })
  .superRefine(checkTemplate);

/** Properties as the provider sends with. */
export type HttpSmsProperties = z.output<typeof httpSmsProperties>;
