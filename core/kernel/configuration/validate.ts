import type { z } from 'zod';
import { nearestName, type Problem } from './problems.js';
import { childSchema, isSecret, shapeOf } from './settings.js';
import { snakeCase, type TomlTable, type TomlValue } from './toml.js';

/** A table that somebody owns. */
export interface Claim {
  readonly path: string;
  readonly schema: z.ZodType | undefined;
  readonly owner: string;
  /** Whether the kernel's own key `enable` may stand in it. */
  readonly switchable: boolean;
  /** Where in the table a key was written, when it has been put elsewhere since. */
  readonly place?: ((key: PropertyKey) => readonly PropertyKey[]) | undefined;
}

/** What came out of the validation of all tables. */
export interface Validated {
  /** Parsed tables by path. */
  readonly values: ReadonlyMap<string, unknown>;
  readonly problems: Problem[];
}

const isTable = (value: TomlValue | undefined): value is TomlTable =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** The table at a dotted path, if there is one. */
export function tableAt(root: TomlTable, path: string): TomlTable | undefined {
  const value = valueAt(root, path);
  return isTable(value) ? value : undefined;
}

function valueAt(root: TomlTable, path: string): TomlValue | undefined {
  let at: TomlValue | undefined = root;
  for (const part of path.split('.')) at = isTable(at) && Object.hasOwn(at, part) ? at[part] : undefined;
  return at;
}

/**
 * Validates every table at once: each claim gets its table less the deeper tables that others own; what nobody owns
 * is a problem too.
 *
 * @param hidden dotted paths whose values came from outside and must not be printed, nor anything below them
 */
export function validateTables(root: TomlTable, claims: readonly Claim[], hidden: ReadonlySet<string>): Validated {
  const values = new Map<string, unknown>();
  const problems: Problem[] = unclaimed(root, [], claims);
  for (const claim of claims) {
    const value = valueAt(root, claim.path);
    if (value !== undefined && !isTable(value)) {
      problems.push({ path: claim.path.split('.'), rule: 'expected a table', owner: claim.owner, wholePath: true });
    }
    if (!claim.schema) continue;
    const raw = ownPart(tableAt(root, claim.path) ?? {}, claim, claims);
    const table = snakeCased(raw, claim.schema) as TomlTable;
    const result = claim.schema.safeParse(table);
    if (result.success) values.set(claim.path, deepFreeze(result.data));
    else for (const issue of result.error.issues) problems.push(...describe(issue, table, claim, hidden));
  }
  return { values, problems };
}

/** Problems of one table that is not taken from the file as it stands. */
export function problemsOf(table: TomlTable, claim: Claim, hidden: ReadonlySet<string>): Problem[] {
  const issues = claim.schema?.safeParse(table).error?.issues ?? [];
  return issues.flatMap((issue) => describe(issue, table, claim, hidden));
}

function ownPart(table: TomlTable, claim: Claim, claims: readonly Claim[]): TomlTable {
  const own = structuredClone(table);
  if (claim.switchable) delete own['enable'];
  for (const other of claims) {
    if (!other.path.startsWith(`${claim.path}.`)) continue;
    const parts = other.path.slice(claim.path.length + 1).split('.');
    const last = parts.pop() as string;
    const parent = parts.length === 0 ? own : tableAt(own, parts.join('.'));
    if (!parent) continue;
    delete parent[last];
    dropEmpty(own, parts);
  }
  return own;
}

/** Removes tables that became empty because all of their content belongs to others. */
function dropEmpty(root: TomlTable, parts: readonly string[]): void {
  for (let length = parts.length; length > 0; length--) {
    const table = tableAt(root, parts.slice(0, length).join('.'));
    if (!table || Object.keys(table).length > 0) return;
    const parent = length === 1 ? root : tableAt(root, parts.slice(0, length - 1).join('.'));
    if (parent) delete parent[parts[length - 1] as string];
  }
}

