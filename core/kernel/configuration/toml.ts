import { parse, TomlError } from 'smol-toml';

/** A value as TOML gives it. */
export type TomlValue = string | number | bigint | boolean | Date | TomlValue[] | TomlTable;
/** A table as TOML gives it. */
export interface TomlTable {
  [key: string]: TomlValue;
}

/** A parsed file, with the line of each key. */
export interface TomlDocument {
  readonly file: string;
  readonly table: TomlTable;
  /** Line (1-based) on which a dotted path is set; that of the nearest ancestor when the path itself has none. */
  lineOf(path: readonly PropertyKey[]): number;
}

/** A file that is not TOML. */
export class TomlSyntaxError extends Error {
  constructor(
    readonly line: number,
    message: string,
  ) {
    super(message);
  }
}

/** Parses TOML text. Throws {@link TomlSyntaxError}. */
export function parseToml(file: string, text: string): TomlDocument {
  try {
    const table = parse(text) as TomlTable;
    const lines = keyLines(text);
    return {
      file,
      table,
      lineOf(path) {
        for (let length = path.length; length > 0; length--) {
          const line = lines.get(pathKey(path.slice(0, length)));
          if (line !== undefined) return line;
        }
        return 1;
      },
    };
  } catch (error) {
    if (error instanceof TomlError) {
      throw new TomlSyntaxError(
        error.line,
        (error.message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, ''),
      );
    }
    throw error;
  }
}

/** Keys may be written in camel case as well; messages and schemas name them in snake case. */
export const snakeCase = (key: string): string => key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

const pathKey = (path: readonly PropertyKey[]) => path.map(String).join('\u0000');

/** Splits `a."b.c".d` into its parts. */
function splitKey(text: string): string[] {
  const parts = text.match(/"(?:[^"\\]|\\.)*"|'[^']*'|[^.\s]+/g) ?? [];
  return parts.map((part) => (/^["']/.test(part) ? part.slice(1, -1) : part));
}

/**
 * The parser keeps no positions, so this finds them in text that it has already accepted: headers, and keys at the
 * beginning of a line outside multi-line strings and arrays.
 */
function keyLines(text: string): ReadonlyMap<string, number> {
  const lines = new KeyLines();
  const arrays = new Map<string, number>();
  let prefix: string[] = [];
  const value = new ValueScanner();
  for (const [index, line] of text.split('\n').entries()) {
    if (value.open) {
      value.feed(line);
      continue;
    }
    const header = /^\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(#.*)?$/.exec(line);
    const assignment = /^\s*((?:"(?:[^"\\]|\\.)*"|'[^']*'|[\w.\-\s])+?)\s*=(.*)$/.exec(line);
    if (header && !assignment) {
      prefix = splitKey(header[2] as string);
      if (header[1] === '[[') {
        const key = pathKey(prefix);
        const count = arrays.get(key) ?? 0;
        arrays.set(key, count + 1);
        prefix = [...prefix, String(count)];
      }
      lines.note(prefix, index + 1);
    } else if (assignment) {
      const path = [...prefix, ...splitKey(assignment[1] as string)];
      lines.note(path, index + 1);
      value.feed(assignment[2] as string);
    }
  }
  return lines;
}

/** Lines by path. */
class KeyLines extends Map<string, number> {
  /** Notes where a path is set. The tables around it are there from that line on, unless they have a line of their own. */
  note(path: readonly string[], line: number): void {
    const snake = path.map(snakeCase);
    this.set(pathKey(path), line);
    this.set(pathKey(snake), line);
    for (let length = 1; length < path.length; length++) {
      for (const around of [path, snake]) {
        const key = pathKey(around.slice(0, length));
        if (!this.has(key)) this.set(key, line);
      }
    }
  }
}

/** Strings (closed or left open), brackets and the beginning of a comment. */
const pieces = /"""|'''|"(?:[^"\\]|\\.)*"|'[^']*'|[[\]{}#]/g;

/** Follows a value over several lines: open brackets and open multi-line strings. */
class ValueScanner {
  #depth = 0;
  #quote = '';

  get open(): boolean {
    return this.#depth > 0 || this.#quote !== '';
  }

  feed(line: string): void {
    let rest = this.#quote === '' ? line : this.#afterQuote(line);
    for (let match = rest.search(pieces); match >= 0; match = rest.search(pieces)) {
      const piece = (rest.slice(match).match(pieces) as string[])[0] as string;
      rest = rest.slice(match + piece.length);
      if (piece === '#') return;
      if (piece === '[' || piece === '{') this.#depth++;
      else if (piece === ']' || piece === '}') this.#depth--;
      else if (piece === '"""' || piece === "'''") {
        this.#quote = piece;
        rest = this.#afterQuote(rest);
      }
    }
  }

  /** What stands behind the end of the open multi-line string; nothing when it does not end in this line. */
  #afterQuote(line: string): string {
    const text = this.#quote === '"""' ? line.replace(/\\./g, '__') : line;
    const end = text.indexOf(this.#quote);
    if (end < 0) return '';
    const after = line.slice(end + this.#quote.length);
    this.#quote = '';
    return after;
  }
}
