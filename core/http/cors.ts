import type { Soon } from '#core/kernel';
import type { CorsOrigins, HttpRequest, Reply } from './messages.js';

/** Values of `[cors]`. */
export interface CorsOptions {
  readonly allow_generic_http_requests: boolean;
  readonly allow_any_origin: boolean;
  readonly allowed_origins: readonly string[];
  readonly allow_subdomains: boolean;
  readonly supported_methods: readonly string[];
  readonly support_any_header: boolean;
  readonly supported_headers: readonly string[];
  readonly exposed_headers: readonly string[];
  readonly supports_credentials: boolean;
  readonly max_age: number;
}

/** What a script needs beyond the settings to use a token that is bound to its key (RFC 9449): it is always allowed. */
const PROOF_HEADER = 'DPoP';
/** Answers of which a script learns why a token was refused, and which nonce the next proof has to carry. */
const ALWAYS_EXPOSED = ['DPoP-Nonce', 'WWW-Authenticate'];

/** Cross-origin requests (Fetch standard, CORS protocol). */
export class Cors {
  constructor(
    private readonly options: CorsOptions,
    private readonly providers: () => readonly CorsOrigins[],
  ) {}

  /** Headers for the answer to a request; `'refused'` when its origin is not allowed. */
  headersFor(request: HttpRequest): Soon<Record<string, string> | 'refused'> {
    const { origin } = request.headers;
    if (origin === undefined) return this.options.allow_generic_http_requests ? {} : 'refused';
    return origin === request.origin ? {} : this.#headersFrom(request, origin);
  }

  async #headersFrom(request: HttpRequest, origin: string): Promise<Record<string, string> | 'refused'> {
    if (!(await this.#allows(request, origin))) return 'refused';
    const credentials = this.options.supports_credentials && !this.options.allow_any_origin;
    return {
      'Access-Control-Allow-Origin': origin,
      Vary: 'Origin',
      ...(credentials ? { 'Access-Control-Allow-Credentials': 'true' } : {}),
      'Access-Control-Expose-Headers': merged(this.options.exposed_headers, ALWAYS_EXPOSED),
    };
  }

  /** Answer to a preflight. */
  async preflight(request: HttpRequest): Promise<Reply> {
    const headers = await this.headersFor(request);
    if (headers === 'refused') return { status: 403, text: 'This origin is not allowed.' };
    const asked = request.headers['access-control-request-headers'];
    const allowed = this.options.support_any_header ? asked : merged(this.options.supported_headers, [PROOF_HEADER]);
    return {
      status: 204,
      headers: {
        ...headers,
        'Access-Control-Allow-Methods': this.options.supported_methods.join(', '),
        ...(allowed ? { 'Access-Control-Allow-Headers': String(allowed) } : {}),
        ...(this.options.max_age >= 0 ? { 'Access-Control-Max-Age': String(this.options.max_age) } : {}),
      },
    };
  }

  async #allows(request: HttpRequest, origin: string): Promise<boolean> {
    const { allow_any_origin, allowed_origins, allow_subdomains } = this.options;
    if (allow_any_origin || allowed_origins.includes(origin)) return true;
    if (allow_subdomains && allowed_origins.some((allowed) => isSubdomain(origin, allowed))) return true;
    for (const provider of this.providers()) if (await provider.allows(request.organization, origin)) return true;
    return false;
  }
}

const merged = (some: readonly string[], more: readonly string[]) => [...new Set([...some, ...more])].join(', ');

function isSubdomain(origin: string, allowed: string): boolean {
  if (!URL.canParse(origin) || !URL.canParse(allowed)) return false;
  const [a, b] = [new URL(origin), new URL(allowed)];
  return a.protocol === b.protocol && a.port === b.port && a.hostname.endsWith(`.${b.hostname}`);
}
