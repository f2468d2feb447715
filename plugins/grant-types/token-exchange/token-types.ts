import { type OAuthClient, OAuthError } from '#core/oauth';

/** Names of kinds of tokens (RFC 8693 §3). */
export const TOKEN_TYPES = {
  accessToken: 'urn:ietf:params:oauth:token-type:access_token',
  jwt: 'urn:ietf:params:oauth:token-type:jwt',
  idToken: 'urn:ietf:params:oauth:token-type:id_token',
} as const;

const signedTypes: readonly string[] = [TOKEN_TYPES.accessToken, TOKEN_TYPES.jwt];

/** Applications that run in a browser, by the template that they were made of. */
const BROWSER_TEMPLATES: readonly (string | undefined)[] = [
  'single-page-application',
  '6a90e4b0-fbff-42d7-bfde-1efd98f07cd7',
];

/** What a request says of the kinds of its tokens. */
export interface NamedTypes {
  readonly subject_token_type: string;
  readonly requested_token_type?: string | undefined;
  readonly actor_token?: string | undefined;
  readonly actor_token_type?: string | undefined;
}

/** The kind of the token to issue. Throws OAuthError `invalid_request` for kinds that cannot be exchanged. */
export function issuedTypeOf(given: NamedTypes, client: OAuthClient): string {
  const { subject_token_type: subject, requested_token_type: requested = TOKEN_TYPES.accessToken } = given;
  if (!signedTypes.includes(subject)) throw invalid(`Unsupported subject token type : ${subject} provided`);
  if (!signedTypes.includes(requested)) throw invalid(`Unsupported requested token type : ${requested} provided`);
  if (requested === TOKEN_TYPES.jwt && client.settings.accessToken.type !== 'JWT')
    throw invalid('The application has access tokens that are no JWTs: it cannot request one.');
  if ((given.actor_token === undefined) !== (given.actor_token_type === undefined))
    throw invalid('actor_token and actor_token_type have to stand together.');
  return requested;
}

/** Throws OAuthError `unauthorized_client` for an application that runs in a browser: the exchange is not for those. */
export function refuseBrowserApplication({ settings, application }: OAuthClient): void {
  if (!settings.publicClient || !BROWSER_TEMPLATES.includes(application.settings.templateId)) return;
  throw new OAuthError('unauthorized_client', 'Token exchange is not for single-page applications.');
}

const invalid = (description: string) => new OAuthError('invalid_request', description);
