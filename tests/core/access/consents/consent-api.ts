import type { User } from '#core/users';
import { USER_PASSWORD } from '../../../support/oauth-client.js';
import type { TestServer } from '../../../support/test-server.js';
import { type ApiFailure, type Caller, providersAs } from '../../connections/provider-api.js';

/** Path of version 2. */
export const V2 = '/api/identity/consent-mgt/v2.0';
/** Path of version 1. */
const V1 = '/api/identity/consent-mgt/v1.0';

/** Something that was made. */
export interface Made {
  readonly id: string;
}
/** A purpose. */
export interface Purpose extends Made {
  readonly name: string;
  readonly latestVersion: { readonly id: string; readonly version: string };
  readonly elements: readonly (Made & { readonly name: string; readonly mandatory: boolean })[];
}
/** A consent. */
export interface Consent extends Made {
  readonly subjectId: string;
  readonly serviceId: string;
  readonly state: string;
  readonly timestamp: number;
  readonly expiryTime: number | null;
  readonly purposes: readonly (Made & {
    readonly versionId: string;
    readonly version: string;
    readonly elements: readonly (Made & { readonly name: string })[];
  })[];
  readonly authorizations: readonly { readonly userId: string; readonly state: string; updatedTime: number }[];
  readonly properties: Readonly<Record<string, string>> | null;
}
/** One page of anything. */
export interface Page {
  readonly totalResults: number;
  readonly links: readonly { readonly rel: string; readonly href: string }[];
  readonly Elements?: readonly (Made & { readonly name: string })[];
  readonly Purposes?: readonly Purpose[];
  readonly Versions?: readonly (Made & { readonly version: string })[];
  readonly Consents?: readonly Consent[];
}

/** `Authorization` header of a user. */
export const basic = (name: string) => `Basic ${Buffer.from(`${name}:${USER_PASSWORD}`).toString('base64')}`;
/** Status and code of an answer. */
export const failure = ({ status, body }: { readonly status: number; readonly body: unknown }) => [
  status,
  (body as Partial<ApiFailure> | null)?.code,
];

let count = 0;
/** A name that no other has. */
export const fresh = (word: string) => `${word}-${++count}`;

/** The APIs, with what tests make again and again. */
export function consentsAs(server: TestServer, caller: Caller = {}) {
  const v2 = providersAs(server, caller, V2);
  const element = async (name = fresh('element')): Promise<string> => {
    const { status, body } = await v2.post<Made>('/elements', { name });
    if (status !== 201) throw new Error(JSON.stringify(body));
    return body.id;
  };
  return {
    v2,
    v1: providersAs(server, caller, V1),
    element,
    /** A purpose with these elements, the first of which is mandatory; with one when none are given. */
    async purpose(elements?: readonly string[], more: object = {}): Promise<Purpose> {
      const ids = elements ?? [await element()];
      const bindings = ids.map((id, index) => ({ id, mandatory: index === 0 }));
      const body = { name: fresh('purpose'), type: 'Policy', version: 'v1', elements: bindings, ...more };
      const answer = await v2.post<Purpose>('/purposes', body);
      if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
      return answer.body;
    },
    /** A consent of a user to all elements of purposes; returns its id. */
    async consent(subject: Pick<User, 'username'>, purposes: readonly Purpose[], more: object = {}): Promise<string> {
      const body = { subjectId: subject.username, serviceId: 'shop', purposes: wholly(...purposes), ...more };
      const answer = await v2.post<Made>('/consents', body);
      if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
      return answer.body.id;
    },
    read: async (id: string) => (await v2.get<Consent>(`/consents/${id}`)).body,
    state: async (id: string) => (await v2.get<Consent>(`/consents/${id}/validate`)).body.state,
  };
}

/** Consent to all elements of purposes. */
export const wholly = (...purposes: readonly Purpose[]) =>
  purposes.map(({ id, elements }) => ({ id, elements: elements.map((one) => ({ id: one.id })) }));

/** Own consents of a user. */
export const mine = (server: TestServer, { username }: Pick<User, 'username'>, prefix = '') =>
  providersAs(server, { authorization: basic(username), prefix }, '/api/users/v1/me/consents');
