import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { v5 as uuid } from 'uuid';
import { z } from 'zod';
import { token } from '#core/kernel';

/** Injection token of the API resources. */
export const ApiResourcesToken = token<ApiResources>('access.api-resources');

const shipped = z.array(
  z.strictObject({
    identifier: z.string().min(1),
    name: z.string().min(1),
    scopes: z.array(z.strictObject({ name: z.string().min(1), displayName: z.string().min(1) })).min(1),
  }),
);

/** A scope of an API resource. */
export interface ApiScope {
  readonly id: string;
  readonly name: string;
  readonly displayName: string;
}

/** An API that takes tokens of this server: what it is called and which scopes it knows. */
export interface ApiResource {
  readonly id: string;
  /** What stands in the audience of tokens; for APIs of this server their path. */
  readonly identifier: string;
  readonly name: string;
  readonly type: 'SYSTEM';
  readonly scopes: readonly ApiScope[];
}

/** Below it the ids of what ships are made, so that they are the same on every server and in every organization. */
const NAMESPACE = 'a3f4e5c2-6d0b-4b8e-9f57-0f2f8b9d7c11';

/** API resources by id. Those of the server itself ship with it as data and are the same in every organization. */
export class ApiResources {
  readonly #byId: ReadonlyMap<string, ApiResource>;

  constructor(resources: readonly ApiResource[]) {
    this.#byId = new Map(resources.map((resource) => [resource.id, resource]));
  }

  /** Reads what ships in `config/api-resources.json`. */
  static load(folder: string): ApiResources {
    const file = JSON.parse(readFileSync(join(folder, 'api-resources.json'), 'utf8')) as unknown;
    const resources = shipped.parse(file).map(({ identifier, name, scopes }) => ({
      id: uuid(`api:${identifier}`, NAMESPACE),
      identifier,
      name,
      type: 'SYSTEM' as const,
      scopes: scopes.map((scope) => ({ id: uuid(`scope:${scope.name}`, NAMESPACE), ...scope })),
    }));
    return new ApiResources(resources);
  }

  /** An API resource that the organization can use. */
  async find(_orgId: string, id: string): Promise<ApiResource | undefined> {
    return this.#byId.get(id);
  }

  /** All API resources that the organization can use. */
  async all(_orgId: string): Promise<readonly ApiResource[]> {
    return [...this.#byId.values()];
  }
}
