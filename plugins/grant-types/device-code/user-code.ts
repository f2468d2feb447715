import { randomInt } from 'node:crypto';

/** Longest text that is taken for a typed code. */
const MAX_LENGTH = 64;

/** A fresh user code (RFC 8628 §6.1). Of letters that the set has in both cases, the one that comes first is used. */
export function newUserCode(keySet: string, length: number): string {
  const characters = new Map<string, string>();
  for (const character of keySet) {
    const folded = character.toUpperCase();
    if (!characters.has(folded)) characters.set(folded, character);
  }
  const alphabet = [...characters.values()];
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

/** What counts of a code as people type it: case, dashes and spaces do not. Undefined when it cannot be a code. */
export function normalizedUserCode(typed: string): string | undefined {
  if (typed.length > MAX_LENGTH) return undefined;
  const code = typed.replace(/[\s\p{Pd}]/gu, '').toUpperCase();
  return /^[A-Z0-9]{4,32}$/.test(code) ? code : undefined;
}
