import { Brackets, NotBrackets, type WhereExpressionBuilder } from 'typeorm';

/** How two values are compared (RFC 7644 section 3.4.2.2). */
export type RoleComparison = 'eq' | 'ne' | 'co' | 'sw' | 'ew' | 'gt' | 'ge' | 'lt' | 'le' | 'pr';

/** One comparison. Letters of any case, but for those of external ids. */
export interface RoleCompare {
  readonly op: 'compare';
  readonly subject: keyof typeof columns;
  readonly comparison: RoleComparison;
  /** Empty for `pr`. */
  readonly value: string;
}

/** Which roles are wanted. */
export type RoleFilter =
  | RoleCompare
  | { readonly op: 'and' | 'or'; readonly filters: readonly RoleFilter[] }
  | { readonly op: 'not'; readonly filter: RoleFilter };

const columns = {
  id: 'role.id',
  name: 'role.nameKey',
  audienceType: 'role.audienceType',
  audienceId: 'role.audienceId',
  externalId: "COALESCE(role.externalId, '')",
} as const;

const escaped = (value: string) => value.replace(/[!%_]/g, '!$&');
const patterns = {
  co: (value: string) => `%${escaped(value)}%`,
  sw: (value: string) => `${escaped(value)}%`,
  ew: (value: string) => `%${escaped(value)}`,
} as const;
const signs = { eq: '=', ne: '<>', gt: '>', ge: '>=', lt: '<', le: '<=' } as const;

/** Adds a filter to a query whose entity has the alias `role`. All values are parameters. */
export function addRoleFilter(where: WhereExpressionBuilder, filter: RoleFilter): void {
  const count = { parameters: 0 };
  add(where, filter, 'and', count);
}

function add(
  where: WhereExpressionBuilder,
  filter: RoleFilter,
  how: 'and' | 'or',
  count: { parameters: number },
): void {
  const part = brackets(filter, count);
  if (how === 'and') where.andWhere(part);
  else where.orWhere(part);
}

function brackets(filter: RoleFilter, count: { parameters: number }): Brackets {
  if (filter.op === 'compare') return new Brackets((inner) => compare(inner, filter, count));
  if (filter.op === 'not') return new NotBrackets((inner) => add(inner, filter.filter, 'and', count));
  const { op, filters } = filter;
  return new Brackets((inner) => {
    for (const one of filters) add(inner, one, op, count);
  });
}

function compare(
  where: WhereExpressionBuilder,
  { subject, comparison, value }: RoleCompare,
  count: { parameters: number },
): void {
  const column = columns[subject];
  const name = `filter${count.parameters++}`;
  const wanted = subject === 'externalId' ? value : value.toLowerCase();
  if (comparison === 'pr') where.where(`${column} <> ''`);
  else if (comparison === 'co' || comparison === 'sw' || comparison === 'ew')
    where.where(`${column} LIKE :${name} ESCAPE '!'`, { [name]: patterns[comparison](wanted) });
  else where.where(`${column} ${signs[comparison]} :${name}`, { [name]: wanted });
}
