import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { Brackets } from 'typeorm';
import type { FilterCondition, ListFilter } from '#core/http';

const escaped = (value: string) => value.toLowerCase().replace(/[!%_]/g, '!$&');
const patterns: Record<FilterCondition['operator'], (value: string) => string> = {
  eq: (value) => value,
  co: (value) => `%${value}%`,
  sw: (value) => `${value}%`,
  ew: (value) => `%${value}`,
};

/**
 * Adds a filter to a query; letters of any case are the same.
 *
 * @param sqlOf condition on an attribute, given `LIKE …` and the name of a parameter that has to be set
 */
export function addFilter<T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
  filter: ListFilter,
  sqlOf: (attribute: string, like: string, index: number) => { sql: string; parameters?: Record<string, string> },
): void {
  let count = 0;
  const all = new Brackets((where) => {
    for (const alternative of filter) {
      const parameters: Record<string, string> = {};
      const conditions = alternative.map(({ attribute, operator, value }) => {
        const index = count++;
        parameters[`wanted${index}`] = patterns[operator](escaped(value));
        const condition = sqlOf(attribute, `LIKE :wanted${index} ESCAPE '!'`, index);
        Object.assign(parameters, condition.parameters);
        return condition.sql;
      });
      where.orWhere(`(${conditions.join(' AND ')})`, parameters);
    }
  });
  query.andWhere(all);
}
