import { badRequest, type ScimType } from '../protocol/scim-error.js';

/** A piece of a filter. A `word` is a name, an operator or a value without quotes. */
export interface Token {
  readonly kind: '(' | ')' | '[' | ']' | 'word' | 'text' | 'end';
  readonly value: string;
  /** Position in the filter, from 0. */
  readonly at: number;
  /** Whether it follows the piece before without a space. */
  readonly glued: boolean;
}

const SPACE = /\s/;
const ENDS_WORD = /[\s()[\]"]/;
const PUNCTUATION: ReadonlySet<string> = new Set(['(', ')', '[', ']']);

/** Cuts a filter into pieces. @throws ScimError 400 of the type for a string that does not end or is no JSON string */
export function tokensOf(text: string, scimType: ScimType): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (SPACE.test(character)) {
      at += 1;
      continue;
    }
    const glued = at > 0 && !SPACE.test(text.charAt(at - 1));
    const end = endOf(text, at);
    const raw = text.slice(at, end);
    if (PUNCTUATION.has(character)) tokens.push({ kind: character as '(', value: character, at, glued });
    else if (character === '"') tokens.push({ kind: 'text', value: unquoted(raw, at, scimType), at, glued });
    else tokens.push({ kind: 'word', value: raw, at, glued });
    at = end;
  }
  tokens.push({ kind: 'end', value: '', at: text.length, glued: false });
  return tokens;
}

function endOf(text: string, start: number): number {
  const first = text.charAt(start);
  if (PUNCTUATION.has(first)) return start + 1;
  let at = start + 1;
  if (first !== '"') {
    while (at < text.length && !ENDS_WORD.test(text.charAt(at))) at += 1;
    return at;
  }
  while (at < text.length && text.charAt(at) !== '"') at += text.charAt(at) === '\\' ? 2 : 1;
  return at + 1;
}

/** Strings are those of JSON (RFC 7644 section 3.4.2.2, figure 1). */
function unquoted(raw: string, at: number, scimType: ScimType): string {
  let text: string;
  try {
    text = JSON.parse(raw) as string;
  } catch (cause) {
    throw badRequest(scimType, `The text that begins at character ${at + 1} is no JSON string.`, { cause });
  }
  // Nothing has it in its name, and not every database can even be asked.
  if (text.includes('\0'))
    throw badRequest(scimType, `The text that begins at character ${at + 1} has a character that no value has.`);
  return text;
}
