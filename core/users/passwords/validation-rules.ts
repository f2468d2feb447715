import { inject, injectable } from 'tsyringe';
import { token } from '#core/kernel';
import { PatternMatcher } from '../claims/safe-pattern.js';
import { type OrganizationValues, OrganizationValuesToken } from '../governance/organization-values.js';
import { invalidRules } from './validation-errors.js';
import { type Fault, VALIDATORS, type Validator, type ValidatorValues } from './validators.js';

/** Injection token of {@link ValidationRules}. */
export const ValidationRulesToken = token<ValidationRules>('users.validation-rules');
/** Injection token of {@link ValidationOptions}. */
export const ValidationOptionsToken = token<ValidationOptions>('users.validation-options');

/** What the operator decides. */
export interface ValidationOptions {
  /** Longest password that an organization may ask for or allow, in characters. */
  readonly longestPassword: number;
  /** Whether there are rules for user names beside those of the user stores. */
  readonly usernames: boolean;
}

/** One rule: a validator and its settings. */
export interface ValidationRule {
  readonly validator: string;
  readonly properties: readonly { readonly key: string; readonly value: string }[];
}

/** What holds for a field: rules, or regular expressions instead of them. */
export interface FieldRules {
  readonly field: string;
  readonly rules?: readonly ValidationRule[] | undefined;
  readonly regEx?: readonly ValidationRule[] | undefined;
}

const TOPIC = 'validation-rules';

const rule = (validator: string, values: ValidatorValues): ValidationRule => ({
  validator,
  properties: Object.entries(values).map(([key, value]) => ({ key, value })),
});

/** What passwords and user names have to be like, as each organization decides. */
@injectable()
export class ValidationRules {
  readonly #patterns = new PatternMatcher();

  constructor(
    @inject(OrganizationValuesToken) private readonly values: OrganizationValues,
    @inject(ValidationOptionsToken) private readonly options: ValidationOptions,
  ) {}

  /** Fields that there are rules for. */
  get fields(): readonly string[] {
    return this.options.usernames ? ['password', 'username'] : ['password'];
  }

  /** What holds for a field. @throws ApiError 400 for a field that there is not */
  async of(orgId: string, field: string): Promise<FieldRules> {
    this.#known(field);
    const set = (await this.values.of(orgId, TOPIC))[field];
    return set === undefined ? this.#usual(field) : { field, ...(JSON.parse(set) as Omit<FieldRules, 'field'>) };
  }

  /** Sets what holds for fields, all or none. @throws ApiError 400 for what is not allowed */
  async set(orgId: string, all: readonly FieldRules[]): Promise<void> {
    const changes = all.map(({ field, rules = [], regEx = [] }) => {
      this.#known(field);
      if (rules.length > 0 && regEx.length > 0)
        throw invalidRules['60020'](`${field}: give rules or regEx, not both of them.`);
      if (rules.length === 0 && regEx.length === 0) throw invalidRules['60001'](`${field}: give rules or regEx.`);
      this.#check(field, rules, 'RULE');
      this.#check(field, regEx, 'REGEX');
      return { topic: TOPIC, name: field, value: JSON.stringify(rules.length > 0 ? { rules } : { regEx }) };
    });
    if (new Set(changes.map(({ name }) => name)).size < changes.length)
      throw invalidRules['60004']('A field is there more than once.');
    await this.values.change(orgId, changes, 'update-validation-rules');
  }

  /** Takes back what was set for fields. @throws ApiError 400 for a field that there is not */
  async revert(orgId: string, fields: readonly string[]): Promise<void> {
    for (const field of fields) this.#known(field);
    const changes = [...new Set(fields)].map((name) => ({ topic: TOPIC, name, value: undefined }));
    await this.values.change(orgId, changes, 'revert-validation-rules');
  }

  /** What is wrong with a text; undefined: nothing, or there are no rules for the field. */
  async faultIn(orgId: string, field: string, text: string): Promise<Fault | undefined> {
    if (!this.fields.includes(field)) return undefined;
    const { rules, regEx } = await this.of(orgId, field);
    for (const { validator, properties } of rules ?? regEx ?? []) {
      const found = VALIDATORS.find(({ name }) => name === validator);
      const fault = found?.check(text, valuesOf(properties), field, this.#patterns);
      if (fault) return fault;
    }
    return undefined;
  }

  #usual(field: string): FieldRules {
    if (field === 'username')
      return {
        field,
        rules: [
          rule('LengthValidator', { 'min.length': '3', 'max.length': '50' }),
          rule('AlphanumericFormatValidator', { 'enable.validator': 'true', 'enable.special.characters': 'true' }),
        ],
      };
    const one = { 'min.length': '1' };
    return {
      field,
      rules: [
        rule('LengthValidator', { 'min.length': '8', 'max.length': String(this.options.longestPassword) }),
        rule('NumeralValidator', one),
        rule('UpperCaseValidator', one),
        rule('LowerCaseValidator', one),
        rule('SpecialCharacterValidator', one),
      ],
    };
  }

  #known(field: string): void {
    if (!this.fields.includes(field)) throw invalidRules['60004'](`There are no validation rules for ${field}.`);
  }

  #check(field: string, rules: readonly ValidationRule[], type: Validator['type']): void {
    const seen = new Set<string>();
    for (const { validator: name, properties } of rules) {
      const validator = VALIDATORS.find((one) => one.name === name);
      if (validator?.type !== type) throw invalidRules['60019'](`${field}: ${name} cannot be used here.`);
      if (!validator.fields.includes(field)) throw invalidRules['60022'](`${name} is not for ${field}.`);
      if (seen.has(name)) throw invalidRules['60019'](`${field}: ${name} is there more than once.`);
      seen.add(name);
      const values = valuesOf(properties);
      for (const [key, value] of Object.entries(values)) checkValue(validator, key, value);
      const fault = validator.misconfigured?.(values);
      if (fault) throw invalidRules[fault.code](fault.description);
      this.#bounded(field, name, values);
    }
    const isOn = (name: string) =>
      rules.some((one) => one.validator === name && valuesOf(one.properties)['enable.validator'] === 'true');
    if (isOn('AlphanumericFormatValidator') && isOn('EmailFormatValidator'))
      throw invalidRules['60027']('A username cannot be alphanumeric and an e-mail address at once.');
  }

  /** No organization makes passwords longer than the server takes, or so short that anybody guesses them. */
  #bounded(field: string, name: string, values: ValidatorValues): void {
    const { longestPassword } = this.options;
    if (field !== 'password' || name !== 'LengthValidator') return;
    const [from, to] = [Number(values['min.length'] ?? 1), Number(values['max.length'] ?? longestPassword)];
    if (from >= 1 && from <= longestPassword && to <= longestPassword) return;
    throw invalidRules['60023'](`LengthValidator: passwords have 1 to ${longestPassword} characters on this server.`);
  }
}

/** @throws ApiError 400 for a property that the validator does not have, and a value of another type */
function checkValue(validator: Validator, key: string, value: string): void {
  const property = validator.properties.find(({ name }) => name === key);
  if (!property) throw invalidRules['60018'](`${validator.name} has no property ${key}.`);
  const fits = { int: /^\d{1,6}$/, boolean: /^(true|false)$/, string: /^[^\0]{0,2000}$/s }[property.type];
  if (!fits.test(value)) throw invalidRules['60017'](`${validator.name}: the value of ${key} is of another type.`);
}

const valuesOf = (properties: ValidationRule['properties']): ValidatorValues =>
  Object.fromEntries(properties.map(({ key, value }) => [key, value]));
