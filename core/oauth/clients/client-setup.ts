import { RemoteKeySettings } from '#core/connections';
import type { SetupContext } from '#core/kernel';
import { IMPLICIT } from '../authorize/implicit.js';
import { ResponseTypeSetToken } from '../authorize/response-type-set.js';
import type { OAuthOptions } from '../options.js';
import { assertionAlgorithms, ClientAssertions, ClientAssertionsToken } from '../token/client-assertions.js';
import {
  ClientAuthentication,
  ClientAuthenticationToken,
  ClientAuthenticators,
  usable,
} from '../token/client-authenticator.js';
import { ClientEncryption, ClientEncryptionToken } from '../token/client-encryption.js';
import { GrantTypes } from '../token/grant-type.js';
import { TokenBindings } from '../token/token-binding.js';
import { TokenIssuers } from '../tokens/token-issuer.js';
import { ClientService, ClientServiceToken } from './client.service.js';
import { ClientKeys, ClientKeysToken, FetchesClientKeysToken } from './client-keys.js';
import { ClientOptionsToken } from './client-options.js';
import { ClientSecrets, ClientSecretsToken } from './client-secrets.js';
import { SectorIdentifiers, SectorIdentifiersToken } from './sector-identifiers.js';

/** Clients: what they can be set to, their keys, how they authenticate. */
export function provideClients(
  { container, extensions, settings }: SetupContext<unknown>,
  options: OAuthOptions,
): void {
  container.provideValue(ClientOptionsToken, {
    grantTypes: () => [
      ...extensions(GrantTypes)
        .all()
        .map(({ grantType, displayName, publicClientAllowed }) => ({
          name: grantType,
          displayName,
          publicClientAllowed,
        })),
      ...(container.get(ResponseTypeSetToken).needs(IMPLICIT.name) ? [IMPLICIT] : []),
    ],
    bindingTypes: () =>
      extensions(TokenBindings)
        .all()
        .map(({ type }) => type),
    assertionAlgorithms: () => assertionAlgorithms(options, extensions(ClientAuthenticators)),
    tokenTypes: () =>
      extensions(TokenIssuers)
        .all()
        .map(({ type }) => type),
    // `none` is not a method to choose: it is what a public client has.
    authenticationMethods: () =>
      usable(extensions(ClientAuthenticators))
        .filter(({ method }) => method !== 'none')
        .map(({ method, displayName }) => ({ name: method, displayName })),
    unavailableMethods: () =>
      extensions(ClientAuthenticators)
        .all()
        .flatMap(({ method, unavailable }) => (unavailable ? [{ name: method, reason: unavailable }] : [])),
  });
  container.provide(ClientSecretsToken, ClientSecrets);
  container.provide(ClientServiceToken, ClientService);
  container.provideValue(FetchesClientKeysToken, settings(RemoteKeySettings).enable);
  container.provide(ClientKeysToken, ClientKeys);
  container.provide(ClientAuthenticationToken, ClientAuthentication);
  container.provide(ClientAssertionsToken, ClientAssertions);
  container.provide(ClientEncryptionToken, ClientEncryption);
  container.provide(SectorIdentifiersToken, SectorIdentifiers);
}
