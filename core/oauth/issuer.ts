import type { HttpRequest } from '#core/http';

/** Path of the token endpoint. */
const TOKEN_PATH = '/oauth2/token';

/** `iss` of an organization: the URL of its token endpoint. */
export const issuerOf = (http: Pick<HttpRequest, 'baseUrl'>): string => http.baseUrl + TOKEN_PATH;
