import type { KeySets } from '#core/crypto';
import type { Clock } from '#core/kernel';
import type { FapiRules } from '../fapi/fapi-rules.js';
import { issuerOf } from '../issuer.js';
import type { OAuthOptions } from '../options.js';
import { formPostMode, fragmentMode, queryMode } from './response-modes.js';
import type { Answer, ResponseMode } from './responses.js';

/** Type of the JWTs (RFC 8725 §3.11): none is ever taken for an ID token or an access token. */
const TYPE = 'oauth-authz-resp+jwt';

/** Response modes whose answers are one signed JWT in the parameter `response` (JARM), as far as they are switched on. */
export function jarmModes(keys: KeySets, clock: Clock, options: OAuthOptions, fapi: FapiRules): ResponseMode[] {
  const { enable, jwt, query_jwt, fragment_jwt, form_post_jwt, jarm_response_jwt_validity: lifetime } = options.jarm;
  if (!enable) return [];
  const mode = (name: string, carrier: ResponseMode): ResponseMode => ({
    name,
    async render(answer) {
      const claims = claimsOf(answer, Math.floor((clock.now() + lifetime) / 1000), options);
      const header = { alg: algorithmOf(answer, options, fapi), typ: TYPE };
      const response = await keys.sign(answer.http.organization.id, header, claims);
      return carrier.render({ ...answer, parameters: { response } });
    },
  });
  const queryJwt = { ...mode('query.jwt', queryMode), refusesTokens: 'invalid.response.type.for.query.jwt' };
  return [
    // In the query for a code, in the fragment for tokens: what the carrier does by itself.
    ...(jwt.enable ? [mode('jwt', queryMode)] : []),
    ...(query_jwt.enable ? [queryJwt] : []),
    ...(fragment_jwt.enable ? [mode('fragment.jwt', fragmentMode)] : []),
    ...(form_post_jwt.enable ? [mode('form_post.jwt', formPostMode)] : []),
  ];
}

/** Claims of the JWT (JARM §2.1). @param exp seconds since the epoch */
const claimsOf = ({ client, parameters, http }: Answer, exp: number, options: OAuthOptions) => ({
  ...parameters,
  iss: issuerOf(http, options),
  aud: client.entity.clientId,
  exp,
});

/** That of the client's ID tokens; an answer is always signed, also for those who want no signature there. */
function algorithmOf({ client }: Answer, { clientDefaults }: OAuthOptions, fapi: FapiRules): string {
  const chosen = fapi.idTokenAlgorithm(client);
  return chosen === 'none' ? clientDefaults.idTokenSignedResponseAlg : chosen;
}
