import { KeySetsToken } from '#core/crypto';
import { ClockToken, type SetupContext } from '#core/kernel';
import { FapiRulesToken } from '../fapi/fapi-rules.js';
import { OAuthOptionsToken } from '../options.js';
import { AccessTokenMakerToken } from '../token/access-token-maker.js';
import { IdTokensToken } from '../token/id-tokens.js';
import { TokenBindingRegistryToken } from '../token/token-binding.js';
import { CodeResponse } from './code-response.js';
import { IdTokenResponse } from './id-token-response.js';
import { jarmModes } from './jarm-modes.js';
import { noneResponse } from './none-response.js';
import { formPostMode, fragmentMode, queryMode } from './response-modes.js';
import { ResponseModes, ResponseTypes } from './responses.js';
import { TokenResponse } from './token-response.js';

/** Contributes the response types and response modes that the room has of its own. */
export function contributeResponses({ container, contribute }: SetupContext<unknown>): void {
  const options = container.get(OAuthOptionsToken);
  const fapi = container.get(FapiRulesToken);
  const types = [
    new CodeResponse(options.token_validation.authorization_code_validity, fapi),
    new TokenResponse(container.get(AccessTokenMakerToken), container.get(TokenBindingRegistryToken)),
    new IdTokenResponse(container.get(IdTokensToken)),
    noneResponse,
  ];
  for (const type of types) contribute(ResponseTypes, type.name, type);
  const signed = jarmModes(container.get(KeySetsToken), container.get(ClockToken), options, fapi);
  for (const mode of [queryMode, fragmentMode, formPostMode, ...signed]) contribute(ResponseModes, mode.name, mode);
}
