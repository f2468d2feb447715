import type { ApiError } from './errors.js';

/** How the value of an attribute is compared. */
export type FilterOperator = 'eq' | 'co' | 'sw' | 'ew' | 'le' | 'ge';

/** How texts are compared. */
type TextOperator = 'eq' | 'co' | 'sw' | 'ew';

/** One condition of a filter: `name co shop`. */
export interface FilterCondition<O extends FilterOperator = TextOperator> {
  readonly attribute: string;
  readonly operator: O;
  readonly value: string;
}

/** Alternatives, each a list of conditions that hold together: what `and` and `or` without brackets can say. */
export type ListFilter<O extends FilterOperator = TextOperator> = readonly (readonly FilterCondition<O>[])[];

const MAX_LENGTH = 2000;
const MAX_CONDITIONS = 20;

/**
 * Reads the filter of a list: `name eq Shop or name sw "and " and clientId co 12`. `and` binds closer than `or`. A value
 * may have spaces; one that has `and` or `or` as a word stands in double quotes.
 *
 * @param attributes that can be filtered by; `properties.*` stands for all that begin with `properties.`
 * @param invalid makes the error of the API whose list it is
 * @param operators that the list knows
 * @throws ApiError what `invalid` makes
 */
export function parseFilter(
  text: string,
  attributes: readonly string[],
  invalid: (description: string) => ApiError,
): ListFilter;
export function parseFilter<O extends FilterOperator>(
  text: string,
  attributes: readonly string[],
  invalid: (description: string) => ApiError,
  operators: readonly O[],
): ListFilter<O>;
export function parseFilter(
  text: string,
  attributes: readonly string[],
  invalid: (description: string) => ApiError,
  operators: readonly FilterOperator[] = ['eq', 'co', 'sw', 'ew'],
): ListFilter<FilterOperator> {
  if (text.length > MAX_LENGTH) throw invalid(`The filter is longer than ${MAX_LENGTH} characters.`);
  if (/\p{Cc}/u.test(text)) throw invalid('The filter has control characters.');
  const words = text.match(/"(?:[^"\\]|\\.)*"|\S+/g) ?? [];
  const alternatives: FilterCondition<FilterOperator>[][] = [[]];
  let from = 0;
  for (let at = 0; at <= words.length; at++) {
    const word = words[at]?.toLowerCase();
    // The word after an attribute and an operator is a value, whatever it says.
    if (at < words.length && ((word !== 'and' && word !== 'or') || at < from + 3)) continue;
    alternatives.at(-1)?.push(condition(words.slice(from, at), { attributes, invalid, operators }));
    if (word === 'or') alternatives.push([]);
    from = at + 1;
  }
  if (alternatives.flat().length > MAX_CONDITIONS)
    throw invalid(`The filter has more than ${MAX_CONDITIONS} conditions.`);
  return alternatives;
}

/** What a filter may say. */
interface FilterTerms<O extends FilterOperator> {
  readonly attributes: readonly string[];
  readonly operators: readonly O[];
  readonly invalid: (description: string) => ApiError;
}

function condition<O extends FilterOperator>(
  words: readonly string[],
  { attributes, invalid, operators }: FilterTerms<O>,
): FilterCondition<O> {
  const [attribute, written, ...rest] = words;
  if (attribute === undefined || written === undefined || rest.length === 0)
    throw invalid('A condition has an attribute, an operator and a value: name co shop.');
  const operator = operators.find((one) => one === written.toLowerCase());
  if (!operator) throw invalid(`There is no operator ${written}. Known: ${operators.join(', ')}.`);
  if (!attributes.some((known) => covers(known, attribute)))
    throw invalid(`The list cannot be filtered by ${attribute}. Known: ${attributes.join(', ')}.`);
  const [only] = rest;
  const quoted = rest.length === 1 && only !== undefined && /^".*"$/.test(only) && only.length > 1;
  const value = quoted ? only.slice(1, -1).replace(/\\(.)/g, '$1') : rest.join(' ');
  return { attribute, operator, value };
}

function covers(known: string, attribute: string): boolean {
  if (!known.endsWith('.*')) return known === attribute;
  const beginning = known.slice(0, -1);
  return attribute.startsWith(beginning) && attribute.length > beginning.length;
}
