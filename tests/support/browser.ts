import type { Headers, RequestInit, Response } from 'undici';

/** A form of a page. */
export interface PageForm {
  /** Absolute address to which it is sent. */
  readonly action: string;
  readonly method: 'GET' | 'POST';
  /** Names and values of its inputs, hidden ones included; submit buttons and unchecked boxes excluded. */
  readonly fields: Readonly<Record<string, string>>;
}

/** What the browser shows in the end. */
export interface Page {
  /** Address that gave it. */
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Where the redirect leads that was not followed, because it leaves the server; otherwise undefined. */
  readonly location: string | undefined;
  readonly forms: readonly PageForm[];
}

interface StoredCookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", '#39': "'" };

function unescapeHtml(text: string): string {
  return text.replace(/&(#x[0-9a-f]+|#\d+|\w+);/gi, (all, name: string) => {
    if (/^#x/i.test(name)) return String.fromCodePoint(Number.parseInt(name.slice(2), 16));
    if (name.startsWith('#')) return String.fromCodePoint(Number(name.slice(1)));
    return entities[name] ?? all;
  });
}

function attributesOf(tag: string): Record<string, string> {
  const found = tag.matchAll(/([\w:-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+)))?/g);
  return Object.fromEntries(
    [...found].map(([, name, double, single, bare]) => [
      String(name).toLowerCase(),
      unescapeHtml(double ?? single ?? bare ?? ''),
    ]),
  );
}

/** Reads the forms of a page. */
export function formsOf(html: string, url: string): PageForm[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gi)].map(([, head, inside]) => {
    const { action, method } = attributesOf(head ?? '');
    const fields: Record<string, string> = {};
    for (const [, tag] of (inside ?? '').matchAll(/<input\b([^>]*)>/gi)) {
      const input = attributesOf(tag ?? '');
      const choice = input['type'] === 'checkbox' || input['type'] === 'radio';
      if (!input['name'] || input['type'] === 'submit' || (choice && !('checked' in input))) continue;
      fields[input['name']] = input['value'] ?? (choice ? 'on' : '');
    }
    return {
      action: new URL(action || url, url).href,
      method: method?.toUpperCase() === 'POST' ? 'POST' : 'GET',
      fields,
    };
  });
}

/** A browser without scripts: keeps cookies, follows redirects within the server by hand, fills in forms. */
export class Browser {
  #jar: StoredCookie[] = [];

  constructor(
    private readonly origin: () => string,
    private readonly send: Fetch,
  ) {}

  /** Opens an address, absolute or below the origin of the server. */
  get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Page> {
    return this.#follow(new URL(url, this.origin()).href, { method: 'GET', headers });
  }

  /** Sends fields as a form. */
  post(
    url: string,
    fields: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Page> {
    return this.#follow(new URL(url, this.origin()).href, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields).toString(),
    });
  }

  /** Sends a form of a page with the values that a person would enter. @param which of the forms of the page */
  submit(page: Page, values: Readonly<Record<string, string>> = {}, which = 0): Promise<Page> {
    const form = page.forms[which];
    if (!form) throw new Error(`the page ${page.url} (${page.status}) has no form ${which}`);
    const fields = { ...form.fields, ...values };
    if (form.method === 'POST') return this.post(form.action, fields, { origin: this.origin(), referer: page.url });
    const address = new URL(form.action);
    address.search = new URLSearchParams(fields).toString();
    return this.get(address.href);
  }

  /** Values of the cookies that would be sent to an address, by name. */
  cookies(url = '/'): Record<string, string> {
    const { pathname } = new URL(url, this.origin());
    const sent = this.#jar.filter(({ path }) => covers(path, pathname));
    return Object.fromEntries(sent.map(({ name, value }) => [name, value]));
  }

  /** Puts a cookie into the jar, as an attacker or an earlier visit might. */
  setCookie(name: string, value: string, path = '/'): void {
    this.#jar = this.#jar.filter((cookie) => cookie.name !== name || cookie.path !== path);
    if (value !== '') this.#jar.push({ name, value, path });
  }

  /** Forgets all cookies. */
  clearCookies(): void {
    this.#jar = [];
  }

  async #follow(start: string, first: RequestInit): Promise<Page> {
    let url = start;
    let init = first;
    for (let hop = 0; hop < 20; hop++) {
      const cookie = Object.entries(this.cookies(url)).map(([name, value]) => `${name}=${value}`);
      const headers = {
        ...(init.headers as Record<string, string>),
        ...(cookie.length ? { cookie: cookie.join('; ') } : {}),
      };
      const response = await this.send(url, { ...init, headers, redirect: 'manual' });
      for (const line of response.headers.getSetCookie()) this.#keep(line);
      const text = await response.text();
      const header = response.headers.get('location');
      const location = header === null ? undefined : new URL(header, url).href;
      const inside = location !== undefined && new URL(location).origin === this.origin();
      if (!inside || response.status < 300 || response.status > 399) {
        return { url, status: response.status, headers: response.headers, text, location, forms: formsOf(text, url) };
      }
      url = location;
      if (response.status !== 307 && response.status !== 308) init = { method: 'GET' };
    }
    throw new Error(`${start} redirects without end`);
  }

  #keep(line: string): void {
    const [pair, ...attributes] = line.split(';').map((part) => part.trim());
    const equals = (pair ?? '').indexOf('=');
    const named = new Map(attributes.map((text) => [text.split('=')[0]?.toLowerCase(), text.split('=')[1] ?? '']));
    const gone = named.has('max-age') && Number(named.get('max-age')) <= 0;
    this.setCookie((pair ?? '').slice(0, equals), gone ? '' : (pair ?? '').slice(equals + 1), named.get('path') || '/');
  }
}

const covers = (path: string, asked: string) =>
  asked === path || asked.startsWith(path.endsWith('/') ? path : `${path}/`);