function unclaimed(table: TomlTable, path: readonly string[], claims: readonly Claim[]): Problem[] {
  return Object.entries(table).flatMap(([key, value]): Problem[] => {
    const here = [...path, key];
    const dotted = here.join('.');
    if (claims.some((claim) => claim.path === dotted || dotted.startsWith(`${claim.path}.`))) return [];
    const above = claims.some((claim) => claim.path.startsWith(`${dotted}.`));
    if (above && isTable(value)) return unclaimed(value, here, claims);
    const isList = Array.isArray(value) && value.some(isTable);
    const near = nearestName(
      dotted,
      claims.map((claim) => claim.path),
    );
    const hint = near ? `; did you mean [${near}]?` : '; see the configuration reference for the known ones';
    if (isTable(value) || isList) return [{ path: here, rule: `unknown table${hint}`, wholePath: true }];
    return [{ path: here, rule: `unknown key${near ? hint : ''}` }];
  });
}

function snakeCased(value: TomlValue, schema: z.ZodType): TomlValue {
  if (Array.isArray(value)) {
    const element = childSchema(schema, 0);
    return element ? value.map((item) => snakeCased(item, element)) : value;
  }
  const shape = shapeOf(schema);
  if (!isTable(value) || !shape) return value;
  const entries = Object.entries(value).map(([key, item]): [string, TomlValue] => {
    const snake = snakeCase(key);
    const name = Object.hasOwn(shape, key) || !Object.hasOwn(shape, snake) ? key : snake;
    const inner = Object.hasOwn(shape, name) ? shape[name] : undefined;
    return [name, inner ? snakeCased(item, inner) : item];
  });
  return Object.fromEntries(entries);
}

function describe(issue: z.core.$ZodIssue, table: TomlTable, claim: Claim, hidden: ReadonlySet<string>): Problem[] {
  const owner = claim.owner;
  const placed = ([first, ...rest]: readonly PropertyKey[]) => [
    ...claim.path.split('.'),
    ...(first === undefined ? [] : (claim.place?.(first) ?? [first])),
    ...rest,
  ];
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(shapeAt(claim.schema as z.ZodType, issue.path) ?? {});
    return issue.keys.map((key) => {
      const near = nearestName(key, known);
      const hint = near ? `; did you mean "${near}"?` : `; known: ${known.sort().join(', ') || 'none'}`;
      return { path: placed([...issue.path, key]), rule: `unknown key${hint}`, owner };
    });
  }
  const path = placed(issue.path);
  const text = issue.message.replace(/^Invalid input: /, '').replace(/, received .*$/s, '');
  const rule = text.charAt(0).toLowerCase() + text.slice(1);
  const isHidden = path.some((_, index) =>
    hidden.has(
      path
        .slice(0, index + 1)
        .map(String)
        .join('.'),
    ),
  );
  const got = printable(issue.path, table, claim.schema as z.ZodType, isHidden);
  return [{ path, rule: rule + got, owner }];
}

function shapeAt(schema: z.ZodType, path: readonly PropertyKey[]): Record<string, z.ZodType> | undefined {
  let at: z.ZodType | undefined = schema;
  for (const key of path) at = at && childSchema(at, key);
  return at && shapeOf(at);
}

function printable(path: readonly PropertyKey[], table: TomlTable, schema: z.ZodType, isHidden: boolean): string {
  let value: unknown = table;
  let at: z.ZodType | undefined = schema;
  let secret = isHidden;
  for (const key of path) {
    value = typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined;
    at = at && childSchema(at, key);
    secret ||= at !== undefined && isSecret(at);
  }
  if (value === undefined) return ', but it is missing';
  if (secret) return ', got a value that is not shown';
  if (typeof value === 'object') return `, got ${Array.isArray(value) ? 'a list' : 'a table'}`;
  return `, got ${typeof value === 'string' ? JSON.stringify(value) : String(value)}`;
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner);
  }
  return value;
}
