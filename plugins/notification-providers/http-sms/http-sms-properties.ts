import { z } from 'zod';
import { givesJson, headersIn } from '#core/notifications';

/** Properties of a sender by an SMS gateway of one's own, as the senders API writes them. */
export const httpSmsProperties = z
  .object({
    providerURL: z.url({ protocol: /^https?$/, error: 'expected the URL of the gateway' }),
    contentType: z.enum(['JSON', 'FORM']),
    'http.method': z
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
      .string({ error: 'expected a template with {{body}} and {{mobile}}' })
      .min(1)
      .refine((text) => /\{\{\s*body\s*\}\}/.test(text), { error: 'expected a template with {{body}}' }),
    sender: z.string().default(''),
    key: z.string().default(''),
    secret: z.string().default('').meta({ secret: true }),
  })
  .superRefine(({ contentType, body }, context) => {
    if (contentType === 'JSON' && !givesJson(body))
      context.addIssue({ code: 'custom', path: ['body'], message: 'the template gives no JSON' });
  });

/** Properties as the provider sends with. */
export type HttpSmsProperties = z.output<typeof httpSmsProperties>;
