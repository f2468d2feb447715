import { z } from 'zod';
import { BootError } from '../errors.js';
import { shapeOf } from './settings.js';
import type { Claim } from './validate.js';

/**
 * Tables whose keys belong to several rooms, each with its share, as one: the schema has the keys of all. A room is given
 * the whole table and looks at its own keys.
 *
 * @throws BootError when two of them declare the same key, or a schema is no plain object
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
  const shape = { ...keysOf(first) };
  for (const [key, schema] of Object.entries(keysOf(second))) {
    if (Object.hasOwn(shape, key))
      throw new BootError(`[${first.path}] ${key} belongs to both ${first.owner} and ${second.owner}`);
    shape[key] = schema;
  }
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
