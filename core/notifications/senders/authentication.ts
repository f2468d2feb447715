import { z } from 'zod';
import { senderErrors } from '../errors.js';
import type { SenderAuthentication } from '../provider.js';
import type { Properties } from './sender.js';

const text = z.string().min(1);
/** Goes into a header. */
const visible = text.regex(/^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/);
const url = z.url({ protocol: /^https?$/ });

/** Ways to authenticate with what belongs to them; members marked true are secrets. */
const kinds = {
  NONE: z.object({ type: z.literal('NONE') }),
  BASIC: z.object({ type: z.literal('BASIC'), username: text, password: text }),
  BEARER: z.object({ type: z.literal('BEARER'), accessToken: visible }),
  API_KEY: z.object({ type: z.literal('API_KEY'), header: z.string().regex(/^[!#$%&'*+.^_`|~\w-]+$/), value: visible }),
  CLIENT_CREDENTIAL: z.object({
    type: z.literal('CLIENT_CREDENTIAL'),
    clientId: text,
    clientSecret: text,
    tokenEndpoint: url,
    scopes: z.string().default(''),
  }),
} as const satisfies Record<SenderAuthentication['type'], z.ZodType<SenderAuthentication>>;

const secrets: ReadonlySet<string> = new Set(['password', 'accessToken', 'value', 'clientSecret']);

const isKind = (type: string): type is SenderAuthentication['type'] => Object.hasOwn(kinds, type);

/** Names of what belongs to a way to authenticate; empty when there is none of that name. */
export function authenticationKeys(type: string): readonly string[] {
  return isKind(type) ? Object.keys(kinds[type].shape).filter((key) => key !== 'type') : [];
}

/**
 * Checks how a sender authenticates. Throws ApiError NSM-60012.
 *
 * @param allowed what its provider understands
 */
export function checkedAuthentication(
  type: string,
  properties: Properties,
  allowed: readonly SenderAuthentication['type'][],
): SenderAuthentication {
  const wanted = type.toUpperCase();
  if (!isKind(wanted) || !allowed.includes(wanted))
    throw senderErrors.authentication(`The provider does not know ${type || 'no type'}. Known: ${allowed.join(', ')}.`);
  const { success, data, error } = kinds[wanted].safeParse({ ...properties, type: wanted });
  if (success) return data;
  const problems = error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw senderErrors.authentication(`${wanted} needs ${authenticationKeys(wanted).join(', ')}. ${problems.join('; ')}`);
}

/** What may be shown of it. */
export function shownAuthentication({ type, ...properties }: SenderAuthentication): Properties {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => !secrets.has(name))) as Properties;
}
