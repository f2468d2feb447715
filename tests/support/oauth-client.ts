import { createHash } from 'node:crypto';
import { expect } from 'chai';
import type { Headers } from 'undici';
import type { z } from 'zod';
import { AuthorizedApiServiceToken } from '#core/access';
import { type ApplicationEntity, ApplicationServiceToken } from '#core/applications';
import { OrganizationServiceToken, SUPER_ORGANIZATION } from '#core/organizations';
import { type User, type UserClaims, UserServiceToken } from '#core/users';
import { creationBody } from '../../core/applications/application-requests.js';
import type { ClientEntity } from '../../core/oauth/clients/client.entity.js';
import { type ClientService, ClientServiceToken } from '../../core/oauth/clients/client.service.js';
import { clientSettings } from '../../core/oauth/clients/client-model.js';
import { ADMIN_PASSWORD, type TestServer } from './test-server.js';
import { type Fields, type Hop, Visitor, withQuery } from './visitor.js';

/** Password of every user that {@link createUser} makes. */
export const USER_PASSWORD = 'Correct-horse-1';
/** Where applications of the tests live. Nothing answers there. */
export const CALLBACK = 'https://app.example/cb';
/** A PKCE verifier and its S256 challenge. */
export const VERIFIER = 'v'.repeat(43);
export const CHALLENGE = createHash('sha256').update(VERIFIER).digest('base64url');

/** A part of a server: the super organization, or a tenant. */
export interface Place {
  readonly orgId: string;
  /** What stands before each path. */
  readonly prefix: string;
}

/** The organization that is always there. */
export const superPlace: Place = { orgId: SUPER_ORGANIZATION.id, prefix: '' };

/** Makes a tenant. */
export async function createTenant(server: TestServer, domain: string): Promise<Place> {
  const owner = { username: 'owner', password: 'Owner-pass-1', email: `owner@${domain}` };
  const tenant = await server.server.container.get(OrganizationServiceToken).createTenant(domain, undefined, owner);
  return { orgId: tenant.id, prefix: `/t/${domain}` };
}

/** Makes a user. @param claims by the part of the local claim URI behind the dialect */
export function createUser(
  server: TestServer,
  username: string,
  claims: UserClaims = {},
  { orgId }: Place = superPlace,
): Promise<User> {
  const uris = Object.entries(claims).map(([name, values]) => [`http://wso2.org/claims/${name}`, values]);
  const input = { username, password: USER_PASSWORD, claims: Object.fromEntries(uris) as UserClaims };
  return server.server.container.get(UserServiceToken).create(orgId, input);
}

/** How an application differs from the usual one: confidential, code and refresh token, no questions for consent. */
export interface AppOptions {
  readonly place?: Place;
  readonly name?: string;
  /** Its OpenID Connect configuration. */
  readonly client?: z.input<typeof clientSettings>;
  /** Its application object. */
  readonly application?: Readonly<Record<string, unknown>>;
  readonly clientId?: string;
  /** Local claims that it asks for, as {@link createUser}; mandatory ones end in `!`. */
  readonly claims?: readonly string[];
  readonly asksConsent?: boolean;
}

/** Body of the token endpoint, good or bad. */
export interface TokenBody {
  readonly access_token?: string;
  readonly refresh_token?: string;
  readonly id_token?: string;
  readonly scope?: string;
  readonly token_type?: string;
  readonly expires_in?: number;
  readonly error?: string;
  readonly error_description?: string;
}

/** An answer in JSON. */
export interface JsonAnswer<T = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
  readonly text: string;
}

/** Tokens of a grant; those that were not issued are empty. */
export interface Tokens {
  readonly access: string;
  readonly refresh: string;
  readonly id: string;
  readonly body: TokenBody;
}

let made = 0;

/** Makes an application with its client. */
export async function createApp(server: TestServer, options: AppOptions = {}): Promise<TestApp> {
  const { place = superPlace, client = {}, claims = [], application = {} } = options;
  const { container } = server.server;
  const clients = container.get(ClientServiceToken);
  const settings = clientSettings.parse({
    grantTypes: ['authorization_code', 'refresh_token', 'client_credentials'],
    callbackURLs: [CALLBACK],
    ...client,
  });
  const requestedClaims = claims.map((name) => ({
    claim: { uri: `http://wso2.org/claims/${name.replace(/!$/, '')}` },
    mandatory: name.endsWith('!'),
  }));
  let written: Awaited<ReturnType<ClientService['write']>> | undefined;
  made++;
  const advancedConfigurations = { skipLoginConsent: options.asksConsent !== true };
  const name = options.name ?? `app ${made}`;
  const model = { name, claimConfiguration: { requestedClaims }, advancedConfigurations, ...application };
  const entity = await container
    .get(ApplicationServiceToken)
    .create(place.orgId, name, creationBody.parse(model), async (created) => {
      written = await clients.write(created, settings, { clientId: options.clientId });
    });
  if (!written) throw new Error('the client was not written');
  return new TestApp(server, place, entity, written.client, written.secret ?? '');
}

