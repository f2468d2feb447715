import type { HttpRequest } from '#core/http';
import { IMPLICIT } from '../authorize/implicit.js';
import type { ClientService, OAuthClient } from '../clients/client.service.js';
import { OAuthError } from '../errors.js';
import type { ClientAuthentication } from '../token/client-authenticator.js';

/** By what a client says that it authenticates, well or badly. */
const PROOFS = ['client_secret', 'client_assertion', 'client_assertion_type'];

/**
 * The client that wants a token revoked. Applications with the implicit grant run where no secret can be kept: they may
 * just name themselves. Whoever has one of their tokens could do worse with it than to end it.
 *
 * @throws OAuthError `invalid_client`, with one description for whatever is wrong
 */
export async function revokingClient(
  http: HttpRequest,
  authentication: ClientAuthentication,
  clients: ClientService,
): Promise<OAuthClient> {
  try {
    return await authentication.authenticate(http, http.form);
  } catch (error) {
    if (!(error instanceof OAuthError) || error.code !== 'invalid_client') throw error;
    const named = await clientThatNamesItself(http, clients);
    if (named) return named;
    throw new OAuthError('invalid_client', 'Client Authentication failed.', { cause: error });
  }
}

async function clientThatNamesItself(http: HttpRequest, clients: ClientService): Promise<OAuthClient | undefined> {
  const clientId = http.form.get('client_id');
  if (!clientId || http.headers.authorization !== undefined || PROOFS.some((name) => http.form.has(name)))
    return undefined;
  const client = await clients.find(http.organization.id, clientId);
  const isGood = client?.entity.state === 'ACTIVE' && client.application.settings.applicationEnabled;
  return isGood && client.settings.grantTypes.includes(IMPLICIT.name) ? client : undefined;
}
