import { Messages } from './schemas.js';
import { badRequest, shown } from './scim-error.js';

/** A part of a list, as a client asks for it. */
export interface ScimPage {
  /** From 1. */
  readonly startIndex: number;
  /** How many at most; 0: the client wants none. */
  readonly count: number;
}

/** No list is longer, and no database minds the number. */
const LARGEST = 2_147_483_647;

/**
 * The page that a client asks for (RFC 7644 section 3.4.2.4): a `startIndex` below 1 is 1, a `count` below 0 is 0.
 *
 * @param sizes `usual`: when `count` is absent; `most`: larger ones are reduced to it without a word
 * @throws ScimError 400 invalidValue for what is no number
 */
export function pageOf(
  asked: { readonly startIndex?: unknown; readonly count?: unknown },
  sizes: { readonly usual: number; readonly most: number },
): ScimPage {
  const startIndex = wholeNumber('startIndex', asked.startIndex) ?? 1;
  const count = wholeNumber('count', asked.count) ?? sizes.usual;
  return { startIndex: Math.max(1, startIndex), count: Math.min(Math.max(0, count), sizes.most) };
}

function wholeNumber(name: string, given: unknown): number | undefined {
  if (given === undefined || given === null || given === '') return undefined;
  const text = typeof given === 'number' ? String(given) : given;
  if (typeof text !== 'string' || !/^[+-]?\d+$/.test(text.trim()))
    throw badRequest('invalidValue', `"${name}" must be a whole number, not ${shown(given)}.`);
  return Math.max(-1, Math.min(Number(text), LARGEST));
}

/** Body of a list (RFC 7644 section 3.4.2). */
export function listBody(totalResults: number, { startIndex }: ScimPage, resources: readonly unknown[]) {
  return {
    totalResults,
    startIndex,
    itemsPerPage: resources.length,
    schemas: [Messages.list],
    Resources: resources,
  };
}
