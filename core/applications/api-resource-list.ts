import { z } from 'zod';
import { type ApiResource, apiResourceErrors } from '#core/access';
import { type FilterCondition, type HttpRequest, parseFilter } from '#core/http';

/** Query of the list of API resources. */
export const listQuery = z.object({
  before: z.string().optional().describe('Cursor: what comes before it'),
  after: z.string().optional().describe('Cursor: what comes after it'),
  filter: z.string().optional().describe('name sw Shop and type eq BUSINESS'),
  limit: z.string().optional().describe('How many at most; 10 when absent'),
  attributes: z.string().optional().describe('Further members of the items: properties'),
});

const MAX_LIMIT = 1000;

const attributes: Readonly<Record<string, (resource: ApiResource) => readonly string[]>> = {
  id: ({ id }) => [id],
  name: ({ name }) => [name],
  identifier: ({ identifier }) => [identifier],
  type: ({ type }) => [type],
  description: ({ description = '' }) => [description],
  requires_authorization: ({ requiresAuthorization }) => [String(requiresAuthorization)],
  scopes: ({ scopes }) => scopes.map(({ name }) => name),
};

const tests: Record<FilterCondition['operator'], (value: string, wanted: string) => boolean> = {
  eq: (value, wanted) => value === wanted,
  co: (value, wanted) => value.includes(wanted),
  sw: (value, wanted) => value.startsWith(wanted),
  ew: (value, wanted) => value.endsWith(wanted),
};

/**
 * Those that a filter lets pass; letters of any case are the same.
 *
 * @param valuesOf what can be filtered by, by attribute
 * @throws ApiError API-RESOURCE-60007
 */
export function filtered<T>(
  items: readonly T[],
  filter: string | undefined,
  valuesOf: Readonly<Record<string, (item: T) => readonly string[]>>,
): readonly T[] {
  if (filter === undefined || filter.trim() === '') return items;
  const alternatives = parseFilter(filter, Object.keys(valuesOf), apiResourceErrors.filter);
  const holds = (item: T, { attribute, operator, value }: FilterCondition) =>
    (valuesOf[attribute]?.(item) ?? []).some((own) => tests[operator](own.toLowerCase(), value.toLowerCase()));
  return items.filter((item) => alternatives.some((all) => all.every((condition) => holds(item, condition))));
}

/** A page of a list. */
export interface ResourcePage {
  readonly total: number;
  readonly items: readonly ApiResource[];
  readonly links: { readonly rel: string; readonly href: string }[];
}

const keyOf = ({ name, id }: ApiResource) => `${name.toLowerCase()} ${id}`;
const cursorOf = (resource: ApiResource) => Buffer.from(keyOf(resource)).toString('base64');
const compare = (a: string, b: string) => (a < b ? -1 : Number(a > b));

/** First item of a page and the one after its last. */
function boundsOf(
  known: readonly ApiResource[],
  before: string | undefined,
  after: string | undefined,
  limit: number,
): [number, number] {
  const countOf = (holds: (key: string) => boolean) => known.filter((resource) => holds(keyOf(resource))).length;
  const textOf = (cursor: string) => Buffer.from(cursor, 'base64').toString();
  if (before !== undefined) {
    const end = countOf((key) => key < textOf(before));
    return [Math.max(0, end - limit), end];
  }
  const start = after === undefined ? 0 : countOf((key) => key <= textOf(after));
  return [start, start + limit];
}

/**
 * The page that a query asks for, in the order of names.
 *
 * @throws ApiError API-RESOURCE-60007 for a bad filter, 60010 for a bad limit, 60011 for two cursors
 */
export function pageOf(
  all: readonly ApiResource[],
  { before, after, filter, limit: written = '10' }: z.output<typeof listQuery>,
  { organization, path, query }: Pick<HttpRequest, 'organization' | 'path' | 'query'>,
): ResourcePage {
  if (before !== undefined && after !== undefined) throw apiResourceErrors.bothCursors();
  if (!/^\d{1,9}$/.test(written) || Number(written) === 0) throw apiResourceErrors.pageSize();
  const limit = Math.min(Number(written), MAX_LIMIT);
  const known = [...filtered(all, filter, attributes)].sort((a, b) => compare(keyOf(a), keyOf(b)));
  const [start, end] = boundsOf(known, before, after, limit);
  const items = known.slice(start, end);
  const link = (rel: string, name: 'before' | 'after', at: ApiResource | undefined) => {
    if (!at) return [];
    const more = new URLSearchParams(query);
    more.delete('before');
    more.delete('after');
    more.set(name, cursorOf(at));
    return [{ rel, href: `${organization.prefix}${path}?${more}` }];
  };
  const previous = start > 0 ? link('previous', 'before', items[0]) : [];
  const next = end < known.length ? link('next', 'after', items.at(-1)) : [];
  return { total: known.length, items, links: [...previous, ...next] };
}

/** Whether the items shall have their properties. Throws ApiError API-RESOURCE-60013 for any other attribute. */
export function wantsProperties(written: string | undefined): boolean {
  const names = (written ?? '').split(',').flatMap((name) => name.trim() || []);
  const unknown = names.find((name) => name !== 'properties');
  if (unknown !== undefined) throw apiResourceErrors.attribute(unknown);
  return names.length > 0;
}
