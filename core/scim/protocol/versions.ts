import { createHash } from 'node:crypto';
import type { HttpRequest } from '#core/http';
import { ScimError } from './scim-error.js';

/** Version of a resource: a weak entity tag over all that it shows (RFC 7644 section 3.14). */
export function versionOf(json: unknown): string {
  const hash = createHash('sha256').update(JSON.stringify(json)).digest('base64url');
  return `W/"${hash.slice(0, 22)}"`;
}

/** Whether the client wants a change only of a certain version. */
export function isConditional({ headers }: HttpRequest): boolean {
  return typeof headers['if-match'] === 'string';
}

/** @throws ScimError 412 when the client has another version than there is */
export function checkIfMatch({ headers }: HttpRequest, version: string): void {
  const wanted = headers['if-match'];
  if (typeof wanted !== 'string' || names(wanted, version)) return;
  throw changedMeanwhile();
}

/** The resource is not the one that the client has read. */
export function changedMeanwhile(): ScimError {
  return new ScimError(412, 'The resource has changed since it was read. Read it again, then repeat the change.');
}

/** Whether the client has this version already, so that a GET needs no body (RFC 9110 section 13.1.2). */
export function isNotModified({ headers }: HttpRequest, version: string): boolean {
  const known = headers['if-none-match'];
  return typeof known === 'string' && names(known, version);
}

/** All our tags are weak, so they are compared weakly; `*` stands for any. */
function names(header: string, version: string): boolean {
  const opaque = (tag: string) => tag.trim().replace(/^W\//, '');
  return header.split(',').some((tag) => tag.trim() === '*' || opaque(tag) === opaque(version));
}
