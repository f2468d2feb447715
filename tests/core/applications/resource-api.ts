import type { TestServer } from '../../support/test-server.js';
import { type Caller, providersAs } from '../connections/provider-api.js';

/** Path of the API resource API. */
export const RESOURCES = '/api/server/v1/api-resources';
/** An API resource as the API shows it. */
export interface Resource {
  readonly id: string;
  readonly name: string;
  readonly identifier: string;
  readonly type: string;
  readonly requiresAuthorization: boolean;
  readonly scopes: readonly { readonly id: string; readonly name: string; readonly displayName: string }[];
  readonly authorizationDetailsTypes: readonly { readonly id: string; readonly type: string }[];
  readonly subscribedApplications: readonly { readonly id: string }[];
}
/** A list of them. */
export interface List {
  readonly totalResults: number;
  readonly links: readonly { readonly rel: string; readonly href: string }[];
  readonly APIResources: readonly Resource[];
}
/** The API as one caller sees it. */
export const resourcesAs = (server: TestServer, caller: Caller = {}) => providersAs(server, caller, RESOURCES);
/** A type of authorization details. */
export const payment = { type: 'payment', name: 'Payment', description: 'Pay', schema: { type: 'object' } };

let made = 0;
/** Makes an API resource with these scopes. */
export async function makeResource(
  server: TestServer,
  scopes: readonly string[],
  more: object = {},
): Promise<Resource> {
  made++;
  const body = {
    name: `API ${made}`,
    identifier: `urn:api:${made}`,
    scopes: scopes.map((name) => ({ name })),
    ...more,
  };
  const { status, body: resource } = await resourcesAs(server).post<Resource>('', body);
  if (status !== 201) throw new Error(JSON.stringify(resource));
  return resource;
}
