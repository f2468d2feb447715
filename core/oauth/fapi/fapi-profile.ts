import type { StoredClientSettings } from '../clients/client-model.js';
import type { OAuthOptions } from '../options.js';
import type { OrganizationFapi } from './organization-fapi.js';

/** A profile of the Financial-grade API that an application is held to. */
export type FapiProfile = 'FAPI1_ADVANCED' | 'FAPI2_SECURITY';

/**
 * The profile of an application; undefined when it has none, or profiles are not enforced here.
 *
 * @param organization what its organization says, which goes before what the operator says
 */
export function fapiProfileOf(
  { isFAPIApplication, fapiProfile }: Pick<StoredClientSettings, 'isFAPIApplication' | 'fapiProfile'>,
  { oidc: { fapi } }: Pick<OAuthOptions, 'oidc'>,
  organization: OrganizationFapi = {},
): FapiProfile | undefined {
  const { enabled, supportedProfiles = [] } = organization;
  const chosen = fapiProfile === '' ? 'FAPI1_ADVANCED' : fapiProfile;
  if (enabled) return isFAPIApplication && supportedProfiles.includes(chosen) ? chosen : supportedProfiles[0];
  if (!fapi.enable_validation) return undefined;
  if (fapi.enable_security_profile && enabled === undefined) return 'FAPI2_SECURITY';
  return isFAPIApplication ? chosen : undefined;
}

/** Token bindings by which a token is good only for whoever holds a key. */
export const SENDER_CONSTRAINTS: readonly string[] = ['certificate', 'DPoP'];
