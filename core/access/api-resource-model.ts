import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { v5 as uuid } from 'uuid';
import { z } from 'zod';
import { token } from '#core/kernel';

/** Injection token of the API resources of the server itself. */
export const SystemApiResourcesToken = token<readonly ApiResource[]>('access.system-api-resources');

const shipped = z.array(
  z.strictObject({
    identifier: z.string().min(1),
    name: z.string().min(1),
    scopes: z.array(z.strictObject({ name: z.string().min(1), displayName: z.string().min(1) })).min(1),
  }),
);

/** What an API resource of an organization can be: an API, or a server of the Model Context Protocol. */
export const OWN_TYPES = ['BUSINESS', 'MCP'] as const;

/** A scope of an API resource. */
export interface ApiScope {
  readonly id: string;
  readonly name: string;
  readonly displayName: string;
  readonly description?: string | undefined;
}

/** An API that takes tokens of this server: what it is called and which scopes it knows. */
export interface ApiResource {
  readonly id: string;
  /** What stands in the audience of tokens; for APIs of this server their path. */
  readonly identifier: string;
  readonly name: string;
  readonly description?: string | undefined;
  /** `SYSTEM`: an API of this server, which nobody changes. */
  readonly type: 'SYSTEM' | (typeof OWN_TYPES)[number];
  /** Users need a role for its scopes: applications cannot have it without a policy. */
  readonly requiresAuthorization: boolean;
  readonly scopes: readonly ApiScope[];
}

/** Below it the ids of what ships are made, so that they are the same on every server and in every organization. */
const NAMESPACE = 'a3f4e5c2-6d0b-4b8e-9f57-0f2f8b9d7c11';

/** Reads the API resources of the server itself: `config/api-resources.json`. @param folder what ships as data */
export function systemApiResources(folder: string): readonly ApiResource[] {
  const file = JSON.parse(readFileSync(join(folder, 'api-resources.json'), 'utf8')) as unknown;
  return shipped.parse(file).map(({ identifier, name, scopes }) => ({
    id: uuid(`api:${identifier}`, NAMESPACE),
    identifier,
    name,
    type: 'SYSTEM' as const,
    requiresAuthorization: true,
    scopes: scopes.map((scope) => ({ id: uuid(`scope:${scope.name}`, NAMESPACE), ...scope })),
  }));
}
