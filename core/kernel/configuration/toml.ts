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
      throw new TomlSyntaxError(error.line, (error.message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, ''));
    }
    throw error;
  }
}

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
function keyLines(text: string): Map<string, number> {
  const lines = new Map<string, number>();
  const arrays = new Map<string, number>();
  let prefix: string[] = [];
  const value = new ValueScanner();
  text.split('\n').forEach((line, index) => {
    if (value.open) return value.feed(line);
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
      lines.set(pathKey(prefix), index + 1);
    } else if (assignment) {
      const path = [...prefix, ...splitKey(assignment[1] as string)];
      lines.set(pathKey(path), index + 1);
      value.feed(assignment[2] as string);
    }
  });
  return lines;
}

/** Follows a value over several lines: open brackets and open multi-line strings. */
class ValueScanner {
  #depth = 0;
  #quote = '';

  get open(): boolean {
    return this.#depth > 0 || this.#quote !== '';
  }

  feed(line: string): void {
    for (let at = 0; at < line.length; at++) {
      const three = line.slice(at, at + 3);
      if (this.#quote !== '') {
        if (this.#quote[0] === '"' && line[at] === '\\') at++;
        else if (line.startsWith(this.#quote, at)) {
          at += this.#quote.length - 1;
          this.#quote = '';
        }
      } else if (three === '"""' || three === "'''") {
        this.#quote = three;
        at += 2;
      } else if (line[at] === '"' || line[at] === "'") this.#quote = line[at] as string;
      else if (line[at] === '[' || line[at] === '{') this.#depth++;
      else if (line[at] === ']' || line[at] === '}') this.#depth--;
      else if (line[at] === '#') break;
    }
    if (this.#quote.length === 1) this.#quote = '';
  }
}
