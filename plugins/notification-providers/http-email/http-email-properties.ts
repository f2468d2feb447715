import { z } from 'zod';
import { givesJson, headersIn, isEmailAddress } from '#core/notifications';

/** Properties of a sender by an e-mail service of HTTP, as the senders API writes them. */
export const httpEmailProperties = z
  .object({
    providerURL: z.url({ protocol: /^https?$/, error: 'expected the URL of the service' }),
    fromAddress: z.string().refine(isEmailAddress, { error: 'expected an e-mail address' }).optional(),
    contentType: z.enum(['JSON', 'FORM']).default('JSON'),
    'http.client.method': z
      .string()
      .default('POST')
      .transform((text) => text.toUpperCase().replace(/^HTTP_?/, ''))
      .pipe(z.enum(['POST', 'PUT'], { error: 'expected POST or PUT' })),
    'http.headers': z
      .string()
      .default('')
      .transform((text, context) => {
        const headers = headersIn(text);
        if (headers) return headers;
        context.addIssue({ code: 'custom', message: 'expected "Name: value, Name: value", none of the connection' });
        return z.NEVER;
      }),
    body: z
      .string({ error: 'expected a template with {{send-to}}, {{subject}} and {{body}}' })
      .refine((text) => /\{\{\s*body\s*\}\}/.test(text) && /\{\{\s*send-to\s*\}\}/.test(text), {
        error: 'expected a template with {{send-to}} and {{body}}',
      }),
  })
  .superRefine(({ contentType, body }, context) => {
    if (contentType === 'JSON' && !givesJson(body))
      context.addIssue({ code: 'custom', path: ['body'], message: 'the template gives no JSON' });
  });

/** Properties as the provider sends with. */
export type HttpEmailProperties = z.output<typeof httpEmailProperties>;