/** An application as its owner sees it: makes requests to the protocol endpoints. */
export class TestApp {
  constructor(
    readonly server: TestServer,
    readonly place: Place,
    readonly application: ApplicationEntity,
    readonly client: ClientEntity,
    readonly secret: string,
  ) {}

  get id(): string {
    return this.client.clientId;
  }

  /** `Authorization` header of the client. */
  get basic(): string {
    return `Basic ${Buffer.from(`${this.id}:${this.secret}`).toString('base64')}`;
  }

  /** Allows scopes of an API resource. */
  authorize(policyId: 'RBAC' | 'NO_POLICY', scopes: readonly string[], apiId = `api-${policyId}`): Promise<void> {
    const apis = this.server.server.container.get(AuthorizedApiServiceToken);
    return apis.authorize(this.place.orgId, this.application.id, { apiId, policyId, scopes });
  }

  /** Switches the application off. */
  async disable(): Promise<void> {
    const applications = this.server.server.container.get(ApplicationServiceToken);
    await applications.update(this.place.orgId, this.application.id, { applicationEnabled: false });
  }

  /** Changes the client's configuration. */
  async configure(change: z.input<typeof clientSettings>): Promise<void> {
    const clients = this.server.server.container.get(ClientServiceToken);
    const { settings } = (await clients.find(this.place.orgId, this.id)) ?? {};
    await clients.write(this.application, clientSettings.parse({ ...settings, ...change }));
  }

  /** Path of an authorization request. An empty value leaves a usual parameter out. */
  authorizePath(parameters: Readonly<Record<string, string>> = {}): string {
    const usual = { client_id: this.id, redirect_uri: CALLBACK, response_type: 'code', scope: 'openid', state: 's-1' };
    const all = Object.entries({ ...usual, ...parameters }).filter(([, value]) => value !== '');
    return withQuery(`${this.place.prefix}/oauth2/authorize`, all);
  }

  /** Takes a visitor through an authorization request, its sign-in and its question for consent. */
  visit(visitor: Visitor, parameters: Readonly<Record<string, string>> = {}, as: SignIn = {}): Promise<Hop> {
    return this.open(visitor, this.authorizePath(parameters), as);
  }

  /** Takes a visitor from an address of the server through sign-in and consent, until he leaves or is refused. */
  open(visitor: Visitor, address: string, as: SignIn = {}): Promise<Hop> {
    return passThrough(this.server, this.place, visitor, address, as);
  }

  /** A code for a user, of a sign-in in a browser of its own unless one is given. */
  async code(username: string, parameters: Readonly<Record<string, string>> = {}, given?: Visitor): Promise<string> {
    const hop = await this.visit(given ?? new Visitor(this.server), parameters, { username });
    const code = hop.location?.searchParams.get('code');
    if (!code) throw new Error(`no code: ${hop.status} ${hop.location?.href ?? hop.text}`);
    return code;
  }

  /** Tokens for a user, of a sign-in in a browser of its own unless one is given. */
  async tokens(username: string, parameters: Readonly<Record<string, string>> = {}, given?: Visitor): Promise<Tokens> {
    const pkce = this.secret === '' && !('code_challenge' in parameters);
    const challenge = pkce ? { code_challenge: CHALLENGE, code_challenge_method: 'S256' } : {};
    const code = await this.code(username, { ...challenge, ...parameters }, given);
    const verifier = 'code_challenge' in { ...challenge, ...parameters } ? { code_verifier: VERIFIER } : {};
    return tokensOf(await this.redeem(code, verifier));
  }

  /** Redeems a code. */
  redeem(code: string, more: Readonly<Record<string, string>> = {}): Promise<JsonAnswer<TokenBody>> {
    return this.token({ grant_type: 'authorization_code', code, redirect_uri: CALLBACK, ...more });
  }

  /** Uses a refresh token. */
  refresh(refresh_token: string, more: Readonly<Record<string, string>> = {}): Promise<JsonAnswer<TokenBody>> {
    return this.token({ grant_type: 'refresh_token', refresh_token, ...more });
  }

  /** Sends a token request as this client. */
  token(fields: Readonly<Record<string, string>>): Promise<JsonAnswer<TokenBody>> {
    const named = this.secret === '' ? { client_id: this.id, ...fields } : fields;
    return this.send('/oauth2/token', named, this.secret === '' ? {} : { authorization: this.basic });
  }

  introspect(token: string, headers: Readonly<Record<string, string>> = { authorization: this.basic }) {
    return this.send<Record<string, unknown>>('/oauth2/introspect', { token }, headers);
  }

