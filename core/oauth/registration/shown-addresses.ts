import { z } from 'zod';
import { RegistrationError } from './registration-errors.js';

/**
 * Addresses of a client that people get to see: its picture, its home page and its terms (RFC 7591 §2, OpenID Connect
 * Dynamic Registration §2), each also once a language, as `policy_uri#de` (§2.1 there, RFC 7591 §2.2).
 */
const NAMES = ['client_uri', 'logo_uri', 'policy_uri', 'tos_uri'] as const;

/** At most so many of them come with a language. */
const MAX_IN_LANGUAGES = 100;

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
/** What hosts look like: a policy of a page that names one with `*` would let in others. */
const HOST = /^([\w.-]+|\[[\da-f:]+\])$/;

/** Whether an address may be shown: https, or http on the machine of the browser, without credentials in it. */
function isShowable(text: string): boolean {
  if (!/^https?:\/\/[^\s\\\p{C}]+$/iu.test(text) || !URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '' || !HOST.test(hostname)) return false;
  return protocol === 'https:' || LOOPBACK.test(hostname);
}

const shown = z
  .string()
  .max(1024)
  .refine(isShowable, { error: 'this has to be a https address (http only for this machine) without credentials' });

/** The members without a language. */
export const shownAddresses = {
  client_uri: shown.optional(),
  logo_uri: shown.optional(),
  policy_uri: shown.optional(),
  tos_uri: shown.optional(),
};

const TAGGED = new RegExp(`^(${NAMES.join('|')})#`);
const LANGUAGE = /^[a-z]{2,8}(-[a-z0-9]{1,8}){0,4}$/i;

/** The members with a language, as they are. Throws RegistrationError for one that is not as it should be. */
export function addressesInLanguages(metadata: Readonly<Record<string, unknown>>): Record<string, string> {
  const tagged = Object.entries(metadata).filter(([name]) => TAGGED.test(name));
  if (tagged.length > MAX_IN_LANGUAGES)
    throw invalid(`at most ${MAX_IN_LANGUAGES} addresses may be given for single languages.`);
  return Object.fromEntries(
    tagged.map(([name, value]) => {
      if (!LANGUAGE.test(name.slice(name.indexOf('#') + 1)))
        throw invalid(`${name.slice(0, 80)}: what stands behind # has to be a language tag, as in logo_uri#de.`);
      const parsed = shown.safeParse(value);
      if (!parsed.success) throw invalid(`${name}: ${parsed.error.issues[0]?.message}`);
      return [name, parsed.data];
    }),
  );
}

const invalid = (description: string) => new RegistrationError('invalid_client_metadata', description);
