import { CST, Lexer, type LineCounter } from 'yaml';
import { DEEPEST } from './data-text.js';
import { FileError } from './file-format.js';

/** Tokens of a file, and characters of one of them, at most. */
const MOST_TOKENS = 60_000;
const LONGEST_TOKEN = 20_000;
/** Indentation at most: blocks are no deeper than that. */
const WIDEST = 100;

const OPENING = new Set(['flow-map-start', 'flow-seq-start']);
const CLOSING = new Set(['flow-map-end', 'flow-seq-end']);
/** What begins another level, or belongs to the next value, so that a line has few of them. */
const INDICATORS = new Set(['anchor', 'tag', 'seq-item-ind', 'explicit-key-ind']);
/** A backslash with what may follow it (YAML 1.2 section 5.7). */
const ESCAPES = /\\(?:x[\da-f]{2}|u[\da-f]{4}|U[\da-f]{8}|[0abtnvfreN_LP "/\\\t\n\r])/gi;

/**
 * Refuses what the parser would take too long for, or never come back from: it calls itself for each level, and goes on
 * after errors. The splitting into tokens does neither.
 *
 * @param lines told of each line
 * @throws FileError with the place
 */
export function checkYamlLimits(text: string, lines: LineCounter): void {
  lines.addNewLine(0);
  const limits = new YamlLimits();
  let at = 0;
  for (const token of new Lexer().lex(text)) {
    const problem = limits.problemOf(token);
    if (problem !== undefined) throw new FileError(`line ${lines.linePos(at).line}: ${problem}.`);
    // Control characters with which the lexer says what it has found are not in the text.
    if (text.startsWith(token, at)) at = passed(token, at, lines);
  }
}

class YamlLimits {
  #tokens = 0;
  /** Brackets that are open. */
  #brackets = 0;
  /** Indicators in the line so far. */
  #indicators = 0;

  /** What is wrong with the next token. */
  problemOf(token: string): string | undefined {
    const type = CST.tokenType(token) ?? '';
    if (++this.#tokens > MOST_TOKENS) return `it has more than ${MOST_TOKENS} parts; send it as JSON`;
    if (token.length > LONGEST_TOKEN) return `one of its parts has more than ${LONGEST_TOKEN} characters`;
    if (type === 'double-quoted-scalar' && token.replace(ESCAPES, '').includes('\\'))
      return 'there is a backslash before what cannot be escaped';
    return this.#depthProblem(type, token.length);
  }

  #depthProblem(type: string, length: number): string | undefined {
    if (OPENING.has(type)) this.#brackets++;
    if (CLOSING.has(type)) this.#brackets--;
    if (this.#brackets > DEEPEST) return `it has more than ${DEEPEST} levels`;
    if (this.#brackets < 0) return 'there is a bracket without its beginning';
    const isInBlock = this.#brackets === 0;
    if (type === 'space' && isInBlock && this.#indicators === 0 && length > WIDEST)
      return `it is indented by more than ${WIDEST} characters`;
    if (type === 'newline') this.#indicators = 0;
    if (INDICATORS.has(type) || (type === 'map-value-ind' && isInBlock)) this.#indicators++;
    return this.#indicators > DEEPEST ? `it has more than ${DEEPEST} levels in a line` : undefined;
  }
}

function passed(token: string, at: number, lines: LineCounter): number {
  for (let end = token.indexOf('\n'); end >= 0; end = token.indexOf('\n', end + 1)) lines.addNewLine(at + end + 1);
  return at + token.length;
}
