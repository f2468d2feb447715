import type { Registry } from '#core/kernel';
import type { OAuthClient } from '../clients/client.service.js';
import { splitList } from '../clients/oidc-inbound-rules.js';
import type { OAuthOptions } from '../options.js';
import { IMPLICIT } from './implicit.js';
import type { ResponseTypeCombination } from './response-type-set.js';
import type { ResponseMode } from './responses.js';
import { UntrustedRequestError } from './untrusted-request.js';

/** Whether the grants of a client cover a response type. Throws UntrustedRequestError. */
export function checkGrants(responseType: ResponseTypeCombination, { settings }: OAuthClient): void {
  const { grantTypes, publicClient } = settings;
  const usable = grantTypes.filter((name) => name !== IMPLICIT.name || !publicClient || IMPLICIT.publicClientAllowed);
  if (!responseType.grantTypes.some((name) => usable.includes(name)))
    throw new UntrustedRequestError('unauthorized_client', 'not.authorized.to.use.requested.grant.type');
}

/** Whether a client has allowed a hybrid response type. Throws UntrustedRequestError. */
export function checkHybrid(
  responseType: ResponseTypeCombination,
  { settings: { hybridFlow } }: OAuthClient,
  options: OAuthOptions,
): void {
  if (!responseType.isHybrid || !options.oidc.enable_hybrid_flow_app_level_validation) return;
  const allowed =
    hybridFlow.enable && splitList(hybridFlow.responseType).some((type) => isSame(type, responseType.name));
  if (!allowed)
    throw new UntrustedRequestError(
      'invalid_client',
      `The application does not allow the hybrid response type ${responseType.name}.`,
    );
}

/** The response mode of a request: the one that it names, or the usual one. Throws UntrustedRequestError. */
export function chosenMode(
  named: string | null,
  { defaultMode }: ResponseTypeCombination,
  modes: Registry<ResponseMode>,
): string {
  const mode = modes.find(named ?? defaultMode);
  if (!mode) throw new UntrustedRequestError('invalid_request', 'Invalid response_mode parameter value');
  if (mode.refusesTokens !== undefined && defaultMode === 'fragment')
    throw new UntrustedRequestError('invalid_request', mode.refusesTokens);
  return mode.name;
}

/** Whether two names mean the same response types, in whatever order. */
const isSame = (a: string, b: string): boolean => sorted(a) === sorted(b);

const sorted = (name: string): string => name.split(' ').sort().join(' ');
