import { badRequest, type ScimError, type ScimType, shown } from '../protocol/scim-error.js';
import {
  type AttributePath,
  COMPARISONS,
  type Compare,
  type Filter,
  type FilterComparison,
  type FilterValue,
  type PatchPath,
} from './filter.js';
import { type Token, tokensOf } from './filter-lexer.js';

/** Length of a filter at most, in characters. */
const LONGEST_FILTER = 4096;
/** Nesting of a filter at most. */
const DEEPEST = 32;
/** Comparisons of a filter at most. */
const MOST_COMPARISONS = 100;

/**
 * Reads a filter (RFC 7644 section 3.4.2.2). Beyond the grammar it takes texts without quotes (`userName eq kim`), which
 * the published clients send.
 *
 * @throws ScimError 400 invalidFilter
 */
export function parseFilter(text: string): Filter {
  const parser = new FilterParser(text, 'invalidFilter');
  return parser.whole();
}

/**
 * Reads a path of PATCH (RFC 7644 section 3.5.2).
 *
 * @throws ScimError 400 invalidPath
 */
export function parsePatchPath(text: string): PatchPath {
  const parser = new FilterParser(text, 'invalidPath');
  return parser.patchPath();
}

/** Splits the name of an attribute: `urn:…:User:name.givenName`. Undefined for what cannot be one. */
export function attributePath(text: string): AttributePath | undefined {
  // Each piece can be read in one way only: a long text that is no name is refused in one go.
  const match = /^(?:(urn:[^\s"[\]]+):)?([a-z$][\w$-]*|(?=[\w-]*\d)[\w.-]+)(?:\.([a-z$][\w$-]*))?$/i.exec(text);
  return match ? { text, urn: match[1], name: match[2] as string, sub: match[3] } : undefined;
}

/** By recursive descent: `or` binds weaker than `and`, `and` weaker than `not`. Depth is counted, so the stack is safe. */
class FilterParser {
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;
  #comparisons = 0;
  #inValues = false;

  constructor(
    text: string,
    private readonly scimType: ScimType,
  ) {
    if (text.length > LONGEST_FILTER) throw this.#refused(`It is longer than ${LONGEST_FILTER} characters`);
    this.#tokens = tokensOf(text, scimType);
  }

  whole(): Filter {
    if (this.#peek().kind === 'end') throw this.#refused('It is empty');
    const filter = this.#or();
    this.#expect('end');
    return filter;
  }

  patchPath(): PatchPath {
    const path = this.#path();
    if (this.#peek().kind !== '[') {
      this.#expect('end');
      return { path, filter: undefined };
    }
    const filter = this.#bracketed(path);
    const sub = this.#subAfterBracket();
    this.#expect('end');
    return { path: { ...path, sub }, filter };
  }

  #or(): Filter {
    return this.#joined('or', () => this.#joined('and', () => this.#factor()));
  }

  #joined(op: 'and' | 'or', part: () => Filter): Filter {
    const filters = [part()];
    while (this.#isWord(op)) {
      this.#next += 1;
      filters.push(part());
    }
    return filters.length === 1 ? (filters[0] as Filter) : { op, filters };
  }

  #factor(): Filter {
    if (this.#peek().kind === '(') return this.#grouped();
    if (this.#isWord('not') && this.#tokens[this.#next + 1]?.kind === '(') {
      this.#next += 1;
      return { op: 'not', filter: this.#grouped() };
    }
    const path = this.#path();
    if (this.#peek().kind !== '[') return this.#compared(path);
    const filter = this.#bracketed(path);
    const sub = this.#subAfterBracket();
    if (sub === undefined) return { op: 'values', path, filter };
    const rest = this.#compared({ text: sub, urn: undefined, name: sub, sub: undefined });
    return { op: 'values', path, filter: { op: 'and', filters: [filter, rest] } };
  }

  #grouped(): Filter {
    this.#expect('(');
    const filter = this.#deeper(() => this.#or());
    this.#expect(')');
    return filter;
  }

  #bracketed(path: AttributePath): Filter {
    const { at } = this.#expect('[');
    if (this.#inValues) throw this.#refused(`There is a filter within a filter of values at character ${at + 1}`);
    if (path.sub !== undefined)
      throw this.#refused(`${shown(path.text)} is a sub-attribute and has no values to select`);
    this.#inValues = true;
    const filter = this.#deeper(() => this.#or());
    this.#inValues = false;
    this.#expect(']');
    return filter;
  }

  /** `emails[type eq "work"].value`: the name behind the point. */
  #subAfterBracket(): string | undefined {
    const token = this.#peek();
    if (token.kind !== 'word' || !token.glued || !token.value.startsWith('.')) return undefined;
    this.#next += 1;
    const path = attributePath(token.value.slice(1));
    if (!path || path.urn !== undefined || path.sub !== undefined)
      throw this.#refused(`${shown(token.value)} is no sub-attribute`);
    return path.name;
  }

  #compared(path: AttributePath): Compare {
    this.#comparisons += 1;
    if (this.#comparisons > MOST_COMPARISONS) throw this.#refused(`It has more than ${MOST_COMPARISONS} comparisons`);
    const comparison = this.#comparison();
    return { op: 'compare', path, comparison, value: comparison === 'pr' ? null : this.#value() };
  }

  #comparison(): FilterComparison {
    const token = this.#expect('word');
    const found = COMPARISONS.find((one) => one === token.value.toLowerCase());
    if (!found) {
      const operation = `Filter operation: ${shown(token.value)} is not supported`;
      throw this.#refused(`${operation}; the operators are ${COMPARISONS.join(', ')}`);
    }
    return found;
  }

  #value(): FilterValue {
    const token = this.#peek();
    if (token.kind !== 'word' && token.kind !== 'text') throw this.#unexpected(token);
    this.#next += 1;
    return token.kind === 'text' ? token.value : literal(token.value);
  }

  #path(): AttributePath {
    const token = this.#expect('word');
    const path = attributePath(token.value);
    if (!path) throw this.#refused(`${shown(token.value)} is no attribute`);
    return path;
  }

  #deeper<T>(read: () => T): T {
    this.#depth += 1;
    if (this.#depth > DEEPEST) throw this.#refused(`It is nested more than ${DEEPEST} levels deep`);
    const result = read();
    this.#depth -= 1;
    return result;
  }

  #peek(): Token {
    return this.#tokens[this.#next] as Token;
  }

  #isWord(word: string): boolean {
    const token = this.#peek();
    return token.kind === 'word' && token.value.toLowerCase() === word;
  }

  #expect(kind: Token['kind']): Token {
    const token = this.#peek();
    if (token.kind !== kind) throw this.#unexpected(token);
    if (kind !== 'end') this.#next += 1;
    return token;
  }

  #unexpected({ kind, value, at }: Token): ScimError {
    return this.#refused(kind === 'end' ? 'It ends too early' : `${shown(value)} at character ${at + 1} is unexpected`);
  }

  #refused(why: string): ScimError {
    const what = this.scimType === 'invalidFilter' ? 'filter' : 'path';
    return badRequest(this.scimType, `The ${what} cannot be read. ${why}.`);
  }
}

/** What stands without quotes: a JSON value other than a text, else a text. */
function literal(word: string): FilterValue {
  if (/^(true|false)$/i.test(word)) return word.toLowerCase() === 'true';
  if (word === 'null') return null;
  return /^-?(0|[1-9]\d{0,15})(\.\d{1,15})?$/.test(word) ? Number(word) : word;
}
