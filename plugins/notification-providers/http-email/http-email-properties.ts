import { z } from 'zod';
import { checkTemplate, isEmailAddress, requestHeaders, requestMethod } from '#core/notifications';

/** Properties of a sender by an e-mail service of HTTP, as the senders API writes them. */
export const httpEmailProperties = z
  .object({
    providerURL: z.url({ protocol: /^https?$/, error: 'expected the URL of the service' }),
    fromAddress: z.string().refine(isEmailAddress, { error: 'expected an e-mail address' }).optional(),
    contentType: z.enum(['JSON', 'FORM']).default('JSON'),
    'http.client.method': requestMethod,
    'http.headers': requestHeaders,
    body: z
      .string({ error: 'expected a template with {{send-to}}, {{subject}} and {{body}}' })
      .refine((text) => /\{\{\s*body\s*\}\}/.test(text) && /\{\{\s*send-to\s*\}\}/.test(text), {
        error: 'expected a template with {{send-to}} and {{body}}',
      }),
  })
  .superRefine(checkTemplate);

/** Properties as the provider sends with. */
export type HttpEmailProperties = z.output<typeof httpEmailProperties>;
