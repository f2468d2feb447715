import { createHash, randomBytes } from 'node:crypto';
import type { CredentialOutcome } from '#core/users';
import type { DirectoryEntry } from './directory/directory-entry.js';

/** Rule that follows memberships through groups (LDAP_MATCHING_RULE_IN_CHAIN). */
export const IN_CHAIN = '1.2.840.113556.1.4.1941';
/** Attributes that say whether an account may be used. */
export const ACCOUNT_STATE = ['userAccountControl', 'msDS-User-Account-Control-Computed', 'pwdLastSet'] as const;

type Reason = Extract<CredentialOutcome, { outcome: 'rejected' }>['reason'];

const DISABLED = 0x2;
const LOCKED_OUT = 0x10;
const PASSWORD_EXPIRED = 0x800000;
const LONGEST_ACCOUNT = 20;

/**
 * What Active Directory adds to a refused bind: `... data 533, v1db1`. All but 525, 52e and 775 tell that the password
 * was right; 775 is answered whether it was or not.
 */
const REASONS: Readonly<Record<string, Reason>> = {
  '525': 'bad_credential', // no such user
  '52e': 'bad_credential',
  '52f': 'disabled', // a restriction of the account
  '530': 'disabled', // not at this time
  '531': 'disabled', // not from here
  '532': 'password_expired',
  '533': 'disabled',
  '701': 'disabled', // the account has expired
  '773': 'password_expired', // it must be changed first
  '775': 'locked',
};

/** Why a bind was refused, by the text of the answer. */
export function bindRefusal(text: string): Reason {
  const code = /\bdata ([0-9a-f]+)/i.exec(text)?.[1]?.toLowerCase();
  return REASONS[code ?? ''] ?? 'bad_credential';
}

/** Why an account may not be used although the directory has taken the password; undefined: it may. */
export function accountProblem(entry: DirectoryEntry): Reason | undefined {
  const number = (name: string) => Number(entry.text(name) ?? 0);
  const [flags, computed] = [number('userAccountControl'), number('msDS-User-Account-Control-Computed')];
  if (flags & DISABLED) return 'disabled';
  if (computed & LOCKED_OUT) return 'locked';
  if (computed & PASSWORD_EXPIRED || entry.text('pwdLastSet') === '0') return 'password_expired';
  return undefined;
}

/** The form in which Active Directory takes a password (`unicodePwd`). */
export function unicodePassword(password: string): Buffer {
  return Buffer.from(`"${password}"`, 'utf16le');
}

/** A password that nobody knows, for accounts that have none: without one, an account would be open or disabled. */
export function unknownPassword(): string {
  return `${randomBytes(48).toString('base64')}aA1!`;
}

/** `sAMAccountName` of a name: the name itself, or one made from it when it is too long or has other characters. */
export function accountName(name: string, longest: number = LONGEST_ACCOUNT): string {
  const plain = name.replace(/["/\\[\]:;|=,+*?<>@\p{Cc}]/gu, '_').replace(/\.+$/, '_');
  if (plain === name && name.length <= longest) return name;
  const mark = createHash('sha256').update(name.toLowerCase()).digest('hex').slice(0, 6);
  return `${plain.slice(0, Math.min(longest, LONGEST_ACCOUNT) - 7)}-${mark}`;
}
