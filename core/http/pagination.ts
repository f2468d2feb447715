import { z } from 'zod';
import { settings, token, wholeNumber } from '#core/kernel';
import type { HttpRequest } from './messages.js';

/** `[pagination]` */
export const PaginationSettings = settings(
  'pagination',
  z.strictObject({
    default_items_per_page: wholeNumber(1).prefault(15).describe('Size of a page when a list is asked for without one'),
    max_items_per_page: wholeNumber(1).prefault(100).describe('Largest page; who asks for more gets this many'),
    max_users_list_per_role: wholeNumber(1)
      .prefault(1000)
      .describe('Users that a role is shown with at most; all of them can be read in pages'),
  }),
);

/** Injection token of the paging of lists. */
export const PaginationToken = token<Pagination>('http.pagination');

/** A part of a list. */
export interface Page {
  readonly limit: number;
  readonly offset: number;
}

/** Query parameters of a list; a part of the query schema of its route. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).optional().describe('How many items at most'),
  offset: z.coerce.number().int().min(0).optional().describe('How many items to skip'),
};

const links = z.array(z.object({ href: z.string(), rel: z.enum(['next', 'previous']) }));

/** Members of the answer of a list beside the items. */
export const pageAnswer = { totalResults: z.int(), startIndex: z.int(), count: z.int(), links };

/** Lists come in pages: how large, and where the next one is. */
export class Pagination {
  constructor(private readonly sizes: z.output<(typeof PaginationSettings)['schema']>) {}

  /** Users that a role is shown with at most. */
  get usersOfRole(): number {
    return this.sizes.max_users_list_per_role;
  }

  /** The page that a query asks for. */
  page(query: { readonly limit?: number | undefined; readonly offset?: number | undefined }): Page {
    const { default_items_per_page, max_items_per_page } = this.sizes;
    return { limit: Math.min(query.limit ?? default_items_per_page, max_items_per_page), offset: query.offset ?? 0 };
  }

  /** What the answer says beside the items. The links carry the other parameters of the request on. */
  describe(request: HttpRequest, { limit, offset }: Page, count: number, totalResults: number) {
    const link = (rel: 'next' | 'previous', target: Page) => {
      const query = new URLSearchParams(request.query);
      query.set('offset', String(target.offset));
      query.set('limit', String(target.limit));
      return { href: `${request.organization.prefix}${request.path}?${query}`, rel };
    };
    const next = offset + count < totalResults && count > 0 ? [link('next', { limit, offset: offset + limit })] : [];
    const previous =
      offset > 0 ? [link('previous', { limit: Math.min(limit, offset), offset: Math.max(0, offset - limit) })] : [];
    return { totalResults, startIndex: offset + 1, count, links: [...next, ...previous] };
  }
}
