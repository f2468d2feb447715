import type { BulkOperation } from './bulk-request.js';

const MARK = 'bulkId:';
/** A reference within a filter: `members[value eq "bulkId:a1"]`. */
const QUOTED = /"bulkId:([^"\\]+)"/g;

/** The ids that operations refer to, in their paths and anywhere in their data. */
export function referencesOf({ path, data }: BulkOperation): ReadonlySet<string> {
  const found = new Set<string>();
  const note = (bulkId: string) => {
    found.add(bulkId);
    return '';
  };
  if (typeof path === 'string') replacedInPath(path, note);
  replacedInData(data, note);
  return found;
}

/** A path whose segments `bulkId:a1` are replaced. */
export function replacedInPath(path: string, idOf: (bulkId: string) => string): string {
  return path
    .split('/')
    .map((segment) => (isReference(segment) ? idOf(segment.slice(MARK.length)) : segment))
    .join('/');
}

/** JSON whose texts `bulkId:a1`, and those in quotes within a text, are replaced. Names of members stay. */
export function replacedInData(value: unknown, idOf: (bulkId: string) => string): unknown {
  if (typeof value === 'string') {
    if (isReference(value)) return idOf(value.slice(MARK.length));
    return value.includes(MARK) ? value.replace(QUOTED, (_, bulkId: string) => `"${idOf(bulkId)}"`) : value;
  }
  if (Array.isArray(value)) return value.map((one) => replacedInData(one, idOf));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, replacedInData(member, idOf)]));
}

/**
 * The order in which operations are done: as they were sent, but each after those whose resources it refers to.
 *
 * @param dependencies by index of the operation, the indexes of those that come before it
 * @returns `circular`: indexes of operations that refer to each other in a circle
 */
export function orderOf(dependencies: readonly (readonly number[])[]): {
  readonly order: readonly number[];
  readonly circular: ReadonlySet<number>;
} {
  const order: number[] = [];
  const circular = new Set<number>();
  const state = new Map<number, 'open' | 'done'>();
  for (const first of dependencies.keys()) {
    // A stack of our own: a chain may be as long as there are operations.
    const stack = [first];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      if (state.get(top) === 'done') {
        stack.pop();
        continue;
      }
      state.set(top, 'open');
      const needed = (dependencies[top] ?? []).filter((one) => state.get(one) !== 'done');
      const next = needed.find((one) => state.get(one) === undefined);
      if (next !== undefined) {
        stack.push(next);
        continue;
      }
      if (needed.length > 0) for (const one of stack.slice(stack.indexOf(needed[0] as number))) circular.add(one);
      state.set(top, 'done');
      order.push(top);
      stack.pop();
    }
  }
  return { order, circular };
}

function isReference(text: string): boolean {
  return text.startsWith(MARK) && text.length > MARK.length;
}
