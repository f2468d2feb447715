import { z } from 'zod';
import { type AskedAttributes, namesIn } from '../attributes/projection.js';
import { checkSchemas } from '../attributes/read-resource.js';
import type { Filter } from '../filter/filter.js';
import { parseFilter } from '../filter/filter-parser.js';
import { type JsonObject, membersOf } from './json-body.js';
import { pageOf, type ScimPage } from './paging.js';
import { Messages } from './schemas.js';
import { badRequest, ScimError, shown } from './scim-error.js';

/** What is asked of a list, by GET or by `.search`. */
export interface ListQuery extends AskedAttributes {
  readonly page: ScimPage;
  readonly filter: Filter | undefined;
  /** User store. */
  readonly domain: string | undefined;
}

/** Sizes of pages: when nothing is asked for, and at most. */
export interface PageSizes {
  readonly usual: number;
  readonly most: number;
}

/** Query parameters of a list, for the document. */
export const listParameters = z.object({
  filter: z.string().optional().describe('Which resources (RFC 7644 section 3.4.2.2)'),
  startIndex: z.string().optional().describe('Number of the first one, from 1'),
  count: z.string().optional().describe('How many at most'),
  attributes: z.string().optional().describe('Attributes to show, separated by commas'),
  excludedAttributes: z.string().optional().describe('Attributes not to show, separated by commas'),
  domain: z.string().optional().describe('User store'),
  sortBy: z.string().optional().describe('Not supported'),
  sortOrder: z.string().optional().describe('Not supported'),
});

/** Query parameters of a single resource, for the document. */
export const resourceParameters = listParameters.pick({ attributes: true, excludedAttributes: true });

/** What the query parameters ask for. @throws ScimError 400, or 501 when the list is to be sorted */
export function queryOfParameters(parameters: URLSearchParams, sizes: PageSizes): ListQuery {
  return queryOf((name) => parameters.get(name) ?? undefined, attributesIn(parameters), sizes);
}

/** What a search request asks for (RFC 7644 section 3.4.3). @throws ScimError 400, or 501 when the list is to be sorted */
export function queryOfSearch(body: JsonObject, sizes: PageSizes): ListQuery {
  checkSchemas(body, Messages.search);
  const members = membersOf(body);
  const lookUp = (name: string) => members.get(name.toLowerCase())?.value ?? undefined;
  const asked = {
    attributes: namesOf('attributes', lookUp('attributes')),
    excludedAttributes: namesOf('excludedAttributes', lookUp('excludedAttributes')),
  };
  return queryOf(lookUp, asked, sizes);
}

/** Attributes that the query parameters ask for. */
export function attributesIn(parameters: URLSearchParams): AskedAttributes {
  return {
    attributes: namesIn(parameters.get('attributes')),
    excludedAttributes: namesIn(parameters.get('excludedAttributes')),
  };
}

function queryOf(lookUp: (name: string) => unknown, asked: AskedAttributes, sizes: PageSizes): ListQuery {
  if (isGiven(lookUp('sortBy')) || isGiven(lookUp('sortOrder'))) throw new ScimError(501, 'Sorting is not supported');
  const filter = textOf('filter', lookUp('filter'));
  return {
    ...asked,
    page: pageOf({ startIndex: lookUp('startIndex'), count: lookUp('count') }, sizes),
    filter: filter === undefined ? undefined : parseFilter(filter),
    domain: textOf('domain', lookUp('domain')),
  };
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== '';
}

function textOf(name: string, given: unknown): string | undefined {
  if (!isGiven(given)) return undefined;
  if (typeof given === 'string') return given;
  throw badRequest('invalidValue', `"${name}" must be a text, not ${shown(given)}.`);
}

function namesOf(name: string, given: unknown): readonly string[] {
  if (given === undefined) return [];
  if (typeof given === 'string') return namesIn(given);
  if (Array.isArray(given) && given.every((one) => typeof one === 'string')) return given;
  throw badRequest('invalidValue', `"${name}" must be a list of texts.`);
}