  /** Whether the server takes a token for good. */
  async isActive(token: string): Promise<boolean> {
    return (await this.introspect(token, { authorization: this.server.admin })).body['active'] === true;
  }

  revoke(token: string, more: Readonly<Record<string, string>> = {}): Promise<JsonAnswer> {
    return this.send('/oauth2/revoke', { token, ...more }, { authorization: this.basic });
  }

  async userinfo(token: string): Promise<JsonAnswer> {
    const headers = { authorization: `Bearer ${token}` };
    return jsonOf(await new Visitor(this.server).get(`${this.place.prefix}/oauth2/userinfo`, headers));
  }

  /** Posts a form to an endpoint of the organization. */
  async send<T = TokenBody>(
    path: string,
    fields: Fields,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<JsonAnswer<T>> {
    return jsonOf<T>(await new Visitor(this.server).post(this.place.prefix + path, fields, headers));
  }
}

/** Who signs in, and what is answered to questions. */
export interface SignIn {
  readonly username?: string;
  readonly password?: string;
  /** Further fields of the login form. */
  readonly form?: Readonly<Record<string, string>>;
  /** Fields of the answer to a question for consent. */
  readonly consent?: Readonly<Record<string, string>>;
}

/** Takes a visitor from an address of a server through sign-in and consent, until he leaves or is refused. */
export async function passThrough(
  { origin }: Pick<TestServer, 'origin'>,
  { prefix }: Pick<Place, 'prefix'>,
  visitor: Visitor,
  address: string,
  as: SignIn = {},
): Promise<Hop> {
  let hop = await visitor.get(address);
  for (let step = 0; step < 12; step++) {
    const { location } = hop;
    if (location?.origin !== origin || /\/(oauth2_error|retry|oauth2_logout)\.do$/.test(location.pathname)) return hop;
    if (location.pathname.endsWith('/login.do')) {
      if (location.searchParams.has('authFailure')) return hop;
      hop = await visitor.post(`${prefix}/commonauth`, answerOf(location, as));
    } else if (/\/oauth2_(consent|authz)\.do$/.test(location.pathname)) {
      const sessionDataKeyConsent = location.searchParams.get('sessionDataKeyConsent') ?? '';
      const answer = { consent: 'approve', ...as.consent };
      hop = await visitor.post(`${prefix}/oauth2/authorize`, { sessionDataKeyConsent, ...answer });
    } else hop = await visitor.follow(hop);
  }
  throw new Error('the sign-in does not end');
}

function answerOf(page: URL, { username = 'admin', password, form }: SignIn): Record<string, string> {
  const usual = username === 'admin' ? ADMIN_PASSWORD : USER_PASSWORD;
  const sessionDataKey = page.searchParams.get('sessionDataKey') ?? '';
  return { sessionDataKey, username, password: password ?? usual, ...form };
}

/** An answer as JSON; an empty object when its body is none. */
export function jsonOf<T = Record<string, unknown>>({ status, headers, text }: Hop): JsonAnswer<T> {
  const isJson = /\bjson\b/.test(headers.get('content-type') ?? '');
  return { status, headers, text, body: (isJson ? JSON.parse(text) : {}) as T };
}

/** The tokens of an answer that has to be good. */
export function tokensOf({ status, body, text }: JsonAnswer<TokenBody>): Tokens {
  expect(status, text).to.equal(200);
  const { access_token = '', refresh_token = '', id_token = '' } = body;
  return { access: access_token, refresh: refresh_token, id: id_token, body };
}

/** Expects an error of the token endpoint and its kin. */
export function expectError(answer: JsonAnswer<TokenBody>, status: number, error: string, description?: string): void {
  expect({ status: answer.status, error: answer.body.error }).to.deep.equal({ status, error });
  if (description !== undefined) expect(answer.body.error_description).to.equal(description);
}

/** Expects that an authorization request ends at the server's own error page. */
export function expectErrorPage({ location, status }: Hop, code: string, message?: string): void {
  expect(status).to.equal(302);
  expect(location?.pathname).to.match(/\/authenticationendpoint\/oauth2_error\.do$/);
  expect(location?.searchParams.get('oauthErrorCode')).to.equal(code);
  if (message !== undefined) expect(location?.searchParams.get('oauthErrorMsg')).to.equal(message);
}

/** Expects an error that is sent to the application by a redirect. */
export function expectRedirectError({ location, status }: Hop, error: string, description?: string): void {
  expect(status).to.equal(302);
  expect(`${location?.origin}${location?.pathname}`).to.equal(CALLBACK);
  expect(location?.searchParams.get('error')).to.equal(error);
  if (description !== undefined) expect(location?.searchParams.get('error_description')).to.equal(description);
}
