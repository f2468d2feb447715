import {
  AndFilter,
  EqualityFilter,
  ExtensibleFilter,
  type Filter,
  GreaterThanEqualsFilter,
  LessThanEqualsFilter,
  NotFilter,
  OrFilter,
  PresenceFilter,
  SubstringFilter,
} from 'ldapts';
import { type CompareFilter, UserFilterError } from '#core/users';
import {
  type AttributeSchema,
  CASE_IGNORE_ORDERING,
  type DirectorySchema,
  SYNTAX,
} from '../directory/directory-schema.js';
import { generalizedTime } from '../entries/time-pattern.js';
import { timeOf, type ValueCodec } from '../entries/value-codec.js';
import { isAttributeName } from './attribute-name.js';

/** Filter that no entry fits. */
export const nothing = (): Filter => new NotFilter({ filter: everything() });
/** Filter that every entry fits. */
export const everything = (): Filter => new PresenceFilter({ attribute: 'objectClass' });
/** Filters of which one is enough. */
export function anyOf(filters: readonly Filter[]): Filter {
  const [first] = filters;
  if (!first) return nothing();
  return filters.length === 1 ? first : new OrFilter({ filters: [...filters] });
}
const allOf = (...filters: Filter[]): Filter => new AndFilter({ filters });
const not = (filter: Filter): Filter => new NotFilter({ filter });

type ValueComparison = Pick<CompareFilter, 'comparison' | 'value' | 'type'>;

/** Translates comparisons with values into filters, as far as the directory can evaluate them. */
export class ValueFilters {
  constructor(
    private readonly schema: DirectorySchema,
    private readonly codec: ValueCodec,
  ) {}

  /**
   * The filter for a comparison with an attribute.
   *
   * @throws UserFilterError when the directory cannot compare so
   */
  of(attribute: string, compared: ValueComparison): Filter {
    const known = this.schema.attribute(attribute);
    if (!isAttributeName(attribute) || (this.schema.isKnown && !known)) {
      // Nobody has it. The directory itself would not know, and then `not` of it would hold for nobody either.
      return compared.comparison === 'ne' ? everything() : nothing();
    }
    if (compared.comparison === 'pr') return new PresenceFilter({ attribute });
    if (compared.comparison === 'ne') return not(this.of(attribute, { ...compared, comparison: 'eq' }));
    const value = this.#assertion(attribute, known, compared);
    if (value === undefined || value === '') return this.#ofNoValue(attribute, compared);
    if (compared.comparison === 'eq') return this.#equal(attribute, known, value);
    if (typeof value !== 'string') throw unable(attribute, 'holds bytes, which can only be equal or not');
    if (['co', 'sw', 'ew'].includes(compared.comparison))
      return this.#partial(attribute, known, compared.comparison, value);
    return this.#ordered(attribute, known, compared, value);
  }

  /** What an empty text, or one that can be no value of the attribute, is compared to. */
  #ofNoValue(attribute: string, { comparison, value }: ValueComparison): Filter {
    if (value !== '') return nothing();
    return ['co', 'sw', 'ew', 'ge', 'gt'].includes(comparison) ? new PresenceFilter({ attribute }) : nothing();
  }

  #assertion(
    attribute: string,
    known: AttributeSchema | undefined,
    { value, type, comparison }: ValueComparison,
  ): string | Buffer | undefined {
    if (known?.syntax === SYNTAX.generalizedTime || this.codec.isTime(attribute)) {
      const time = timeOf(value);
      if (time === undefined) return undefined;
      return this.codec.isTime(attribute) ? this.codec.timePattern.format(time) : generalizedTime.format(time);
    }
    if (known?.syntax === SYNTAX.boolean) return value.toUpperCase();
    const isOrder = !['eq', 'co', 'sw', 'ew'].includes(comparison);
    const isNumber = known?.syntax === SYNTAX.integer || known?.syntax === SYNTAX.largeInteger;
    if (isOrder && ['integer', 'decimal'].includes(type) && !isNumber)
      throw unable(attribute, 'holds text, so its values cannot be compared as numbers');
    if (type === 'dateTime') {
      const time = timeOf(value);
      return time === undefined || comparison === 'eq' ? value : new Date(time).toISOString();
    }
    // Some directories compare composed and decomposed letters as they are; what the server writes is composed.
    return this.codec.write(attribute, value.normalize('NFC'));
  }

  #equal(attribute: string, known: AttributeSchema | undefined, value: string | Buffer): Filter {
    if (this.schema.hasRules && !known?.equality) throw unable(attribute, 'cannot be compared in this directory');
    return new EqualityFilter({ attribute, value });
  }

  #partial(attribute: string, known: AttributeSchema | undefined, comparison: string, value: string): Filter {
    if (this.schema.hasRules && !known?.substring)
      throw unable(attribute, 'cannot be searched for parts of values in this directory');
    if (comparison === 'sw') return new SubstringFilter({ attribute, initial: value });
    if (comparison === 'ew') return new SubstringFilter({ attribute, final: value });
    return new SubstringFilter({ attribute, any: [value] });
  }

  #ordered(attribute: string, known: AttributeSchema | undefined, compared: ValueComparison, value: string): Filter {
    const equal = () => new EqualityFilter({ attribute, value });
    if (!this.schema.hasRules || known?.ordering) {
      const [least, most] = [
        new GreaterThanEqualsFilter({ attribute, value }),
        new LessThanEqualsFilter({ attribute, value }),
      ];
      if (compared.comparison === 'ge') return least;
      if (compared.comparison === 'le') return most;
      return allOf(compared.comparison === 'gt' ? least : most, not(equal()));
    }
    // Attributes without an order of their own (sn, mail) can still be asked by the rule for texts.
    if (!this.schema.isOrderedByRule(attribute))
      throw unable(attribute, 'has no order in this directory; ask for eq, co, sw or ew');
    const below = new ExtensibleFilter({ matchType: attribute, rule: CASE_IGNORE_ORDERING, value });
    const present = new PresenceFilter({ attribute });
    if (compared.comparison === 'lt') return below;
    if (compared.comparison === 'ge') return allOf(present, not(below));
    const notAbove = new OrFilter({ filters: [below, equal()] });
    return compared.comparison === 'le' ? notAbove : allOf(present, not(notAbove));
  }
}

/** The error of a comparison that the directory cannot evaluate. */
export function unable(what: string, why: string): UserFilterError {
  return new UserFilterError(`${what} ${why}`);
}
