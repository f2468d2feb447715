import { duration } from '#core/kernel';
import { readAuthorities } from '../connection/authorities.js';
import { parseTimePattern } from '../entries/time-pattern.js';
import { isAttributeName } from '../filters/attribute-name.js';
import { FilterTemplate } from '../filters/filter-template.js';
import type { SettingForm } from './property-definition.js';

const REFERRALS = ['follow', 'ignore', 'throw'];

/** Milliseconds of a text such as `2m`, `30s` or `5000`. @throws Error when it is none */
export function millisecondsOf(text: string): number {
  const parsed = duration('ms').safeParse(text);
  if (!parsed.success) throw new Error('expected a duration such as "2m", "30s", or milliseconds');
  return parsed.data;
}

/** The servers of a list of URLs. @throws Error when there is none, or one cannot be used */
export function serversOf(text: string): readonly URL[] {
  const urls = text.split(/\s+/).filter((part) => part !== '');
  if (urls.length === 0) throw new Error('expected at least one ldap:// or ldaps:// URL');
  return urls.map((one) => {
    const url = URL.canParse(one) ? new URL(one) : undefined;
    if (!url || !['ldap:', 'ldaps:'].includes(url.protocol) || url.hostname === '')
      throw new Error('expected ldap:// or ldaps:// URLs with a host, separated by spaces');
    if (url.username !== '' || url.password !== '')
      throw new Error('expected URLs without a name and a password; these have settings of their own');
    if (!['', '/'].includes(url.pathname) || url.search !== '')
      throw new Error('expected URLs of servers only; the search bases have settings of their own');
    return url;
  });
}

function checkPattern(text: string): void {
  try {
    new RegExp(`^(?:${text})$`, 'u');
  } catch (cause) {
    throw new Error('expected a regular expression', { cause });
  }
}

const checks: Readonly<Record<SettingForm, (text: string) => unknown>> = {
  text: () => undefined,
  secret: () => undefined,
  flag(text) {
    if (!['true', 'false'].includes(text)) throw new Error('expected true or false');
  },
  number(text) {
    if (!/^\d{0,9}$/.test(text)) throw new Error('expected a whole number, 0 or more');
  },
  duration: millisecondsOf,
  pattern: checkPattern,
  filter: (text) => FilterTemplate.parse(text).withoutValue(),
  'filter-with-value': (text) => FilterTemplate.parse(text).requireValue(),
  attribute(text) {
    if (text !== '' && !isAttributeName(text)) throw new Error('expected the name of an attribute');
  },
  'time-pattern': parseTimePattern,
  referral(text) {
    if (!REFERRALS.includes(text)) throw new Error(`expected one of ${REFERRALS.join(', ')}`);
  },
  file: (text) => (text === '' ? undefined : readAuthorities(text)),
  urls: (text) => (text === '' ? undefined : serversOf(text)),
};

/** Checks the text of a setting. @throws Error that says what is expected */
export function checkForm(form: SettingForm, text: string): void {
  checks[form](text);
}
