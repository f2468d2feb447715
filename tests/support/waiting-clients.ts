import { expect } from 'chai';
import { type JsonAnswer, type SignIn, type TestApp, type TokenBody, USER_PASSWORD } from './oauth-client.js';
import { ADMIN_PASSWORD } from './test-server.js';
import { type Hop, Visitor } from './visitor.js';

/** Grant types of clients that wait elsewhere. */
export const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';
export const CIBA = 'urn:openid:params:grant-type:ciba';

/** What a device is given. */
export interface DeviceCodes {
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri: string;
  readonly verification_uri_complete: string;
  readonly expires_in: number;
  readonly interval: number;
}

/** Asks for codes as the device does. */
export async function deviceCodes(app: TestApp, scope = 'openid'): Promise<DeviceCodes> {
  const named = app.secret === '' ? { client_id: app.id, scope } : { scope };
  const headers = app.secret === '' ? {} : { authorization: app.basic };
  const answer = await app.send<DeviceCodes>('/oauth2/device_authorize', named, headers);
  expect(answer.status, answer.text).to.equal(200);
  return answer.body;
}

/** Polls as the device does. */
export const pollDevice = (app: TestApp, device_code: string): Promise<JsonAnswer<TokenBody>> =>
  app.token({ grant_type: DEVICE_CODE, device_code });

/** Goes on from an answer through sign-in and consent to a page where nothing more is asked. */
async function walk(app: TestApp, visitor: Visitor, from: Hop, as: SignIn = {}): Promise<Hop> {
  const { prefix } = app.place;
  let hop = from;
  for (let step = 0; step < 12; step++) {
    const { location } = hop;
    if (!location) return hop;
    const { pathname, searchParams } = location;
    if (pathname.endsWith('/login.do')) {
      if (searchParams.has('authFailure')) return hop;
      const { username = 'admin', password } = as;
      const usual = username === 'admin' ? ADMIN_PASSWORD : USER_PASSWORD;
      const sessionDataKey = searchParams.get('sessionDataKey') ?? '';
      hop = await visitor.post(`${prefix}/commonauth`, { sessionDataKey, username, password: password ?? usual });
    } else if (pathname.endsWith('/oauth2_consent.do')) {
      const sessionDataKeyConsent = searchParams.get('sessionDataKeyConsent') ?? '';
      const answer = { consent: 'approve', ...as.consent };
      hop = await visitor.post(`${prefix}/oauth2/authorize`, { sessionDataKeyConsent, ...answer });
    } else if (/\.do$/.test(pathname)) return hop;
    else hop = await visitor.follow(hop);
  }
  throw new Error('the sign-in does not end');
}

/** Types a code on the page, and goes on to the end. */
export async function enterUserCode(
  app: TestApp,
  user_code: string,
  as: SignIn = {},
  visitor: Visitor = new Visitor(app.server),
): Promise<Hop> {
  return walk(app, visitor, await visitor.post(`${app.place.prefix}/oauth2/device`, { user_code }), as);
}

/** Expects that the browser's part has ended. @param error key of what went wrong; undefined: approved */
export function expectEnd({ location }: Hop, error?: string): void {
  expect(location?.pathname).to.match(/\/authenticationendpoint\/device_success\.do$/);
  expect(location?.searchParams.get('error') ?? undefined).to.equal(error);
}

/** What a client is given that asks a user elsewhere. */
export interface CibaAnswer extends TokenBody {
  readonly auth_req_id: string;
  readonly auth_url?: string;
  readonly interval: number;
}

/** Sends a CIBA request; the usual one is for `alice`. An empty value leaves a usual parameter out. */
export function askElsewhere(
  app: TestApp,
  fields: Readonly<Record<string, string>> = {},
): Promise<JsonAnswer<CibaAnswer>> {
  const all = Object.entries({ scope: 'openid', login_hint: 'alice', ...fields }).filter(([, value]) => value !== '');
  return app.send<CibaAnswer>('/oauth2/ciba', all, { authorization: app.basic });
}

/** A CIBA request that has to begin. */
export async function askedElsewhere(app: TestApp, fields: Readonly<Record<string, string>> = {}): Promise<CibaAnswer> {
  const answer = await askElsewhere(app, fields);
  expect(answer.status, answer.text).to.equal(200);
  return answer.body;
}

/** Polls as a client does that has asked a user elsewhere. */
export const pollCiba = (app: TestApp, auth_req_id: string): Promise<JsonAnswer<TokenBody>> =>
  app.token({ grant_type: CIBA, auth_req_id });

/** Opens the link of a request, and goes on to the end. */
export async function openLink(
  app: TestApp,
  { auth_url }: Pick<CibaAnswer, 'auth_url'>,
  as: SignIn = {},
  visitor: Visitor = new Visitor(app.server),
): Promise<Hop> {
  return walk(app, visitor, await visitor.get(auth_url ?? ''), as);
}
