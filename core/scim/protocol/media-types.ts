import type { HttpRequest } from '#core/http';
import { SCIM_JSON } from './render-error.js';
import { ScimError } from './scim-error.js';

const JSON_TYPE = 'application/json';

/**
 * Media type of the answer: what the client accepts, `application/scim+json` when it does not say (RFC 7644 section 3.8).
 *
 * @throws ScimError 406 when it accepts none of the two
 */
export function answerType({ headers }: HttpRequest): string {
  const { accept = '' } = headers;
  if (accept.trim() === '') return SCIM_JSON;
  const ranges = accept.split(',').map(rangeOf);
  const quality = (type: string) => {
    const best = [type, 'application/*', '*/*'].map((wanted) => ranges.find(({ name }) => name === wanted));
    return best.find((range) => range !== undefined)?.q ?? 0;
  };
  const [scim, json] = [quality(SCIM_JSON), quality(JSON_TYPE)];
  if (scim === 0 && json === 0)
    throw new ScimError(406, `Requested format not supported: answers are ${SCIM_JSON} or ${JSON_TYPE}.`);
  return scim >= json ? SCIM_JSON : JSON_TYPE;
}

/** @throws ScimError 415 when the body is declared as something else than JSON, or not declared at all */
export function checkBodyType({ headers }: HttpRequest): void {
  const [type = '', ...parameters] = (headers['content-type'] ?? '')
    .split(';')
    .map((part) => part.trim().toLowerCase());
  if (type === '') throw new ScimError(415, `Content-Type is missing. Send the body as ${SCIM_JSON} or ${JSON_TYPE}.`);
  const charset = parameters
    .find((one) => one.startsWith('charset='))
    ?.slice('charset='.length)
    .replaceAll('"', '');
  if (
    (type !== SCIM_JSON && type !== JSON_TYPE) ||
    (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8')
  )
    throw new ScimError(415, `Requested format not supported. Send the body as ${SCIM_JSON} or ${JSON_TYPE} in UTF-8.`);
}

function rangeOf(text: string): { readonly name: string; readonly q: number } {
  const [name = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const weight = Number(parameters.find((one) => one.startsWith('q='))?.slice(2) ?? 1);
  return { name, q: weight >= 0 && weight <= 1 ? weight : 0 };
}
