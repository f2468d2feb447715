import { z } from 'zod';
import { type AskedAttributes, namesIn } from '../attributes/projection.js';
import { checkSchemas } from '../attributes/read-resource.js';
import { type JsonObject, membersOf } from '../protocol/json-body.js';
import { Messages } from '../protocol/schemas.js';
import { badRequest } from '../protocol/scim-error.js';
import type { ListRequest } from './user-lists.js';

/** Query of one resource, for the document. */
export const projectionQuery = z.looseObject({
  attributes: z.string().optional().describe('Attributes to answer, with commas'),
  excludedAttributes: z.string().optional().describe('Attributes not to answer, with commas'),
});

/** Query of a list, for the document. */
export const listQuery = projectionQuery.extend({
  filter: z.string().optional().describe('RFC 7644 section 3.4.2.2'),
  startIndex: z.string().optional().describe('From 1'),
  count: z.string().optional().describe('How many at most'),
  domain: z.string().optional().describe('User store'),
});

/** What the query of a request asks for. */
export function askedAttributes(query: URLSearchParams): AskedAttributes {
  return {
    attributes: namesIn(query.get('attributes')),
    excludedAttributes: namesIn(query.get('excludedAttributes')),
  };
}

/** A list by query. */
export function listByQuery(query: URLSearchParams): ListRequest {
  const given = (name: string) => query.get(name) ?? undefined;
  return {
    ...askedAttributes(query),
    filter: given('filter'),
    domain: given('domain'),
    startIndex: given('startIndex'),
    count: given('count'),
    isSorted: query.has('sortBy') || query.has('sortOrder'),
  };
}

/** A list by body (RFC 7644 section 3.4.3). @throws ScimError 400 */
export function listByBody(body: JsonObject): ListRequest {
  checkSchemas(body, Messages.search);
  const members = membersOf(body);
  const given = (name: string) => members.get(name.toLowerCase())?.value ?? undefined;
  return {
    attributes: names(given('attributes')),
    excludedAttributes: names(given('excludedAttributes')),
    filter: text('filter', given('filter')),
    domain: text('domain', given('domain')),
    startIndex: given('startIndex'),
    count: given('count'),
    isSorted: given('sortBy') !== undefined || given('sortOrder') !== undefined,
  };
}

function text(name: string, given: unknown): string | undefined {
  if (given === undefined || given === '') return undefined;
  if (typeof given === 'string') return given;
  throw badRequest('invalidSyntax', `"${name}" must be a text.`);
}

function names(given: unknown): readonly string[] {
  if (given === undefined) return [];
  const list = Array.isArray(given) ? (given as unknown[]) : [given];
  return list.flatMap((one) => {
    if (typeof one === 'string') return namesIn(one);
    throw badRequest('invalidSyntax', 'Names of attributes must be texts.');
  });
}
