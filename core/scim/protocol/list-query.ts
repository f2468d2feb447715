import type { Filter } from '../filter/filter.js';
import { parseFilter } from '../filter/filter-parser.js';
import { listByBody, listByQuery } from '../users/list-requests.js';
import type { ListRequest } from '../users/user-lists.js';
import type { JsonObject } from './json-body.js';
import { pageOf, type ScimPage } from './paging.js';
import { ScimError } from './scim-error.js';

/** What is asked of a list of groups or roles, by GET or by `.search`. */
export interface ListQuery extends Pick<ListRequest, 'attributes' | 'excludedAttributes' | 'domain'> {
  readonly page: ScimPage;
  readonly filter: Filter | undefined;
}

/** Sizes of pages: when nothing is asked for, and at most. */
export interface PageSizes {
  readonly usual: number;
  readonly most: number;
}

/** What the query parameters ask for. @throws ScimError 400, or 501 when the list is to be sorted */
export function queryOfParameters(parameters: URLSearchParams, sizes: PageSizes): ListQuery {
  return queryOf(listByQuery(parameters), sizes);
}

/** What a search request asks for (RFC 7644 section 3.4.3). @throws ScimError 400, or 501 when the list is to be sorted */
export function queryOfSearch(body: JsonObject, sizes: PageSizes): ListQuery {
  return queryOf(listByBody(body), sizes);
}

function queryOf(request: ListRequest, sizes: PageSizes): ListQuery {
  const { isSorted, filter, startIndex, count, ...rest } = request;
  if (isSorted) throw new ScimError(501, 'Sorting is not supported');
  const isFiltered = filter !== undefined && filter.trim() !== '';
  return { ...rest, page: pageOf({ startIndex, count }, sizes), filter: isFiltered ? parseFilter(filter) : undefined };
}
