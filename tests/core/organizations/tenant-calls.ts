import { expect } from 'chai';
import type { TestServer } from '../../support/test-server.js';

/** Path of the API. */
export const BASE = '/api/server/v1/tenants';
/** Password of the owners. */
export const PASSWORD = 'Owner-pass-1';

/** An error of the API. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly description: string;
  readonly traceId: string;
}
/** A tenant, as far as tests look at it. */
export interface Tenant {
  readonly id: string;
  readonly domain: string;
  readonly owners: readonly { readonly id: string; readonly username: string }[];
}
/** One page of tenants. */
export interface TenantList {
  readonly totalResults: number;
  readonly startIndex: number;
  readonly count: number;
  readonly links: readonly { readonly href: string; readonly rel: string }[];
  readonly tenants: readonly Tenant[];
}

/** An owner for a new tenant. */
export const owner = (change: object = {}) => ({
  username: 'kim',
  password: PASSWORD,
  email: 'kim@acme.example',
  firstname: 'Kim',
  lastname: 'Kay',
  provisioningMethod: 'inline-password',
  ...change,
});

/** Makes a tenant; returns its id. */
export async function create(server: TestServer, domain: string, change: object = {}): Promise<string> {
  const answer = await server.api('POST', BASE, { domain, owners: [owner(change)] });
  expect(answer.status, JSON.stringify(answer.body)).to.equal(201);
  return String(answer.headers.get('location')).split('/').at(-1) as string;
}

/** Status of a question whether something is there. */
export const taken = async (server: TestServer, path: string) =>
  (await server.fetch(path, { method: 'HEAD', headers: { authorization: server.admin } })).status;

/** Status of a look at something that everybody may see below the path of a tenant. */
export const look = async (server: TestServer, domain: string) =>
  (await server.fetch(`/t/${domain}/api/docs/openapi.json`)).status;
