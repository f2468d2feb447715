import { reasonOf } from '#core/kernel';
import { isDeeper } from '../json-depth.js';
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
