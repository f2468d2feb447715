import { RoleServiceToken } from '#core/access';
import { OrganizationServiceToken, SUPER_ORGANIZATION } from '#core/organizations';
import { UserServiceToken } from '#core/users';
import type { ApiAnswer, TestServer } from '../../support/test-server.js';

/** Path of the application management API. */
export const APPLICATIONS = '/api/server/v1/applications';

/** An error of the API. */
export interface ApiFailure {
  readonly code: string;
  readonly message: string;
  readonly description: string;
  readonly traceId: string;
}

/** JSON that a test looks into. */
export type Json = Record<string, unknown>;

/** A caller of the API: an `Authorization` header, and the organization by the beginning of its paths. */
export interface Caller {
  readonly authorization?: string | undefined;
  /** `/t/acme.example`; the super organization when absent. */
  readonly prefix?: string;
}

const PASSWORD = 'Correct-horse-1';
const basic = (name: string) => `Basic ${Buffer.from(`${name}:${PASSWORD}`).toString('base64')}`;

/** Calls the API below its base, as anybody. */
export async function call<T = Json>(
  server: TestServer,
  { authorization, prefix = '' }: Caller,
  method: string,
  path: string,
  json?: unknown,
): Promise<ApiAnswer<T>> {
  const response = await server.fetch(`${prefix}${APPLICATIONS}${path}`, {
    method,
    headers: { ...(authorization ? { authorization } : {}), 'content-type': 'application/json' },
    ...(json === undefined ? {} : { body: typeof json === 'string' ? json : JSON.stringify(json) }),
  });
  const text = await response.text();
  const isJson = /\bjson\b/.test(response.headers.get('content-type') ?? '');
  return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : text) as T };
}

/** The API as one caller sees it. */
export function apiAs(server: TestServer, caller: Caller = { authorization: server.admin }) {
  const send = <T = Json>(method: string, path: string, json?: unknown) => call<T>(server, caller, method, path, json);
  return {
    get: <T = Json>(path: string) => send<T>('GET', path),
    post: <T = Json>(path: string, json?: unknown) => send<T>('POST', path, json),
    put: <T = Json>(path: string, json?: unknown) => send<T>('PUT', path, json),
    patch: <T = Json>(path: string, json?: unknown) => send<T>('PATCH', path, json),
    delete: <T = Json>(path: string) => send<T>('DELETE', path),
    /** Makes an application and returns its id. */
    async make(name: string, more: Json = {}): Promise<string> {
      const { status, headers, body } = await send('POST', '', { name, ...more });
      if (status !== 201) throw new Error(`${name} was not made: ${status} ${JSON.stringify(body)}`);
      return (headers.get('location') ?? '').split('/').at(-1) as string;
    },
  };
}

/** Makes a user of the super organization with just these scopes; returns the caller. */
export async function callerWith(server: TestServer, name: string, scopes: readonly string[]): Promise<Caller> {
  const { container } = server.server;
  const { id: orgId } = SUPER_ORGANIZATION;
  const user = await container.get(UserServiceToken).create(orgId, { username: name, password: PASSWORD, claims: {} });
  const roles = container.get(RoleServiceToken);
  const role = await roles.ensureRole(orgId, `role of ${name}`, [...scopes]);
  await roles.assign(orgId, role.id, user.id, 'user');
  return { authorization: basic(name) };
}

/** Makes a tenant; returns its administrator. */
export async function tenantAdministrator(server: TestServer, domain: string): Promise<Caller & { orgId: string }> {
  const owner = { username: 'owner', password: PASSWORD, email: `owner@${domain}` };
  const { id } = await server.server.container.get(OrganizationServiceToken).createTenant(domain, undefined, owner);
  return { authorization: basic('owner'), prefix: `/t/${domain}`, orgId: id };
}
