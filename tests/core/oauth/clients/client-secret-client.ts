import { expect } from 'chai';
import type { TestServer } from '../../../support/test-server.js';
import { type ApiFailure, apiAs, type Caller, type Json } from '../../applications/application-api.js';

/** A secret as the API shows it. */
export interface Secret {
  readonly secretId: string;
  readonly secretValue?: string;
  readonly expiresAt: number;
  readonly createdAt: number;
  readonly status: 'ACTIVE' | 'EXPIRED';
  readonly latest: boolean;
}

/** Applications with several secrets, as one caller of a server has them. */
export function secretsAs(server: TestServer, caller: Caller = { authorization: server.admin }) {
  const api = apiAs(server, caller);
  const pathOf = (id: string) => `/${id}/inbound-protocols/oidc`;
  let count = 0;

  /** Makes an application that acts for itself; returns its ids and its first secret. */
  const make = async (oidc: Json = {}) => {
    const id = await api.make(`secrets ${++count}`);
    const { status, body } = await api.put(pathOf(id), { grantTypes: ['client_credentials'], ...oidc });
    expect(status, JSON.stringify(body)).to.equal(201);
    return { id, clientId: body['clientId'] as string, first: (body['clientSecret'] ?? '') as string };
  };
  const add = (id: string, body?: unknown) => api.post<Secret & ApiFailure>(`${pathOf(id)}/secrets`, body);
  /** Adds one that has to be made. */
  const added = async (id: string, expiresAt?: number) => {
    const { status, body } = await add(id, expiresAt === undefined ? undefined : { expiresAt });
    expect(status, JSON.stringify(body)).to.equal(201);
    return { ...body, secretValue: body.secretValue ?? '' };
  };
  const list = async (id: string) => {
    const { status, body } = await api.get<{ count: number; list: Secret[] }>(`${pathOf(id)}/secrets`);
    expect(status, JSON.stringify(body)).to.equal(200);
    expect(body.count).to.equal(body.list.length);
    return body.list;
  };
  const one = (id: string, secretId: string) =>
    api.get<Secret & ApiFailure>(`${pathOf(id)}/secrets/${encodeURIComponent(secretId)}`);
  const remove = (id: string, secretId: string) =>
    api.delete<ApiFailure>(`${pathOf(id)}/secrets/${encodeURIComponent(secretId)}`);
  return { api, pathOf, make, add, added, list, one, remove };
}

/** Asks for a token with a secret. */
export async function tokenBy(server: TestServer, clientId: string, secret: string, by: 'basic' | 'post' = 'basic') {
  const authorization = `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}`;
  const fields = {
    grant_type: 'client_credentials',
    ...(by === 'post' ? { client_id: clientId, client_secret: secret } : {}),
  };
  const response = await server.fetch('/oauth2/token', {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(by === 'basic' ? { authorization } : {}),
    },
    body: new URLSearchParams(fields).toString(),
  });
  return { status: response.status, body: (await response.json()) as Record<string, string> };
}
