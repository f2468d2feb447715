import { type PatternMatcher, patternProblem } from '../claims/safe-pattern.js';
import type { RulesFaultCode } from './validation-errors.js';

/** A property of a validator, as the API describes it. */
export interface ValidatorProperty {
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  readonly type: 'int' | 'boolean' | 'string';
  readonly displayOrder: number;
}

/** Values of the properties of a validator. */
export type ValidatorValues = Readonly<Record<string, string>>;

/** Something that is wrong: a number of the published catalogue, and what to do. */
export interface Fault<C extends string = string> {
  /** `60006` */
  readonly code: C;
  readonly description: string;
}

/** A way to look at what a user has chosen. */
export interface Validator {
  readonly name: string;
  readonly type: 'RULE' | 'REGEX';
  readonly fields: readonly string[];
  readonly properties: readonly ValidatorProperty[];
  /** What is wrong with its settings, beyond the types of the values. */
  readonly misconfigured?: (values: ValidatorValues) => Fault<RulesFaultCode> | undefined;
  /** What is wrong with a text. @param field how it is called: `password` */
  readonly check: (text: string, values: ValidatorValues, field: string, patterns: PatternMatcher) => Fault | undefined;
}

const both = ['password', 'username'] as const;
const fault = <C extends string>(code: C, description: string): Fault<C> => ({ code, description });

const least: ValidatorProperty = {
  name: 'min.length',
  displayName: 'Minimum limit',
  description: 'How many there have to be at least',
  type: 'int',
  displayOrder: 1,
};
const most: ValidatorProperty = {
  name: 'max.length',
  displayName: 'Maximum limit',
  description: 'How many there may be at most',
  type: 'int',
  displayOrder: 2,
};
const number = (values: ValidatorValues, name: string): number | undefined =>
  values[name] === undefined ? undefined : Number(values[name]);

/** A range whose end lies before its beginning. */
function upsideDown(values: ValidatorValues): Fault<RulesFaultCode> | undefined {
  const [from, to] = [number(values, 'min.length'), number(values, 'max.length')];
  return from !== undefined && to !== undefined && from > to
    ? fault('60003', 'min.length has to be at most max.length.')
    : undefined;
}

/** A validator that counts characters of a kind. @param codes of too few and of too many */
function counting(name: string, kind: RegExp | undefined, what: string, codes: readonly [string, string]): Validator {
  return {
    name,
    type: 'RULE',
    fields: both,
    properties: [least, most],
    misconfigured: upsideDown,
    check(text, values, field) {
      const count = kind ? (text.match(kind) ?? []).length : [...text].length;
      const [from, to] = [number(values, 'min.length'), number(values, 'max.length')];
      const subject = kind ? `number of ${what} in the ${field}` : `length of ${field}`;
      if (from !== undefined && count < from) return fault(codes[0], `The minimum ${subject} should be ${from}.`);
      if (to !== undefined && count > to) return fault(codes[1], `The maximum ${subject} should be ${to}.`);
      return undefined;
    },
  };
}

const enable: ValidatorProperty = {
  name: 'enable.validator',
  displayName: 'Enable',
  description: 'Whether it is looked at',
  type: 'boolean',
  displayOrder: 1,
};

/** A validator of a regular expression. @param alias under which clients send it too */
function patterned(name: string, alias: string): Validator {
  const described = { displayName: 'Regular expression', type: 'string', displayOrder: 1 } as const;
  return {
    name,
    type: 'REGEX',
    fields: both,
    properties: [
      { ...described, name: 'regex', description: 'What the whole text has to match' },
      { ...described, name: alias, description: 'The same, as older clients call it', displayOrder: 2 },
    ],
    misconfigured(values) {
      const pattern = values['regex'] ?? values[alias];
      if (pattern === undefined || pattern === '') return fault('60026', `${name} needs the property regex.`);
      const problem = patternProblem(pattern);
      return problem === undefined ? undefined : fault('60002', `${name}: the regular expression: ${problem}.`);
    },
    check(text, values, field, patterns) {
      const pattern = values['regex'] ?? values[alias] ?? '';
      return patterns.fits(pattern, text)
        ? undefined
        : fault('60005', `The ${field} does not match the required pattern.`);
    },
  };
}

const plainUsername = /^(?=.*[a-zA-Z])[a-zA-Z0-9]+$/;
const specialUsername = /^(?=.*[a-zA-Z])[a-zA-Z0-9!@#$&'+\\=^_.{|}~-]+$/;

/** All validators, in the order in which the API lists them. */
export const VALIDATORS: readonly Validator[] = [
  counting('LengthValidator', undefined, 'characters', ['60006', '60007']),
  counting('NumeralValidator', /\p{Nd}/gu, 'numerals', ['60008', '60009']),
  counting('UpperCaseValidator', /\p{Lu}/gu, 'upper case characters', ['60010', '60012']),
  counting('LowerCaseValidator', /\p{Ll}/gu, 'lower case characters', ['60011', '60012']),
  counting('SpecialCharacterValidator', /[^\p{L}\p{M}\p{N}]/gu, 'special characters', ['60013', '60014']),
  {
    name: 'UniqueCharacterValidator',
    type: 'RULE',
    fields: both,
    properties: [{ ...least, name: 'min.unique.character', description: 'Different characters at least' }],
    check(text, values, field) {
      const wanted = number(values, 'min.unique.character');
      if (wanted === undefined || new Set(text).size >= wanted) return undefined;
      return fault('60015', `The minimum number of unique characters in the ${field} should be ${wanted}.`);
    },
  },
  {
    name: 'RepeatedCharacterValidator',
    type: 'RULE',
    fields: both,
    properties: [{ ...most, name: 'max.consecutive.character', description: 'Equal characters in a row at most' }],
    check(text, values, field) {
      const allowed = number(values, 'max.consecutive.character');
      if (allowed === undefined || longestRun(text) <= allowed) return undefined;
      return fault('60016', `The maximum number of consecutive equal characters in the ${field} should be ${allowed}.`);
    },
  },
  {
    name: 'AlphanumericFormatValidator',
    type: 'RULE',
    fields: ['username'],
    properties: [
      enable,
      {
        ...enable,
        name: 'enable.special.characters',
        displayName: 'Special characters',
        description: 'Whether some special characters are allowed too',
        displayOrder: 2,
      },
    ],
    check(text, values) {
      if (values['enable.validator'] !== 'true') return undefined;
      const wanted = values['enable.special.characters'] === 'true' ? specialUsername : plainUsername;
      return wanted.test(text) ? undefined : fault('60024', 'The username should consist of letters and digits.');
    },
  },
  {
    name: 'EmailFormatValidator',
    type: 'RULE',
    fields: ['username'],
    properties: [enable],
    check(text, values) {
      if (values['enable.validator'] !== 'true' || /^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(text)) return undefined;
      return fault('60025', 'The username should be an e-mail address.');
    },
  },
  patterned('JavaRegExValidator', 'java.regex'),
  patterned('JsRegExValidator', 'js.regex'),
];

function longestRun(text: string): number {
  let longest = 0;
  let run = 0;
  let before: string | undefined;
  for (const character of text) {
    run = character === before ? run + 1 : 1;
    longest = Math.max(longest, run);
    before = character;
  }
  return longest;
}
