import { mkdirSync, openSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pino } from 'pino';

type Line = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly ip: string;
  readonly user: string;
  readonly startedAt: number;
  readonly now: number;
};
type Part = (line: Line, time: string) => string;

const DAY_MS = 86_400_000;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (value: number) => String(value).padStart(2, '0');

function commonTime(ms: number): string {
  const at = new Date(ms);
  const day = `${two(at.getUTCDate())}/${months[at.getUTCMonth()]}/${at.getUTCFullYear()}`;
  return `[${day}:${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000]`;
}

/** Nothing that a client sends can begin a new line or end a quotation. */
const unclean = /[^\x20-\x7e]|["\\]/;
const everyUnclean = /[^\x20-\x7e]|["\\]/g;
function clean(value: string | string[] | number | undefined): string {
  if (value === undefined || value === '') return '-';
  const text = String(value);
  return unclean.test(text) ? text.replace(everyUnclean, '?') : text;
}

const tokens: Record<string, Part> = {
  '%h': (line) => line.ip,
  '%a': (line) => line.ip,
  '%l': () => '-',
  '%u': (line) => clean(line.user),
  '%t': (_line, time) => time,
  // Never the query string: it carries codes, hints and sealed contexts.
  '%r': (line) => `${clean(line.request.method)} ${clean(line.path)} HTTP/${line.request.httpVersion}`,
  '%m': (line) => clean(line.request.method),
  '%U': (line) => clean(line.path),
  '%s': (line) => String(line.response.statusCode),
  '%b': (line) => clean(line.response.getHeader('content-length') as string | undefined),
  '%T': (line) => ((line.now - line.startedAt) / 1000).toFixed(3),
  '%D': (line) => String(line.now - line.startedAt),
};

function compile(pattern: string): Part[] {
  return (pattern.match(/%\{[^}]+\}[io]|%[a-zA-Z]|[^%]+|%/g) ?? []).map((piece): Part => {
    const header = /^%\{([^}]+)\}([io])$/.exec(piece);
    if (header) {
      const name = (header[1] as string).toLowerCase();
      return header[2] === 'i'
        ? (line) => clean(line.request.headers[name])
        : (line) => clean(line.response.getHeader(name) as string | undefined);
    }
    return tokens[piece] ?? (() => piece);
  });
}

/** One file a day, written in blocks off the event loop's critical path. */
export class AccessLog {
  readonly #parts: Part[];
  #day = -1;
  /** The second that the last line began in, and its text. */
  #second = -1;
  #time = '';
  #file: ReturnType<typeof pino.destination> | undefined;

  constructor(
    private readonly folder: string,
    private readonly options: { readonly prefix: string; readonly suffix: string; readonly pattern: string },
  ) {
    this.#parts = compile(options.pattern);
  }

  /** Adds a line. */
  write(line: Line): void {
    const file = this.#fileOf(line.now);
    const time = this.#timeOf(line.startedAt);
    let text = '';
    for (const part of this.#parts) text += part(line, time);
    file.write(`${text}\n`);
  }

  /** Writes out what is waiting. */
  close(): void {
    this.#file?.flushSync();
    this.#file?.end();
    this.#file = undefined;
  }

  #timeOf(ms: number): string {
    const second = Math.floor(ms / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#time = commonTime(ms);
    }
    return this.#time;
  }

  #fileOf(now: number): ReturnType<typeof pino.destination> {
    const day = Math.floor(now / DAY_MS);
    if (this.#file && day === this.#day) return this.#file;
    this.close();
    mkdirSync(this.folder, { recursive: true });
    this.#day = day;
    const date = new Date(now).toISOString().slice(0, 10);
    // Opened here: a stream that opens its file by itself cannot be closed before that has happened.
    this.#file = pino.destination({
      dest: openSync(join(this.folder, `${this.options.prefix}${date}${this.options.suffix}`), 'a', 0o640),
      sync: false,
      minLength: 8192,
      periodicFlush: 1000,
    });
    return this.#file;
  }
}
