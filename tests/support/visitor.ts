import type { Headers } from 'undici';
import type { TestServer } from './test-server.js';

/** One answer, not followed anywhere. */
export interface Hop {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Where `Location` leads, resolved; undefined without that header. */
  readonly location: URL | undefined;
  /** The `Set-Cookie` lines. */
  readonly cookies: readonly string[];
}

/** Fields of a form or a query; pairs where a name is repeated. */
export type Fields = Readonly<Record<string, string>> | readonly (readonly [string, string])[];

const isPairs = (fields: Fields): fields is readonly (readonly [string, string])[] => Array.isArray(fields);

function encoded(fields: Fields): URLSearchParams {
  const pairs = isPairs(fields) ? fields : Object.entries(fields);
  return new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, value]));
}

/** Appends fields to a path as its query. */
export function withQuery(path: string, fields: Fields): string {
  return `${path}?${encoded(fields).toString()}`;
}

/** What a visitor has to know of a server. */
export type Reachable = Pick<TestServer, 'fetch' | 'origin'>;

/** Someone with a cookie jar who takes one step at a time, so that each answer on the way can be looked at. */
export class Visitor {
  readonly #jar = new Map<string, { readonly value: string; readonly path: string }>();

  constructor(readonly server: Reachable) {}

  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Hop> {
    return this.#send(path, { method: 'GET', headers });
  }

  post(path: string, fields: Fields, headers: Readonly<Record<string, string>> = {}): Promise<Hop> {
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    return this.#send(path, { method: 'POST', headers: { ...headers, ...type }, body: encoded(fields).toString() });
  }

  /** Takes the step that an answer asks for. */
  follow({ location, status }: Hop): Promise<Hop> {
    if (!location) throw new Error(`an answer ${status} without a location`);
    return this.get(location.href);
  }

  /** Value of a cookie whose name begins so. */
  cookie(name: string): string | undefined {
    return [...this.#jar].find(([key]) => key.startsWith(name))?.[1].value;
  }

  /** Names of all cookies. */
  get cookieNames(): string[] {
    return [...this.#jar.keys()];
  }

  /** Puts a cookie into the jar. */
  setCookie(name: string, value: string, path = '/'): void {
    this.#jar.set(name, { value, path });
  }

  /** Forgets cookies whose names begin so; all without a name. */
  forget(name = ''): void {
    for (const key of this.#jar.keys()) if (key.startsWith(name)) this.#jar.delete(key);
  }

  /** Another visitor with the same cookies: a second window, or a thief. */
  twin(): Visitor {
    const twin = new Visitor(this.server);
    for (const [name, { value, path }] of this.#jar) twin.setCookie(name, value, path);
    return twin;
  }

  async #send(
    path: string,
    init: { method: string; headers: Readonly<Record<string, string>>; body?: string },
  ): Promise<Hop> {
    const { pathname } = new URL(path, this.server.origin);
    const sent = [...this.#jar].filter(([, cookie]) => pathname.startsWith(cookie.path) || cookie.path === '/');
    const cookie = sent.map(([name, { value }]) => `${name}=${value}`).join('; ');
    const response = await this.server.fetch(path, {
      ...init,
      headers: { ...(cookie === '' ? {} : { cookie }), ...init.headers },
    });
    const cookies = response.headers.getSetCookie();
    for (const line of cookies) this.#keep(line);
    const location = response.headers.get('location');
    return {
      status: response.status,
      headers: response.headers,
      text: await response.text(),
      location: location === null ? undefined : new URL(location, new URL(path, this.server.origin)),
      cookies,
    };
  }

  #keep(line: string): void {
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const equals = pair.indexOf('=');
    const path = attributes.find((text) => /^path=/i.test(text))?.slice(5) ?? '/';
    if (attributes.some((text) => /^max-age=0$/i.test(text))) this.#jar.delete(pair.slice(0, equals));
    else this.#jar.set(pair.slice(0, equals), { value: pair.slice(equals + 1), path });
  }
}
