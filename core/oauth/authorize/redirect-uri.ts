import type { OAuthOptions } from '../options.js';

/** Whether a redirect URI can be a redirect URI at all: an absolute URI of printable ASCII, without a fragment, that no browser runs as a script. */
export function isUsable(uri: string): boolean {
  if (!/^[\x21-\x7e]+$/.test(uri) || uri.includes('#') || uri.length > 2048 || !URL.canParse(uri)) return false;
  return !['javascript:', 'data:', 'vbscript:', 'blob:', 'file:', 'about:'].includes(new URL(uri).protocol);
}

/** What the operator says of callback patterns. */
type PatternRules = Pick<OAuthOptions, 'callback'>;

/** Whether a redirect URI is registered: literally, by `regexp=`, or as a loopback address with any port (RFC 8252 §7.3). */
export function isRegistered(registered: readonly string[], uri: string, { callback }: PatternRules): boolean {
  return registered.some((pattern) => {
    if (!pattern.startsWith('regexp=')) return pattern === uri || sameLoopback(pattern, uri);
    return matchesWhole(pattern.slice('regexp='.length), uri, callback.enforce_literal_characters);
  });
}

/**
 * Whether a pattern matches the whole address.
 *
 * @param isLiteral whether a `.`, `+` or `?` before a letter or digit is meant literally, as nearly everybody who writes one into a URL pattern means it
 */
function matchesWhole(pattern: string, uri: string, isLiteral: boolean): boolean {
  const literal = isLiteral ? escapeLiterals(pattern) : pattern;
  try {
    return uri.length <= 2048 && new RegExp(`^(?:${literal})$`).test(uri);
  } catch {
    return false;
  }
}

function escapeLiterals(pattern: string): string {
  return pattern.replace(/(\\)?([.+?])(?=[A-Za-z0-9])/g, (all, escaped: string | undefined, char: string) =>
    escaped ? all : `\\${char}`,
  );
}

function sameLoopback(registered: string, uri: string): boolean {
  if (!URL.canParse(registered) || !URL.canParse(uri)) return false;
  const [a, b] = [new URL(registered), new URL(uri)];
  const loopback = a.hostname === '127.0.0.1' || a.hostname === '[::1]';
  return (
    loopback &&
    a.protocol === 'http:' &&
    b.protocol === 'http:' &&
    a.hostname === b.hostname &&
    a.pathname === b.pathname &&
    a.search === b.search &&
    a.username === b.username &&
    a.password === b.password &&
    b.hash === ''
  );
}
