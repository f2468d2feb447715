import { expect } from 'chai';
import { createRemoteJWKSet, customFetch, type JWTVerifyResult, jwtVerify } from 'jose';
import { type AppOptions, CALLBACK, createApp, type TestApp } from './oauth-client.js';
import type { TestServer } from './test-server.js';
import { type Hop, Visitor } from './visitor.js';

/** The hybrid response types. */
export const HYBRID = ['code token', 'code id_token', 'code id_token token'];

/** An application that may use every response type. */
export function createImplicitApp(server: TestServer, options: AppOptions = {}): Promise<TestApp> {
  const client = {
    grantTypes: ['authorization_code', 'implicit', 'refresh_token'],
    hybridFlow: { enable: true, responseType: HYBRID.join(',') },
    ...options.client,
  };
  return createApp(server, { ...options, client });
}

/** Parameters in the fragment of an answer; nothing of them may stand in its query. */
export function fragmentOf({ status, location }: Hop): Record<string, string> {
  expect(status).to.equal(302);
  expect(`${location?.origin}${location?.pathname}`).to.equal(CALLBACK);
  expect(location?.search).to.equal('');
  return Object.fromEntries(new URLSearchParams(location?.hash.slice(1)));
}

/** Parameters in the query of an answer; nothing of them may stand in its fragment. */
export function queryOf({ status, location }: Hop): Record<string, string> {
  expect(status).to.equal(302);
  expect(`${location?.origin}${location?.pathname}`).to.equal(CALLBACK);
  expect(location?.hash).to.equal('');
  return Object.fromEntries(location?.searchParams ?? []);
}

/** Fields of the form of an answer by `form_post`. @param action where it has to go */
export function formOf({ status, text }: Hop, action = CALLBACK): Record<string, string> {
  expect(status).to.equal(200);
  expect(text).to.contain(`<form method="post" action="${action}">`);
  const fields = [...text.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)];
  const plain = (html = '') => html.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)));
  return Object.fromEntries(fields.map(([, name, value]) => [plain(name), plain(value)]));
}

/** For whom a JWT is, and where the keys of its organization are. */
type Recipient = Pick<TestApp, 'server' | 'place' | 'id'>;

/** A JWT of an organization, its signature checked with the published keys. */
export function verified(app: Recipient, jwt: string | undefined, iss?: string): Promise<JWTVerifyResult> {
  const url = new URL(`${app.place.prefix}/oauth2/jwks`, app.server.origin);
  const fetch = (target: string) => app.server.fetch(new URL(target).pathname) as unknown as Promise<Response>;
  const keys = createRemoteJWKSet(url, { [customFetch]: fetch });
  const issuer = iss ?? `${app.server.origin}${app.place.prefix}/oauth2/token`;
  return jwtVerify(jwt ?? '', keys, { issuer, audience: app.id });
}

/** Signs a user in, in a new browser, and returns the answer of the authorization endpoint. */
export function answerTo(app: TestApp, parameters: Readonly<Record<string, string>>, username = 'alice'): Promise<Hop> {
  return app.visit(new Visitor(app.server), { nonce: 'n-1', ...parameters }, { username });
}
