import type { ApiAnswer, TestServer } from '../../support/test-server.js';
import type { Caller, Json } from '../applications/application-api.js';

export {
  type ApiFailure,
  type Caller,
  callerWith,
  type Json,
  tenantAdministrator,
} from '../applications/application-api.js';

/** Path of the identity provider API. */
export const PROVIDERS = '/api/server/v1/identity-providers';
/** Path of the API of trusted token issuers. */
export const TOKEN_ISSUERS = '/api/server/v1/trusted-token-issuers';

/** The API as one caller sees it. */
export function providersAs(
  server: TestServer,
  { authorization = server.admin, prefix = '' }: Caller = {},
  base: string = PROVIDERS,
) {
  const send = async <T = Json>(method: string, path: string, json?: unknown): Promise<ApiAnswer<T>> => {
    const response = await server.fetch(`${prefix}${base}${path}`, {
      method,
      headers: { ...(authorization ? { authorization } : {}), 'content-type': 'application/json' },
      ...(json === undefined ? {} : { body: typeof json === 'string' ? json : JSON.stringify(json) }),
    });
    const text = await response.text();
    const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      body: (isJson && text !== '' ? JSON.parse(text) : text) as T,
    };
  };
  return {
    send,
    get: <T = Json>(path: string) => send<T>('GET', path),
    post: <T = Json>(path: string, json?: unknown) => send<T>('POST', path, json),
    put: <T = Json>(path: string, json?: unknown) => send<T>('PUT', path, json),
    patch: <T = Json>(path: string, json?: unknown) => send<T>('PATCH', path, json),
    delete: <T = Json>(path: string) => send<T>('DELETE', path),
    /** Replaces one plain member. */
    replace: <T = Json>(id: string, path: string, value: unknown) =>
      send<T>('PATCH', `/${id}`, [{ operation: 'REPLACE', path, value }]),
    /** Makes an identity provider and returns its id. */
    async make(name: string, more: Json = {}): Promise<string> {
      const { status, body } = await send('POST', '', { name, ...more });
      if (status !== 201) throw new Error(`${name} was not made: ${status} ${JSON.stringify(body)}`);
      return String(body['id']);
    },
  };
}
