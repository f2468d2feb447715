/**
 * Whether lists and objects lie deeper within each other than so many levels. It goes level by level, for what is nested
 * very deeply is too much for a function that calls itself.
 */
export function isDeeper(value: unknown, levels: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= levels; depth++) {
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
    if (level.length === 0) return false;
  }
  return true;
}
