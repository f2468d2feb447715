import {
  AndFilter,
  ApproximateFilter,
  EqualityFilter,
  ExtensibleFilter,
  type Filter,
  FilterParser,
  GreaterThanEqualsFilter,
  LessThanEqualsFilter,
  NotFilter,
  OrFilter,
  PresenceFilter,
  SubstringFilter,
} from 'ldapts';
import { reasonOf } from '#core/kernel';

const PLACEHOLDER = '?';

/**
 * A filter of the settings, such as `(&(objectClass=person)(uid=?))`. It is parsed once; a value takes its place in the
 * tree as a value, so nothing in it can become a part of the filter.
 */
export class FilterTemplate {
  private constructor(
    private readonly tree: Filter,
    private readonly text: string,
  ) {}

  /** @throws Error when it is no filter (RFC 4515) */
  static parse(text: string): FilterTemplate {
    const decoded = text
      .trim()
      .replace(/(?:\\[89a-f][0-9a-f])+/gi, (run) => Buffer.from(run.replaceAll('\\', ''), 'hex').toString('utf8'))
      .replace(/([()&|!])\s+(?=[()&|!])/g, '$1');
    try {
      // The parser of ldapts overlooks what is missing at the end.
      if (decoded.split('(').length !== decoded.split(')').length) throw new Error('the parentheses are not balanced');
      return new FilterTemplate(FilterParser.parseString(decoded), text);
    } catch (cause) {
      throw new Error(`expected a filter such as (objectClass=person): ${reasonOf(cause)}`, { cause });
    }
  }

  /** The filter itself. @throws Error when there is a place for a value */
  withoutValue(): Filter {
    if (this.#hasPlace()) throw new Error('expected a filter without ?: there is no value to take its place');
    return this.tree;
  }

  /** @throws Error when there is no place for a value */
  requireValue(): this {
    if (!this.#hasPlace()) throw new Error('expected a filter with ? where the value belongs');
    return this;
  }

  /**
   * The filter for a value.
   *
   * @param attribute what the value is compared with, when it is not what the filter says
   */
  with(value: string | Buffer, attribute?: string): Filter {
    return filled(this.tree, value, attribute);
  }

  toString(): string {
    return this.text;
  }

  #hasPlace(): boolean {
    return leaves(this.tree).some((leaf) => textsOf(leaf).some((text) => text.includes(PLACEHOLDER)));
  }
}

function leaves(filter: Filter): Filter[] {
  if (filter instanceof AndFilter || filter instanceof OrFilter) return filter.filters.flatMap(leaves);
  if (filter instanceof NotFilter) return leaves(filter.filter);
  return [filter];
}

function textsOf(leaf: Filter): readonly string[] {
  if (leaf instanceof SubstringFilter) return [leaf.initial, ...leaf.any, leaf.final];
  if (leaf instanceof PresenceFilter) return [];
  return [String((leaf as EqualityFilter).value)];
}

function filled(filter: Filter, value: string | Buffer, named: string | undefined): Filter {
  if (filter instanceof AndFilter)
    return new AndFilter({ filters: filter.filters.map((one) => filled(one, value, named)) });
  if (filter instanceof OrFilter)
    return new OrFilter({ filters: filter.filters.map((one) => filled(one, value, named)) });
  if (filter instanceof NotFilter) return new NotFilter({ filter: filled(filter.filter, value, named) });
  if (!textsOf(filter).some((text) => text.includes(PLACEHOLDER))) return filter;
  return filledLeaf(filter, value, named);
}

function filledLeaf(leaf: Filter, value: string | Buffer, named: string | undefined): Filter {
  const put = (text: string) => text.split(PLACEHOLDER).join(value.toString());
  if (leaf instanceof EqualityFilter) {
    const whole = leaf.value === PLACEHOLDER ? value : put(String(leaf.value));
    return new EqualityFilter({ attribute: named ?? leaf.attribute, value: whole });
  }
  if (leaf instanceof SubstringFilter) {
    const { attribute, initial, any, final } = leaf;
    const parts = { initial: put(initial), any: any.map(put), final: put(final) };
    return new SubstringFilter({ attribute: named ?? attribute, ...parts });
  }
  if (leaf instanceof ExtensibleFilter) {
    const { rule, matchType, dnAttributes } = leaf;
    return new ExtensibleFilter({ rule, matchType: named ?? matchType, dnAttributes, value: put(leaf.value) });
  }
  const options = {
    attribute: named ?? (leaf as EqualityFilter).attribute,
    value: put(String((leaf as EqualityFilter).value)),
  };
  if (leaf instanceof GreaterThanEqualsFilter) return new GreaterThanEqualsFilter(options);
  if (leaf instanceof LessThanEqualsFilter) return new LessThanEqualsFilter(options);
  if (leaf instanceof ApproximateFilter) return new ApproximateFilter(options);
  throw new Error('this kind of filter takes no value');
}
