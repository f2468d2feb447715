import { type ClientAuthenticator, OAuthError } from '#core/oauth';

/** One half of the credentials: form-encoded before it was put into the header (RFC 6749 §2.3.1). */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part.replaceAll('+', ' '));
  } catch {
    return part;
  }
}

/** `Authorization: Basic` with client id and secret. */
export const clientSecretBasic: ClientAuthenticator = {
  method: 'client_secret_basic',
  displayName: 'Client Secret Basic',
  detect(request, parameters) {
    const header = request.headers.authorization;
    if (header === undefined || !/^basic /i.test(header)) return undefined;
    const text = Buffer.from(header.slice(6).trim(), 'base64').toString('utf8');
    const colon = text.indexOf(':');
    if (colon < 1) throw new OAuthError('invalid_client', 'Client ID not found in the request.');
    const clientId = decoded(text.slice(0, colon));
    if (parameters.has('client_secret'))
      throw new OAuthError('invalid_request', 'Request body and headers contain authorization information');
    const other = parameters.get('client_id');
    if (other !== null && other !== clientId)
      throw new OAuthError('invalid_request', 'The client ids of header and body differ.');
    return { clientId, secret: decoded(text.slice(colon + 1)) };
  },
  verify: (client, { secret }, clients) =>
    !client.settings.publicClient && clients.verifySecret(client.entity, secret ?? ''),
};
