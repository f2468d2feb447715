import { runInNewContext } from 'node:vm';

/** A pattern may look at a text for this long. */
const LIMIT_MS = 50;

/**
 * Whether a text matches a regular expression that somebody has set. One that would take too long (an unlucky pattern
 * can take for ever) does not match.
 */
export function matches(pattern: string, text: string): boolean {
  const flags = flagsOf(pattern);
  if (flags === undefined) return false;
  try {
    // There, not here, because only a script of its own can be stopped in the middle of a match.
    const names = { pattern, flags, text };
    return runInNewContext('new RegExp(pattern, flags).test(text)', names, { timeout: LIMIT_MS }) === true;
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') return false;
    throw error;
  }
}

/** Whether a text is a regular expression. */
export function isPattern(pattern: string): boolean {
  return flagsOf(pattern) !== undefined;
}

/** Patterns of older servers are not always such that the strict mode takes them. */
function flagsOf(pattern: string): 'u' | '' | undefined {
  return (['u', ''] as const).find((flags) => {
    try {
      return new RegExp(pattern, flags) instanceof RegExp;
    } catch {
      return false;
    }
  });
}
