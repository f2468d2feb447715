import { setTimeout as pause } from 'node:timers/promises';

/**
 * Asks again and again until `probe` gives something other than undefined or false, and returns that.
 *
 * @param what it is waited for, for the message
 * @param limitMs after which it fails
 */
export async function eventually<T>(
  what: string,
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  limitMs = 5000,
): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`);
    await pause(10);
  }
}
