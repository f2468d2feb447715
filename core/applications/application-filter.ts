import type { ApiError } from '#core/http';
import { applicationErrors } from './errors.js';

const operators = ['eq', 'co', 'sw', 'ew'] as const;

/** One condition of a filter: `name co shop`. */
export interface FilterCondition {
  readonly attribute: string;
  readonly operator: (typeof operators)[number];
  readonly value: string;
}

/** Alternatives, each a list of conditions that hold together: what `and` and `or` without brackets can say. */
export type ApplicationFilter = readonly (readonly FilterCondition[])[];

const MAX_LENGTH = 2000;
const MAX_CONDITIONS = 20;

/**
 * Reads the filter of a list: `name eq Shop or name sw "and " and clientId co 12`. `and` binds closer than `or`. A value
 * may have spaces; one that has `and` or `or` as a word stands in double quotes.
 *
 * @param attributes that can be filtered by
 * @param invalid makes the error of the API whose list it is
 * @throws ApiError APP-60004, or what `invalid` makes
 */
export function parseFilter(
  text: string,
  attributes: readonly string[],
  invalid: (description: string) => ApiError = applicationErrors.filter,
): ApplicationFilter {
  if (text.length > MAX_LENGTH) throw invalid(`The filter is longer than ${MAX_LENGTH} characters.`);
  if (/\p{Cc}/u.test(text)) throw invalid('The filter has control characters.');
  const words = text.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
  const alternatives: FilterCondition[][] = [[]];
  let from = 0;
  for (let at = 0; at <= words.length; at++) {
    const word = words[at]?.toLowerCase();
    // The word after an attribute and an operator is a value, whatever it says.
    if (at < words.length && ((word !== 'and' && word !== 'or') || at < from + 3)) continue;
    alternatives.at(-1)?.push(condition(words.slice(from, at), attributes, invalid));
    if (word === 'or') alternatives.push([]);
    from = at + 1;
  }
  if (alternatives.flat().length > MAX_CONDITIONS)
    throw invalid(`The filter has more than ${MAX_CONDITIONS} conditions.`);
  return alternatives;
}

function condition(
  words: readonly string[],
  attributes: readonly string[],
  invalid: (description: string) => ApiError,
): FilterCondition {
  const [attribute, written, ...rest] = words;
  if (attribute === undefined || written === undefined || rest.length === 0)
    throw invalid('A condition has an attribute, an operator and a value: name co shop.');
  const operator = operators.find((known) => known === written.toLowerCase());
  if (!operator) throw invalid(`There is no operator ${written}. Known: ${operators.join(', ')}.`);
  if (!attributes.includes(attribute))
    throw invalid(`The list cannot be filtered by ${attribute}. Known: ${attributes.join(', ')}.`);
  const [only] = rest;
  const quoted = rest.length === 1 && only !== undefined && /^".*"$/.test(only) && only.length > 1;
  const value = quoted ? only.slice(1, -1).replace(/\\(.)/g, '$1') : rest.join(' ');
  return { attribute, operator, value };
}
