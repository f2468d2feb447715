import type { HttpRequest } from '#core/http';
import type { OAuthOptions } from './options.js';

/** Path of the token endpoint. */
const TOKEN_PATH = '/oauth2/token';

/**
 * `iss` of an organization: the URL of its token endpoint, or what `[oauth.oidc.id_token] issuer` says, with the path of
 * the organization before its own.
 */
export function issuerOf({ baseUrl }: Pick<HttpRequest, 'baseUrl'>, options: Pick<OAuthOptions, 'oidc'>): string {
  const { issuer } = options.oidc.id_token;
  if (issuer === undefined) return baseUrl + TOKEN_PATH;
  const { origin, pathname } = new URL(issuer);
  const prefix = new URL(baseUrl).pathname.replace(/\/$/, '');
  // As it is written where nothing has to be put in: an issuer is compared letter by letter.
  return prefix === '' ? issuer : `${origin}${prefix}${pathname.replace(/\/$/, '')}`;
}
