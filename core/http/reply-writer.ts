import type { ServerResponse } from 'node:http';
import type { Cookie, HttpRequest, Reply } from './messages.js';

/** Headers that do not depend on the answer. */
export interface StandingHeaders {
  readonly server: string | undefined;
  /** Seconds; 0: not sent. */
  readonly hstsMaxAge: number;
}

function cookieHeader(cookie: Cookie, prefix: string): string {
  const parts = [
    `${cookie.name}=${cookie.value}`,
    `Path=${prefix}${cookie.path ?? '/'}`,
    'Secure',
    ...(cookie.readable === true ? [] : ['HttpOnly']),
    `SameSite=${cookie.sameSite ?? 'Lax'}`,
  ];
  if (cookie.value === '') parts.push('Max-Age=0');
  else if (cookie.maxAge !== undefined) parts.push(`Max-Age=${Math.floor(cookie.maxAge)}`);
  return parts.join('; ');
}

function contentPolicy(reply: Reply, nonce: string): string {
  const form = ["'self'", ...(reply.formAction ?? [])].join(' ');
  return [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    "style-src 'self'",
    ["img-src 'self' data:", ...(reply.imageSources ?? [])].join(' '),
    "font-src 'self'",
    "connect-src 'self'",
    `form-action ${form}`,
    ...(reply.frameSources ? [`frame-src ${reply.frameSources.join(' ')}`] : []),
    `frame-ancestors ${reply.frameAncestors?.join(' ') ?? "'none'"}`,
    "base-uri 'none'",
  ].join('; ');
}

/** Writes an answer. Everything is `no-store` unless the answer says otherwise. */
export function writeReply(
  response: ServerResponse,
  reply: Reply,
  request: HttpRequest,
  standing: StandingHeaders,
): void {
  const headers: Record<string, string | string[] | number> = {
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
    Pragma: 'no-cache',
  };
  if (standing.server !== undefined) headers['Server'] = standing.server;
  if (standing.hstsMaxAge > 0)
    headers['Strict-Transport-Security'] = `max-age=${standing.hstsMaxAge}; includeSubDomains`;
  let body = '';
  if (reply.json !== undefined || reply.jsonText !== undefined) {
    headers['Content-Type'] = 'application/json; charset=utf-8';
    body = reply.jsonText ?? JSON.stringify(reply.json);
  } else if (reply.html !== undefined) {
    headers['Content-Type'] = 'text/html; charset=utf-8';
    headers['Content-Security-Policy'] = contentPolicy(reply, request.nonce);
    if (!reply.frameAncestors) headers['X-Frame-Options'] = 'DENY';
    headers['Referrer-Policy'] = 'no-referrer';
    headers['Cross-Origin-Opener-Policy'] = 'same-origin';
    body = reply.html;
  } else if (reply.text !== undefined) {
    headers['Content-Type'] = 'text/plain; charset=utf-8';
    body = reply.text;
  }
  if (reply.redirect !== undefined) {
    headers['Location'] = reply.redirect;
    headers['Referrer-Policy'] = 'no-referrer';
  }
  if (reply.cookies && reply.cookies.length > 0)
    headers['Set-Cookie'] = reply.cookies.map((cookie) => cookieHeader(cookie, request.organization.prefix));
  for (const [name, value] of Object.entries(reply.headers ?? {})) {
    if (name === 'Cache-Control') delete headers['Pragma'];
    headers[name] = value;
  }
  if (reply.status !== 204 && reply.status !== 304) headers['Content-Length'] = Buffer.byteLength(body);
  response.writeHead(reply.status, headers);
  response.end(request.method === 'HEAD' ? undefined : body);
}
