import { z } from 'zod';
import { BootError } from '../errors.js';
import { shapeOf } from './settings.js';
import type { Claim } from './validate.js';

/**
 * Tables whose keys belong to several rooms, each with its share, as one: the schema has the keys of all. A room is given
 * the whole table and looks at its own keys. Of a key that two declare the first says how it is read: rooms come before
 * plugins.
 *
 * @throws BootError when a schema is no plain object
 */
export function sharedTables(claims: readonly Claim[]): Claim[] {
  const joined = new Map<string, Claim>();
  for (const claim of claims) {
    const known = joined.get(claim.path);
    joined.set(claim.path, known ? join(known, claim) : claim);
  }
  return [...joined.values()];
}

function join(first: Claim, second: Claim): Claim {
  const shape = { ...keysOf(second), ...keysOf(first) };
  return {
    path: first.path,
    schema: first.schema || second.schema ? z.strictObject(shape) : undefined,
    owner: `${first.owner}, ${second.owner}`,
    switchable: first.switchable || second.switchable,
  };
}

function keysOf({ path, schema, owner }: Claim): Readonly<Record<string, z.ZodType>> {
  const shape = schema ? shapeOf(schema) : {};
  if (!shape) throw new BootError(`[${path}] cannot be shared: the schema of ${owner} is no object`);
  return shape;
}
