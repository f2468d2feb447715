import type { StoredClientSettings } from '../clients/client-model.js';
import type { OAuthOptions } from '../options.js';

/** A profile of the Financial-grade API that an application is held to. */
export type FapiProfile = 'FAPI1_ADVANCED' | 'FAPI2_SECURITY';

/** The profile of an application; undefined when it has none, or profiles are not enforced here. */
export function fapiProfileOf(
  { isFAPIApplication, fapiProfile }: Pick<StoredClientSettings, 'isFAPIApplication' | 'fapiProfile'>,
  { oidc: { fapi } }: Pick<OAuthOptions, 'oidc'>,
): FapiProfile | undefined {
  if (!fapi.enable_validation) return undefined;
  if (fapi.enable_security_profile) return 'FAPI2_SECURITY';
  if (!isFAPIApplication) return undefined;
  return fapiProfile === '' ? 'FAPI1_ADVANCED' : fapiProfile;
}

/** Token bindings by which a token is good only for whoever holds a key. */
export const SENDER_CONSTRAINTS: readonly string[] = ['certificate', 'DPoP'];
