import { reasonOf } from '#core/kernel';
import { type DataText, DEEPEST } from './data-text.js';
import { FileError } from './file-format.js';

/** Reads JSON. @throws FileError when it is none */
export function readJson(text: string): DataText {
  const value = parsed(text);
  if (isDeeper(value, DEEPEST)) throw new FileError(`it has more than ${DEEPEST} levels.`);
  return { value: () => value, placeOf: () => undefined };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new FileError(`it is no JSON: ${reasonOf(cause)}.`, { cause });
  }
}

/** Level by level, for what is nested too deeply would be too deep for a function that calls itself. */
function isDeeper(value: unknown, levels: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= levels; depth++) {
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
    if (level.length === 0) return false;
  }
  return true;
}
