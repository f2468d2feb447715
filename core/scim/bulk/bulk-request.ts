import { checkSchemas } from '../attributes/read-resource.js';
import { isObject, type JsonObject, membersOf } from '../protocol/json-body.js';
import { Messages } from '../protocol/schemas.js';
import { badRequest, ScimError, shown } from '../protocol/scim-error.js';

/** Methods that an operation can have. */
export const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE'] as const;
/** One of {@link METHODS}. */
export type BulkMethod = (typeof METHODS)[number];

/** One operation as it was sent; what of it is wrong concerns itself alone. */
export interface BulkOperation {
  /** As it was written, in upper case; it need not be one of {@link METHODS}. */
  readonly method: string;
  readonly bulkId: string | undefined;
  readonly path: unknown;
  /** Version that the resource must have. */
  readonly version: unknown;
  readonly data: unknown;
}

/** A bulk request (RFC 7644 section 3.7). */
export interface BulkRequest {
  /** How many operations may fail before the rest is left undone; 0: all may. */
  readonly failOnErrors: number;
  readonly operations: readonly BulkOperation[];
}

/**
 * Reads a bulk request.
 *
 * @param most operations
 * @throws ScimError 413 for more operations, 400 invalidSyntax for what is no bulk request
 */
export function bulkRequestOf(body: JsonObject, most: number): BulkRequest {
  checkSchemas(body, Messages.bulkRequest);
  const members = membersOf(body);
  const list = members.get('operations')?.value;
  if (!Array.isArray(list) || list.length === 0)
    throw badRequest('invalidSyntax', '"Operations" must be a list of at least one operation.');
  if (list.length > most)
    throw new ScimError(413, `The number of operations exceeds maxOperations (${most}). Send several requests.`);
  return {
    failOnErrors: failOnErrorsOf(members.get('failonerrors')?.value),
    operations: (list as unknown[]).map(operationOf),
  };
}

function failOnErrorsOf(given: unknown): number {
  if (given === undefined || given === null) return 0;
  if (typeof given === 'number' && Number.isSafeInteger(given) && given >= 0) return given;
  throw badRequest('invalidSyntax', `"failOnErrors" must be a whole number from 0, not ${shown(given)}.`);
}

function operationOf(given: unknown): BulkOperation {
  if (!isObject(given)) throw badRequest('invalidSyntax', 'Each of the "Operations" must be an object.');
  const members = membersOf(given);
  const method = members.get('method')?.value;
  const bulkId = members.get('bulkid')?.value;
  return {
    method: typeof method === 'string' ? method.toUpperCase() : '',
    bulkId: typeof bulkId === 'string' && bulkId !== '' ? bulkId : undefined,
    path: members.get('path')?.value,
    version: members.get('version')?.value,
    data: members.get('data')?.value,
  };
}
