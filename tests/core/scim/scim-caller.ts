import { expect } from 'chai';
import type { ApiAnswer, TestServer } from '../../support/test-server.js';
import type { Caller } from '../applications/application-api.js';

/** A reference in a resource. */
export interface Reference {
  readonly value: string;
  readonly display?: string;
  readonly $ref?: string;
}

/** A resource, list or error, as far as tests look into it. */
export interface ScimBody {
  readonly id: string;
  readonly schemas: readonly string[];
  readonly displayName?: string;
  readonly members?: readonly Reference[];
  readonly users?: readonly Reference[];
  readonly groups?: readonly Reference[];
  readonly permissions?: readonly Reference[];
  readonly associatedApplications?: readonly Reference[];
  readonly roles?: readonly Readonly<Record<string, string>>[];
  readonly audience?: Readonly<Record<string, string>>;
  readonly systemRole?: boolean;
  readonly meta?: Readonly<Record<string, string>>;
  readonly totalResults?: number;
  readonly startIndex?: number;
  readonly itemsPerPage?: number;
  readonly Resources?: readonly ScimBody[];
  readonly status?: string;
  readonly detail?: string;
  readonly scimType?: string;
}

/** SCIM as one caller sees it; paths are below `/scim2`. */
export function scimAs(server: TestServer, { authorization, prefix = '' }: Caller = { authorization: server.admin }) {
  const send = async <T = ScimBody>(
    method: string,
    path: string,
    json?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<ApiAnswer<T>> => {
    const response = await server.fetch(`${prefix}/scim2${path}`, {
      method,
      headers: {
        ...(authorization ? { authorization } : {}),
        ...(json === undefined ? {} : { 'content-type': 'application/scim+json' }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: typeof json === 'string' ? json : JSON.stringify(json) }),
    });
    const text = await response.text();
    const body = (text === '' ? undefined : JSON.parse(text)) as T;
    return { status: response.status, headers: response.headers, body };
  };
  return {
    send,
    get: <T = ScimBody>(path: string, headers?: Readonly<Record<string, string>>) =>
      send<T>('GET', path, undefined, headers),
    post: <T = ScimBody>(path: string, json: unknown) => send<T>('POST', path, json),
    put: (path: string, json: unknown, headers?: Readonly<Record<string, string>>) => send('PUT', path, json, headers),
    /** Sends operations of a PATCH. */
    patch: (path: string, operations: readonly unknown[], headers?: Readonly<Record<string, string>>) =>
      send('PATCH', path, { schemas: [PATCH], Operations: operations }, headers),
    delete: (path: string, headers?: Readonly<Record<string, string>>) => send('DELETE', path, undefined, headers),
    /** Resources of a list. */
    async list(path: string): Promise<readonly ScimBody[]> {
      const { status, body } = await send('GET', path);
      expect(status, JSON.stringify(body)).to.equal(200);
      return body.Resources ?? [];
    },
  };
}

const PATCH = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** Expects an error in the shape of SCIM. */
export function expectScimError(answer: ApiAnswer<unknown>, status: number, scimType?: string, detail?: RegExp): void {
  const body = answer.body as ScimBody;
  expect(answer.status, JSON.stringify(body)).to.equal(status);
  expect(body.schemas).to.deep.equal(['urn:ietf:params:scim:api:messages:2.0:Error']);
  expect(body.status).to.equal(String(status));
  expect(body.scimType).to.equal(scimType);
  if (detail) expect(body.detail).to.match(detail);
}

/** Values of references, sorted. */
export const valuesOf = (references: readonly Reference[] | undefined) =>
  (references ?? []).map(({ value }) => value).sort();
