import { type CompareFilter, type Comparison, instantOf, type StoreFilter, type ValueType } from '#core/users';

/** Everything about a user that a filter may ask for. */
export interface KnownUser {
  readonly id: string;
  readonly username: string;
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  readonly identity: Readonly<Record<string, readonly string[]>>;
  /** Ids and names of groups. */
  readonly groups: readonly { readonly id: string; readonly name: string }[];
}

/** Whether a user fits a filter, by the plainest code that there can be: what stores are compared with. */
export function fits(user: KnownUser, filter: StoreFilter): boolean {
  switch (filter.op) {
    case 'and':
      return filter.filters.every((part) => fits(user, part));
    case 'or':
      return filter.filters.some((part) => fits(user, part));
    case 'not':
      return !fits(user, filter.filter);
    case 'ids':
      return filter.ids.includes(user.id);
    default:
      return fitsComparison(user, filter);
  }
}

function fitsComparison(user: KnownUser, filter: CompareFilter): boolean {
  const { comparison, value, subject } = filter;
  if (comparison === 'ne') return !fitsComparison(user, { ...filter, comparison: 'eq' });
  const values = valuesOf(user, subject);
  if (comparison === 'pr') return values.length > 0;
  const type = subject.of === 'attribute' || subject.of === 'identity' ? filter.type : 'string';
  return values.some((one) =>
    subject.of === 'id' || (subject.of === 'group' && subject.by === 'id')
      ? compareTexts(one, value, comparison)
      : compareValues(one, value, comparison, type),
  );
}

function valuesOf(user: KnownUser, subject: CompareFilter['subject']): readonly string[] {
  switch (subject.of) {
    case 'id':
      return [user.id];
    case 'name':
      return [user.username];
    case 'attribute':
      return user.attributes[subject.name] ?? [];
    case 'identity':
      return user.identity[subject.name] ?? [];
    case 'group':
      return user.groups.map((group) => group[subject.by]);
    default:
      throw new Error(`users have no ${subject.of}`);
  }
}

function compareValues(one: string, other: string, comparison: Comparison, type: ValueType): boolean {
  const isOrder = comparison !== 'co' && comparison !== 'sw' && comparison !== 'ew';
  if (isOrder && (type === 'integer' || type === 'decimal')) {
    const isNumber = (text: string) => /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text);
    return isNumber(one) && isNumber(other) && ordered(Number(one) - Number(other), comparison);
  }
  if (isOrder && type === 'dateTime') {
    const [first, second] = [instantOf(one), instantOf(other)];
    return first !== undefined && second !== undefined && ordered(first - second, comparison);
  }
  return compareTexts(one.toLowerCase(), other.toLowerCase(), comparison);
}

function compareTexts(one: string, other: string, comparison: Comparison): boolean {
  if (comparison === 'co') return one.includes(other);
  if (comparison === 'sw') return one.startsWith(other);
  if (comparison === 'ew') return one.endsWith(other);
  return ordered(byCodePoints(one, other), comparison);
}

/** The order of two texts by their code points. */
export function byCodePoints(one: string, other: string): number {
  const [first, second] = [Array.from(one), Array.from(other)];
  const at = first.findIndex((character, index) => character !== second[index]);
  if (at < 0) return first.length - second.length;
  return (first[at]?.codePointAt(0) ?? 0) - (second[at]?.codePointAt(0) ?? -1);
}

function ordered(difference: number, comparison: Comparison): boolean {
  switch (comparison) {
    case 'eq':
      return difference === 0;
    case 'gt':
      return difference > 0;
    case 'ge':
      return difference >= 0;
    case 'lt':
      return difference < 0;
    case 'le':
      return difference <= 0;
    default:
      throw new Error(`${comparison} is no order`);
  }
}
