import { FormData } from 'undici';
import { claimUri } from '#core/users';
import type { TestServer } from '../../../support/test-server.js';
import { type Caller, type Json, providersAs } from '../../connections/provider-api.js';

/** Path of the claim API. */
export const CLAIMS = '/api/server/v1/claim-dialects';
/** The SCIM dialect for claims of one's own. */
export const CUSTOM = 'urn:scim:schemas:extension:custom:User';
/** Id of a claim or a dialect. */
export const idOf = (uri: string) => Buffer.from(uri).toString('base64url');

/** The API as one caller sees it. */
export function claimsAs(server: TestServer, caller: Caller = {}) {
  const api = providersAs(server, caller, CLAIMS);
  const local = (name: string) => `/local/claims/${idOf(claimUri(name))}`;
  return {
    ...api,
    local,
    read: async (name: string) => (await api.get(local(name))).body,
    /** Adds a local claim, or says what went wrong. */
    async add(name: string, more: Json = {}): Promise<void> {
      const { status, body } = await api.post('/local/claims', localClaim(name, more));
      if (status !== 201) throw new Error(`${name} was not added: ${status} ${JSON.stringify(body)}`);
    },
    /** Changes some members of a local claim: reads it, and sends it back with others. */
    async change(name: string, members: Json): Promise<{ status: number; body: Json }> {
      return api.put(local(name), { ...(await api.get(local(name))).body, ...members });
    },
    /** Sends a file. */
    async upload(method: string, path: string, content: string, part = 'file', name = 'dialect.json') {
      const form = new FormData();
      form.append(part, new Blob([content]), name);
      const response = await server.fetch(`${caller.prefix ?? ''}${CLAIMS}${path}`, {
        method,
        headers: { authorization: caller.authorization ?? server.admin },
        body: form,
      });
      const text = await response.text();
      return {
        status: response.status,
        headers: response.headers,
        body: (text === '' ? {} : JSON.parse(text)) as Json,
      };
    },
  };
}

/** A request for a local claim. */
export const localClaim = (name: string, more: Json = {}): Json => ({
  claimURI: claimUri(name),
  displayName: name,
  attributeMapping: [{ mappedAttribute: name.replaceAll('/', '_'), userstore: 'PRIMARY' }],
  ...more,
});
