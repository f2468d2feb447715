import type { z } from 'zod';
import { answer, type RouteDeclaration, route } from '#core/http';
import type { AddressedClients } from './addressed-clients.js';
import type { ClientEntity } from './client.entity.js';
import type { ClientService } from './client.service.js';
import { clientSecretErrors } from './client-secret-errors.js';
import {
  clientSecretAnswer,
  clientSecretList,
  clientSecretRequest,
  type StoredClientSecret,
} from './client-secret-model.js';
import type { ClientSecrets } from './client-secrets.js';

/** What the routes of client secrets work with. */
interface ClientSecretParts {
  readonly addressed: AddressedClients;
  readonly clients: ClientService;
  readonly secrets: ClientSecrets;
}

const scopeTo = (what: 'create' | 'view' | 'delete') =>
  ({ access: { scopes: [`internal_application_mgt_client_secret_${what}`] }, cors: true }) as const;

/** Several client secrets in the application management API. @param base path of the configuration of an application */
export function clientSecretRoutes(base: string, parts: ClientSecretParts): RouteDeclaration[] {
  const several = `${base}/secrets`;
  const one = `${several}/:secretId`;
  return [createRoute(several, parts), listRoute(several, parts), readRoute(one, parts), deleteRoute(one, parts)];
}

function createRoute(path: string, { addressed, clients, secrets }: ClientSecretParts): RouteDeclaration {
  return route({
    operationId: 'createOAuthClientSecret',
    method: 'post',
    path,
    ...scopeTo('create'),
    summary: 'One more client secret, shown only now; the others and all tokens stay good',
    body: clientSecretRequest,
    response: clientSecretAnswer,
    status: 201,
    handle: async ({ body, request }) => {
      const { client, plain, stored } = await addressed.changing(request, (before) =>
        clients.addSecret(before, body?.expiresAt ?? 0),
      );
      const headers = { Location: `${request.baseUrl}${request.path}/${stored.id}` };
      return answer({ ...shown(secrets, client, stored), secretValue: plain }, { headers });
    },
  });
}

function listRoute(path: string, { addressed, secrets }: ClientSecretParts): RouteDeclaration {
  return route({
    operationId: 'getOAuthClientSecrets',
    method: 'get',
    path,
    ...scopeTo('view'),
    summary: 'Client secrets of an application without their values, the oldest first',
    response: clientSecretList,
    status: 200,
    handle: async ({ request }) => {
      const client = await addressed.find(request);
      const list = secrets.of(client).map((stored) => shown(secrets, client, stored));
      return { count: list.length, list };
    },
  });
}

function readRoute(path: string, { addressed, secrets }: ClientSecretParts): RouteDeclaration {
  return route({
    operationId: 'getOAuthClientSecret',
    method: 'get',
    path,
    ...scopeTo('view'),
    summary: 'A client secret; its value only where secrets are kept readable',
    response: clientSecretAnswer,
    status: 200,
    handle: async ({ params, request }) => {
      const client = await addressed.find(request);
      const id = params['secretId'] as string;
      const stored = secrets.of(client).find((candidate) => candidate.id === id);
      if (!stored) throw clientSecretErrors.notFound(id);
      const secretValue = secrets.readable(stored);
      return { ...shown(secrets, client, stored), ...(secretValue === undefined ? {} : { secretValue }) };
    },
  });
}

function deleteRoute(path: string, { addressed, clients }: ClientSecretParts): RouteDeclaration {
  return route({
    operationId: 'deleteOAuthClientSecret',
    method: 'delete',
    path,
    ...scopeTo('delete'),
    summary: 'Take a client secret from an application: any but the newest that has not expired',
    status: 204,
    handle: ({ params, request }) =>
      addressed.changing(request, (client) => clients.removeSecret(client, params['secretId'] as string)),
  });
}

/** A secret as answers show it, without its value. */
function shown(
  secrets: ClientSecrets,
  client: ClientEntity,
  stored: StoredClientSecret,
): z.input<typeof clientSecretAnswer> {
  const { id: secretId, expiresAt, createdAt } = stored;
  const status = secrets.isActive(stored) ? 'ACTIVE' : 'EXPIRED';
  return { secretId, expiresAt, createdAt, status, latest: secrets.latest(client)?.id === secretId };
}
