import { z } from 'zod';
import { type OAuthOptions, publishedName } from '../options.js';
import type { ClientSettings } from './client-model.js';
import type { ClientOptions } from './client-options.js';
import { ID_TOKEN_ALGORITHMS } from './oidc-inbound-model.js';

const property = z.object({ options: z.array(z.string()), defaultValue: z.string().optional() });
const choice = z.object({ name: z.string(), displayName: z.string() });

/** `OIDCMetaData` of the application management API, with the members that there is something to choose for. */
export const oidcMetadataAnswer = z.object({
  allowedGrantTypes: z.object({ options: z.array(choice.extend({ publicClientAllowed: z.boolean() })) }),
  defaultUserAccessTokenExpiryTime: z.string(),
  defaultApplicationAccessTokenExpiryTime: z.string(),
  defaultRefreshTokenExpiryTime: z.string(),
  defaultIdTokenExpiryTime: z.string(),
  accessTokenType: property,
  accessTokenBindingType: property,
  tokenEndpointAuthMethod: z.object({ options: z.array(choice) }),
  tokenEndpointSignatureAlgorithm: property,
  tokenEndpointAllowReusePvtKeyJwt: z.boolean(),
  idTokenSignatureAlgorithm: property,
  idTokenEncryptionAlgorithm: property,
  idTokenEncryptionMethod: property,
  subjectType: property,
  scopeValidators: property,
});

/** What a client can be set to. An option that does not work is not offered. */
export function oidcMetadata(
  options: ClientOptions,
  usual: ClientSettings,
  { oidc: { id_token: encryption } }: OAuthOptions,
): z.input<typeof oidcMetadataAnswer> {
  const { accessToken, refreshToken, idToken } = usual;
  return {
    allowedGrantTypes: { options: [...options.grantTypes()] },
    defaultUserAccessTokenExpiryTime: String(accessToken.userAccessTokenExpiryInSeconds),
    defaultApplicationAccessTokenExpiryTime: String(accessToken.applicationAccessTokenExpiryInSeconds),
    defaultRefreshTokenExpiryTime: String(refreshToken.expiryInSeconds),
    defaultIdTokenExpiryTime: String(idToken.expiryInSeconds),
    accessTokenType: { options: [...options.tokenTypes()], defaultValue: accessToken.type },
    accessTokenBindingType: { options: ['None', ...options.bindingTypes()], defaultValue: 'None' },
    tokenEndpointAuthMethod: {
      options: [{ name: '', displayName: 'Select Option' }, ...options.authenticationMethods()],
    },
    tokenEndpointSignatureAlgorithm: { options: options.assertionAlgorithms().map(publishedName) },
    tokenEndpointAllowReusePvtKeyJwt: false,
    idTokenSignatureAlgorithm: { options: [...ID_TOKEN_ALGORITHMS], defaultValue: ID_TOKEN_ALGORITHMS[0] },
    idTokenEncryptionAlgorithm: firstOf(encryption.supported_encryption_algorithms),
    idTokenEncryptionMethod: firstOf(encryption.supported_encryption_methods),
    subjectType: { options: ['public', 'pairwise'], defaultValue: usual.subject.subjectType },
    scopeValidators: { options: [] },
  };
}

/** A choice whose first option is the usual one. */
const firstOf = (options: readonly string[]) => ({
  options: [...options],
  ...(options[0] === undefined ? {} : { defaultValue: options[0] }),
});
