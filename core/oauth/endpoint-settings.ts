import { z } from 'zod';
import type { HttpRequest } from '#core/http';
import { refused } from './setting-kinds.js';

/** An address of the operator's own, or a path below each organization. */
const place = z
  .string()
  .regex(/^(\/(?!\/)|https?:\/\/[^/])\S*$/, 'neither a path that begins with / nor an http(s) address')
  .refine((text) => !text.includes('#'), 'an address without a fragment');

const page = (path: string, text: string) => place.default(path).describe(text);
const url = (text: string) =>
  place.optional().describe(`${text}, as discovery names it; its usual address when absent`);

/** `[oauth.endpoints]` */
export const endpoints = z.strictObject({
  oauth2_error_page: page(
    '/authenticationendpoint/oauth2_error.do',
    'Page for errors that do not go to an application, with oauthErrorCode and oauthErrorMsg',
  ),
  oauth2_consent_page: page('/authenticationendpoint/oauth2_authz.do', 'Page for consent to requests without openid'),
  oidc_consent_page: page('/authenticationendpoint/oauth2_consent.do', 'Page for consent to requests with openid'),
  oidc_logout_consent_page: page(
    '/authenticationendpoint/oauth2_logout_consent.do',
    'Page that asks before a logout, with sessionDataKey',
  ),
  oidc_logout_page: page('/authenticationendpoint/oauth2_logout.do', 'Page after a logout that returns nowhere'),
  oauth2_authz_url: url('Authorization endpoint'),
  oauth2_token_url: url('Token endpoint'),
  oauth2_par_url: url('Endpoint for pushed authorization requests'),
  oauth2_revoke_url: url('Revocation endpoint'),
  oauth2_introspect_url: url('Introspection endpoint'),
  oauth2_user_info_url: url('Userinfo endpoint'),
  oauth2_jwks_url: url('Public keys'),
  oauth2_dcr_url: url('Client registration endpoint'),
  oauth2_device_authz_url: url('Device authorization endpoint'),
  oidc_check_session_url: url('Session check iframe'),
  oidc_logout_url: url('Logout endpoint'),
  oidc_discovery_url: refused('the discovery document is always below the issuer'),
});

/** The parsed `[oauth.endpoints]`. */
export type EndpointSettings = z.output<typeof endpoints>;

/** Which member of the discovery document each key names. */
const MEMBERS: Readonly<Record<string, keyof EndpointSettings>> = {
  authorization_endpoint: 'oauth2_authz_url',
  token_endpoint: 'oauth2_token_url',
  pushed_authorization_request_endpoint: 'oauth2_par_url',
  revocation_endpoint: 'oauth2_revoke_url',
  introspection_endpoint: 'oauth2_introspect_url',
  userinfo_endpoint: 'oauth2_user_info_url',
  jwks_uri: 'oauth2_jwks_url',
  registration_endpoint: 'oauth2_dcr_url',
  device_authorization_endpoint: 'oauth2_device_authz_url',
  check_session_iframe: 'oidc_check_session_url',
  end_session_endpoint: 'oidc_logout_url',
};

type Based = Pick<HttpRequest, 'baseUrl'>;

const absolute = (configured: string, { baseUrl }: Based): string =>
  configured.startsWith('/') ? baseUrl + configured : configured;

/** Address of a page with its query. */
export function pageAddress(configured: string, query: URLSearchParams, http: Based): string {
  const address = absolute(configured, http);
  return query.size === 0 ? address : `${address}${address.includes('?') ? '&' : '?'}${query}`;
}

/** A discovery document in which the endpoints that the operator has elsewhere stand where they are. */
export function withConfiguredEndpoints(
  document: Readonly<Record<string, unknown>>,
  configured: EndpointSettings,
  http: Based,
): Record<string, unknown> {
  const moved = Object.entries(MEMBERS).flatMap(([member, key]) => {
    const there = configured[key];
    return there === undefined || document[member] === undefined ? [] : [[member, absolute(there, http)]];
  });
  return { ...document, ...Object.fromEntries(moved) };
}
