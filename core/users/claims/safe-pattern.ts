import { type Context, createContext, Script } from 'node:vm';

/** Longest pattern, and longest text that is held against one, in characters. */
const MOST = 1000;
/** How long one comparison may take, in milliseconds. */
const TIME_LIMIT_MS = 250;
/** How often a comparison is begun again that has not had its time. */
const ATTEMPTS = 8;

/**
 * What is wrong with a regular expression that an administrator gives; undefined: nothing. A repeated group in which
 * something is repeated again, `(a+)+`, can take for ever, and so can references back: both are refused.
 */
export function patternProblem(pattern: string): string | undefined {
  if (pattern.length > MOST) return `it has ${MOST} characters at most`;
  if (compiled(pattern) === undefined) return 'it is no regular expression';
  if (/\\(?:[1-9]|k<)/.test(pattern.replace(/\\\\/g, ''))) return 'references back (\\1) are not allowed';
  return hasNestedRepetition(pattern) ? 'a repeated group must not contain a repetition, as in (a+)+' : undefined;
}

/** For whole texts. With the flag `u`, and for patterns written without it in mind without. */
function compiled(pattern: string): RegExp | undefined {
  for (const flags of ['u', ''])
    try {
      return new RegExp(`^(?:${pattern})$`, flags);
    } catch {
      // The other one may do.
    }
  return undefined;
}

const REPETITION = /^(?:[*+]|\{\d+,\d*\})/;

/** Whether a group that may be repeated contains something that may be repeated. */
function hasNestedRepetition(pattern: string): boolean {
  // Whether each of the open groups contains a repetition.
  const groups: boolean[] = [false];
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern[at];
    if (char === '\\') at++;
    else if (char === '[') at = endOfClass(pattern, at);
    else if (char === '(') groups.push(false);
    else if (char === ')') {
      const inner = groups.pop() ?? false;
      const isRepeated = REPETITION.test(pattern.slice(at + 1));
      if (inner && isRepeated) return true;
      if (inner) groups[groups.length - 1] = true;
    } else if (REPETITION.test(pattern.slice(at))) groups[groups.length - 1] = true;
  }
  return false;
}

function endOfClass(pattern: string, from: number): number {
  for (let at = from + 1; at < pattern.length; at++) {
    if (pattern[at] === '\\') at++;
    else if (pattern[at] === ']') return at;
  }
  return pattern.length;
}

/** Holds texts against patterns, for a short while only. */
export class PatternMatcher {
  #context: Context | undefined;

  /** Whether the whole of a text fits; false for a text that is too long, and when it takes too long to say. */
  fits(pattern: string, text: string): boolean {
    const expression = compiled(pattern);
    if (!expression || text.length > MOST) return false;
    this.#context ??= createContext(Object.create(null) as object);
    this.#context['matches'] = () => expression.test(text);
    const script = new Script('matches()');
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const before = process.cpuUsage();
      try {
        return script.runInContext(this.#context, { timeout: TIME_LIMIT_MS }) as boolean;
      } catch {
        // The limit is one of the clock. On a machine with other things to do the comparison may not even have begun.
        if (process.cpuUsage(before).user >= (TIME_LIMIT_MS / 2) * 1000) return false;
      }
    }
    return false;
  }
}
