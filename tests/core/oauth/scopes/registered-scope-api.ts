import type { TestServer } from '../../../support/test-server.js';
import { type Caller, providersAs } from '../../connections/provider-api.js';

/** Path of the API of registered scopes. */
export const SCOPES = '/api/identity/oauth2/v1.0/scopes';

/** A registered scope as the API shows it. */
export interface ShownScope {
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  readonly bindings: readonly string[];
  readonly scopeBindings: readonly { readonly bindingType: string; readonly binding: readonly string[] }[];
}

/** The API as one caller sees it. */
export function registeredScopesAs(server: TestServer, caller: Caller = {}) {
  const api = providersAs(server, caller, SCOPES);
  return {
    ...api,
    names: async (query = '') => (await api.get<ShownScope[]>(query)).body.map(({ name }) => name),
    /** Registers a scope that is bound to roles. */
    async register(name: string, bindings: readonly string[] = []): Promise<void> {
      const { status, body } = await api.post('', { name, displayName: name, bindings });
      if (status !== 201) throw new Error(`${name} was not registered: ${status} ${JSON.stringify(body)}`);
    },
  };
}
