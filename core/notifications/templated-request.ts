import { z } from 'zod';
import type { GatewayRequest } from './message-gateway.js';
import { filledPayload, givesJson, headersIn, PAYLOAD_TYPES, type PayloadForm } from './payload-template.js';

/** Property of a sender: the method of its requests, `POST` or `PUT`, also written `HTTP_POST`. */
export const requestMethod = z
  .string()
  .default('POST')
  .transform((text) => text.toUpperCase().replace(/^HTTP_?/, ''))
  .pipe(z.enum(['POST', 'PUT'], { error: 'expected POST or PUT' }));

/** Property of a sender: headers of its requests, as one text `Name: value, Name: value`. */
export const requestHeaders = z
  .string()
  .default('')
  .transform((text, context) => {
    const headers = headersIn(text);
    if (headers) return headers;
    context.addIssue({ code: 'custom', message: 'expected "Name: value, Name: value", none of the connection' });
    return z.NEVER;
  });

/** How a sender writes its bodies. */
export interface BodyTemplate {
  readonly contentType: PayloadForm;
  readonly body: string;
}

/** Refinement of a sender's properties: a template of JSON gives JSON whatever its values are. */
export function checkTemplate({ contentType, body }: BodyTemplate, context: z.RefinementCtx): void {
  if (contentType === 'JSON' && !givesJson(body))
    context.addIssue({ code: 'custom', path: ['body'], message: 'the template gives no JSON' });
}

/** The request that a template makes of the values of a message. */
export function templatedRequest(
  request: Omit<GatewayRequest, 'body'>,
  { contentType, body }: BodyTemplate,
  values: Readonly<Record<string, string>>,
): GatewayRequest {
  return {
    url: request.url,
    method: request.method,
    headers: { 'content-type': PAYLOAD_TYPES[contentType], ...request.headers },
    body: filledPayload(body, contentType, values),
    timeout: request.timeout,
  };
}
