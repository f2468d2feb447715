import { expect } from 'chai';
import type { TestServer } from './test-server.js';

/** An application with its OAuth side, as tests use it. */
export interface TestApplication {
  readonly id: string;
  readonly clientId: string;
  /** Empty for public clients. */
  readonly clientSecret: string;
}

/** Makes an application by the management API. Returns its id. */
export async function createApplication(
  server: TestServer,
  model: Readonly<Record<string, unknown>>,
  prefix = '',
): Promise<string> {
  const { status, headers, body } = await server.api('POST', `${prefix}/api/server/v1/applications`, model);
  expect(status, JSON.stringify(body)).to.equal(201);
  return headers.get('location')?.split('/').at(-1) ?? '';
}

/** Makes an application with an OpenID Connect side. The secret is known only from the answer that made it. */
export async function createOidcApplication(
  server: TestServer,
  model: Readonly<Record<string, unknown>>,
  oidc: Readonly<Record<string, unknown>>,
  prefix = '',
): Promise<TestApplication> {
  const id = await createApplication(server, model, prefix);
  const path = `${prefix}/api/server/v1/applications/${id}/inbound-protocols/oidc`;
  const { status, body } = await server.api<{ clientId: string; clientSecret?: string }>('PUT', path, oidc);
  expect(status, JSON.stringify(body)).to.equal(201);
  return { id, clientId: body.clientId, clientSecret: body.clientSecret ?? '' };
}
