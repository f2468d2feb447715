import { z } from 'zod';

const whole = z
  .string()
  .regex(/^\d{1,9}$/, { error: 'expected a whole number of at most nine digits' })
  .transform(Number)
  .optional();

/** Members of the query of a list that can be sorted by one attribute. */
export const listQuery = (attribute: string) => ({
  limit: whole.describe('How many at most; all of them when absent'),
  offset: whole.describe('How many to skip'),
  sortBy: z.literal(attribute).optional().describe('What the list is sorted by'),
  sortOrder: z.enum(['asc', 'desc']).default('asc').describe('Forwards or backwards'),
});

/** What a query says of the part of a list. */
interface ListPart {
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
  readonly sortOrder: 'asc' | 'desc';
}

/** The part of a list that a query asks for. @param key what the list is sorted by, whatever its case; no two have the same */
export function partOf<T>(items: readonly T[], { limit, offset = 0, sortOrder }: ListPart, key: (item: T) => string) {
  const sign = sortOrder === 'asc' ? 1 : -1;
  const keyed = items.map((item) => ({ item, key: key(item).toLowerCase() }));
  keyed.sort((a, b) => (a.key < b.key ? -sign : sign));
  return keyed.slice(offset, limit === undefined ? undefined : offset + limit).map(({ item }) => item);
}
