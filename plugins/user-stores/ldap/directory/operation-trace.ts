import {
  AndFilter,
  type EqualityFilter,
  ExtensibleFilter,
  type Filter,
  GreaterThanEqualsFilter,
  LessThanEqualsFilter,
  NotFilter,
  OrFilter,
  PresenceFilter,
  SubstringFilter,
} from 'ldapts';
import type { Logger } from '#core/kernel';
import { codeOf } from '../connection/failures.js';

/** What is done with the directory. */
export interface TracedOperation {
  readonly operation: 'search' | 'add' | 'modify' | 'rename' | 'delete' | 'bind' | 'extended';
  /** Where, without the name of anybody. */
  readonly base: string;
  readonly filter?: Filter;
}

/** Children of an `and` or `or` that are shown; filters for many ids are long. */
const SHOWN = 5;

/** A filter without its values: `(&(objectclass=?)(uid=?*))`. */
export function shapeOf(filter: Filter): string {
  if (filter instanceof AndFilter || filter instanceof OrFilter) {
    const shown = filter.filters.slice(0, SHOWN).map(shapeOf).join('');
    const rest = filter.filters.length > SHOWN ? `(... ${filter.filters.length - SHOWN} more)` : '';
    return `(${filter instanceof AndFilter ? '&' : '|'}${shown}${rest})`;
  }
  if (filter instanceof NotFilter) return `(!${shapeOf(filter.filter)})`;
  if (filter instanceof PresenceFilter) return `(${filter.attribute}=*)`;
  if (filter instanceof SubstringFilter) {
    const { initial, any, final } = filter;
    const parts = [initial && '?', ...any.map(() => '?'), final && '?'];
    return `(${filter.attribute}=${parts.join('*')})`;
  }
  if (filter instanceof ExtensibleFilter) return `(${filter.matchType}:${filter.rule}:=?)`;
  if (filter instanceof GreaterThanEqualsFilter) return `(${filter.attribute}>=?)`;
  if (filter instanceof LessThanEqualsFilter) return `(${filter.attribute}<=?)`;
  return `(${(filter as EqualityFilter).attribute}=?)`;
}

/** Writes a line of the log for each operation, when that is switched on. No values, no names, no passwords. */
export class OperationTrace {
  constructor(
    private readonly store: string,
    private readonly logger: Logger,
    private readonly isOn: boolean,
  ) {}

  /** Does the work, and tells of it. */
  async of<T>({ operation, base, filter }: TracedOperation, work: () => Promise<T>): Promise<T> {
    if (!this.isOn) return work();
    const begin = performance.now();
    const tell = (result: number | 'no answer') => {
      const duration = Math.round((performance.now() - begin) * 10) / 10;
      const shape = filter ? { filter: shapeOf(filter) } : {};
      this.logger.debug({ store: this.store, operation, base, ...shape, duration, result }, 'ldap');
    };
    try {
      const answer = await work();
      tell(0);
      return answer;
    } catch (error) {
      tell(codeOf(error) ?? 'no answer');
      throw error;
    }
  }
}
