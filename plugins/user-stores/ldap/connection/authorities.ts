import { readFileSync, statSync } from 'node:fs';
import { reasonOf } from '#core/kernel';

/** Bytes of a file of authorities at most; a bundle of all that browsers trust has a quarter of it. */
const MOST_BYTES = 1_000_000;

/** PEM text of a file. @throws Error when it is not there, or no such file: devices and pipes would never end */
export function readAuthorities(path: string): string {
  try {
    const found = statSync(path);
    if (!found.isFile()) throw new Error('it is no file');
    if (found.size > MOST_BYTES) throw new Error(`it has more than ${MOST_BYTES} bytes`);
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(`cannot be read: ${reasonOf(cause)}`, { cause });
  }
}
