import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { z } from 'zod';
import type { HttpRequest, Pagination } from '#core/http';
import { consentErrors } from './consent-errors.js';

/** A part of a list that is read by cursors. */
export interface CursorPage {
  readonly limit: number;
  /** Id of the item before the page. */
  readonly after?: string | undefined;
  /** Id of the item behind the page. */
  readonly before?: string | undefined;
}

/** Items of a page, and whether there are others on either side. */
export interface CursorItems<T> {
  readonly items: readonly T[];
  readonly hasPrevious: boolean;
  readonly hasNext: boolean;
}

const DEFAULT_LIMIT = 10;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether a text can be the id of anything here. */
export const isId = (text: string): boolean => uuid.test(text);

/** Query parameters of a list with cursors. */
export const cursorQuery = {
  limit: z.coerce.number().int().min(1).default(DEFAULT_LIMIT).describe('How many items at most'),
  after: z.string().optional().describe('Cursor: items behind that with this id, in base64'),
  before: z.string().optional().describe('Cursor: items before that with this id, in base64'),
};

/** Links to the pages beside one. */
export const cursorLinks = z.array(z.object({ rel: z.enum(['next', 'previous']), href: z.string() }));

/**
 * The page that a query asks for.
 *
 * @param pagination says how large a page can be
 * @throws ApiError CMT-60003 for a cursor that is none, and for two
 */
export function cursorPage(
  query: { readonly limit: number; readonly after?: string | undefined; readonly before?: string | undefined },
  pagination: Pagination,
): CursorPage {
  const { after, before } = query;
  if (after !== undefined && before !== undefined)
    throw consentErrors.cursor('after, before: only one of them can be given.');
  return {
    limit: pagination.page({ limit: query.limit }).limit,
    after: idOf('after', after),
    before: idOf('before', before),
  };
}

function idOf(name: string, cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const id = Buffer.from(cursor, 'base64').toString();
  if (!isId(id)) throw consentErrors.cursor(`${name}: take it from a link of another page.`);
  return id;
}

/**
 * Reads a page in the order of ids, which is that of their making.
 *
 * @param query of all items, without order
 * @param alias of the entity in it
 */
export async function readPage<T extends ObjectLiteral & { readonly id: string }>(
  query: () => SelectQueryBuilder<T>,
  alias: string,
  { limit, after, before }: CursorPage,
): Promise<CursorItems<T>> {
  const isBack = before !== undefined;
  const bounded = (sign: '<' | '>', id: string) => query().andWhere(`${alias}.id ${sign} :cursor`, { cursor: id });
  const ahead = () => (after === undefined ? query() : bounded('>', after));
  const from = isBack ? bounded('<', before) : ahead();
  const found = await from
    .orderBy(`${alias}.id`, isBack ? 'DESC' : 'ASC')
    .take(limit + 1)
    .getMany();
  const isMore = found.length > limit;
  const items = found.slice(0, limit);
  if (isBack) items.reverse();
  const [first, last] = [items[0], items.at(-1)];
  if (!first || !last) return { items, hasPrevious: false, hasNext: false };
  const isAny = async (sign: '<' | '>', id: string) => (await bounded(sign, id).take(1).getMany()).length > 0;
  return {
    items,
    hasPrevious: isBack ? isMore : after !== undefined && (await isAny('<', first.id)),
    hasNext: isBack ? await isAny('>', last.id) : isMore,
  };
}

/** Links to the pages beside one. They carry the other parameters of the request on. */
export function linksOf(
  { organization, path, query }: Pick<HttpRequest, 'organization' | 'path' | 'query'>,
  { items, hasPrevious, hasNext }: CursorItems<{ readonly id: string }>,
): z.input<typeof cursorLinks> {
  const link = (rel: 'next' | 'previous', name: 'after' | 'before', item: { readonly id: string } | undefined) => {
    if (!item) return [];
    const more = new URLSearchParams(query);
    more.delete('before');
    more.delete('after');
    more.set(name, Buffer.from(item.id).toString('base64'));
    return [{ rel, href: `${organization.prefix}${path}?${more}` }];
  };
  return [
    ...(hasPrevious ? link('previous', 'before', items[0]) : []),
    ...(hasNext ? link('next', 'after', items.at(-1)) : []),
  ];
}
