import { expect } from 'chai';
import type { Headers } from 'undici';
import type { TestServer } from './test-server.js';

const USER = 'urn:ietf:params:scim:schemas:core:2.0:User';
const ENTERPRISE = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const SYSTEM = 'urn:scim:wso2:schema';

/** All that a user can have but a name: by the keys of the core schema and the extensions. */
export const fullUser = {
  schemas: [USER, ENTERPRISE, SYSTEM],
  externalId: 'ext-1',
  name: { givenName: 'Kim', familyName: 'Bauer', middleName: 'Q', formatted: 'Kim Q Bauer' },
  displayName: 'Kim B',
  nickName: 'kimmy',
  title: 'Clerk',
  preferredLanguage: 'en',
  locale: 'en_US',
  timezone: 'Europe/Berlin',
  active: true,
  emails: [
    { value: 'kim@x.com', primary: true },
    { type: 'work', value: 'kim@w.com' },
  ],
  phoneNumbers: [
    { type: 'mobile', value: '+94' },
    { type: 'work', value: '+95' },
  ],
  ims: [{ type: 'skype', value: 'kim.skype' }],
  photos: [{ type: 'thumbnail', value: 'https://x.com/t.png' }],
  addresses: [
    { type: 'home', streetAddress: '1 Main St', locality: 'Kandy', postalCode: '20000', country: 'LK' },
    { type: 'work', formatted: '2 Office Rd' },
  ],
  [ENTERPRISE]: { employeeNumber: '42', department: 'D1', manager: { value: 'boss', displayName: 'Boss' } },
  [SYSTEM]: { country: 'LK', dateOfBirth: '1990-01-31', preferredChannel: 'EMAIL', accountLocked: false },
};

/** JSON of a resource or a message. */
export type ScimJson = Record<string, unknown>;

/** An answer of a SCIM endpoint. */
export interface ScimAnswer<T = ScimJson> {
  readonly status: number;
  readonly headers: Headers;
  /** Undefined when there is none. */
  readonly body: T;
}

/** Calls SCIM endpoints, as the administrator unless it is told otherwise. */
export class ScimClient {
  constructor(
    private readonly server: TestServer,
    private readonly options: { readonly prefix?: string; readonly authorization?: string } = {},
  ) {}

  /** The same as somebody else. @param authorization value of the header; empty: nobody */
  as(authorization: string): ScimClient {
    return new ScimClient(this.server, { ...this.options, authorization });
  }

  /** Sends JSON. */
  call<T = ScimJson>(
    method: string,
    path: string,
    json?: unknown,
    headers: Record<string, string> = {},
  ): Promise<ScimAnswer<T>> {
    const type: Record<string, string> = json === undefined ? {} : { 'content-type': 'application/scim+json' };
    return this.send<T>(method, path, json === undefined ? undefined : JSON.stringify(json), { ...type, ...headers });
  }

  /** Sends a body as it is. */
  async send<T = ScimJson>(
    method: string,
    path: string,
    body: string | Uint8Array | undefined,
    headers: Record<string, string> = {},
  ): Promise<ScimAnswer<T>> {
    const { prefix = '', authorization = this.server.admin } = this.options;
    const response = await this.server.fetch(`${prefix}/scim2${path}`, {
      method,
      headers: { ...(authorization === '' ? {} : { authorization }), ...headers },
      ...(body === undefined ? {} : { body }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? undefined : JSON.parse(text)) as T,
    };
  }

  /** Makes a user and answers with it. */
  async user(userName: string, more: ScimJson = {}): Promise<ScimJson & { readonly id: string }> {
    const { status, body } = await this.call('POST', '/Users', { userName, password: 'Correct-horse-1', ...more });
    expect(status, JSON.stringify(body)).to.equal(201);
    return body as ScimJson & { readonly id: string };
  }

  /** Changes a resource by PATCH. */
  patch(path: string, ...Operations: readonly unknown[]): Promise<ScimAnswer> {
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp'];
    return this.call('PATCH', path, { schemas, Operations });
  }
}

/** Expects an error in the shape of SCIM, and answers with its detail. */
export function expectScimError(
  { status, body, headers }: ScimAnswer,
  expected: number,
  scimType?: string,
  what?: string,
): string {
  const label = `${what ?? ''} ${JSON.stringify(body)}`;
  expect(status, label).to.equal(expected);
  expect(headers.get('content-type'), label).to.match(/^application\/(scim\+)?json/);
  expect(body['schemas'], label).to.deep.equal(['urn:ietf:params:scim:api:messages:2.0:Error']);
  expect(body['status'], label).to.equal(String(expected));
  expect(body['scimType'], label).to.equal(scimType);
  expect(body['detail'], label).to.be.a('string').with.length.above(5);
  return String(body['detail']);
}
