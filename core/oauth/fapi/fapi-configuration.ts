import type { StoredClientSettings } from '../clients/client-model.js';
import { jwaName, type OAuthOptions } from '../options.js';
import { fapiProfileOf, SENDER_CONSTRAINTS } from './fapi-profile.js';

/** What contradicts the FAPI profile of a configuration, as `member: why`; undefined when nothing does. What is left open is chosen to fit later. */
export function fapiContradiction(settings: StoredClientSettings, options: OAuthOptions): string | undefined {
  const profile = fapiProfileOf(settings, options);
  // The switch for every application is the operator's: it does not make stored configurations wrong.
  if (!profile || !settings.isFAPIApplication) return undefined;
  const { clientAuthentication, accessToken, idToken, requestObject, grantTypes, pkce, hybridFlow } = settings;
  const { allowed_signature_algorithms: algorithms, allowed_client_authentication_methods: methods } =
    options.oidc.fapi;
  const named = (member: string, value: string, allowed: readonly string[]) =>
    value === '' || allowed.includes(jwaName(value)) ? undefined : `${member}: ${profile} allows ${allowed.join(', ')}`;
  const grant = grantTypes.find((name) => name === 'password' || name === 'implicit');
  const isSecond = profile === 'FAPI2_SECURITY';
  const problems = [
    settings.publicClient ? `publicClient: ${profile} is for confidential clients` : undefined,
    named('clientAuthentication.tokenEndpointAuthMethod', clientAuthentication.tokenEndpointAuthMethod, methods),
    named(
      'clientAuthentication.tokenEndpointAuthSigningAlg',
      clientAuthentication.tokenEndpointAuthSigningAlg,
      algorithms,
    ),
    named('idToken.idTokenSignedResponseAlg', idToken.idTokenSignedResponseAlg ?? '', algorithms),
    named('requestObject.requestObjectSigningAlg', requestObject.requestObjectSigningAlg, algorithms),
    named('accessToken.bindingType', accessToken.bindingType, ['None', ...SENDER_CONSTRAINTS]),
    grant === undefined ? undefined : `grantTypes: ${profile} has no ${grant}`,
    isSecond && hybridFlow.enable ? `hybridFlow.enable: ${profile} has only the response type code` : undefined,
    isSecond && pkce.supportPlainTransformAlgorithm
      ? `pkce.supportPlainTransformAlgorithm: ${profile} wants S256`
      : undefined,
  ];
  return problems.find((problem) => problem !== undefined);
}
