import { type NormalFilter, UserFilterError } from '#core/users';

/** What SQLite takes without complaint; no client that means well comes near it. */
const MOST_LAYERS = 8;
const MOST_COMPARISONS = 500;

/** Refuses what the parser of a database could not take. @throws UserFilterError */
export function checkSize(filter: NormalFilter): void {
  if (depthOf(filter) > MOST_LAYERS)
    throw new UserFilterError(`The filter has more than ${MOST_LAYERS} layers of "and" and "or" within each other.`);
  if (sizeOf(filter) > MOST_COMPARISONS)
    throw new UserFilterError(`The filter has more than ${MOST_COMPARISONS} comparisons.`);
}

function depthOf(filter: NormalFilter): number {
  return filter.op === 'leaf' ? 0 : 1 + Math.max(0, ...filter.filters.map(depthOf));
}

function sizeOf(filter: NormalFilter): number {
  return filter.op === 'leaf' ? 1 : filter.filters.reduce((sum, part) => sum + sizeOf(part), 0);
}
