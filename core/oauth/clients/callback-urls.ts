import { isUsable } from '../authorize/redirect-uri.js';

const PREFIX = 'regexp=';

/** What would make more than the alternatives that are written down match: a hole for redirects to strangers. */
const wildcards = /(?<!\\)[*+[\]{}^$()]|(?<!\\)\.(?![A-Za-z0-9])|\\[A-Za-z0-9]/;

/**
 * Why something cannot be a callback URL of a client; undefined when it can. It is an absolute URI that no browser runs
 * as a script, over http only on this machine; or `regexp=(a|b)` with several of them.
 */
export function callbackProblem(callback: string): string | undefined {
  if (!callback.startsWith(PREFIX)) return uriProblem(callback);
  const pattern = callback.slice(PREFIX.length);
  const inner = pattern.startsWith('(') && pattern.endsWith(')') ? pattern.slice(1, -1) : pattern;
  for (const alternative of inner.split('|')) {
    if (wildcards.test(alternative)) return `${callback} has a wildcard; write down each URL: regexp=(a|b)`;
    const problem = uriProblem(alternative.replace(/\\(.)/g, '$1'));
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function uriProblem(uri: string): string | undefined {
  if (uri.includes('#')) return `${uri} has a fragment`;
  if (uri.includes('*')) return `${uri} has a wildcard`;
  if (!isUsable(uri)) return `${uri} cannot be a callback URL`;
  const { protocol, hostname, username, password } = new URL(uri);
  if (username !== '' || password !== '') return `${uri} has credentials`;
  const isLoopback = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  if (protocol === 'http:' && !isLoopback) return `${uri} is http; only loopback addresses may be`;
  return undefined;
}
