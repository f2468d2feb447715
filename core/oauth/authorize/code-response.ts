import { randomToken, sha256Hex } from '#core/crypto';
import type { FapiRules } from '../fapi/fapi-rules.js';
import { codeRef, grantRefs } from '../tokens/grants.js';
import { type CodeRecord, KINDS } from '../tokens/records.js';
import type { Authorization, ResponsePart, ResponseType } from './responses.js';

/** `response_type=code` (RFC 6749 §4.1.2). */
export class CodeResponse implements ResponseType {
  readonly name = 'code';
  readonly grantTypes = ['authorization_code'];
  readonly answersInFragment = false;

  constructor(
    private readonly lifetimeMs: number,
    private readonly fapi: FapiRules,
  ) {}

  async respond({ http, client, authorize, grantId, grant, now }: Authorization): Promise<ResponsePart> {
    const code = randomToken();
    const { redirectUri, nonce, codeChallenge, codeChallengeMethod, dpopJkt, requestedActor } = authorize;
    const record: CodeRecord = {
      grantId,
      grant,
      redirectUri,
      nonce,
      codeChallenge,
      codeChallengeMethod,
      dpopJkt,
      requestedActor,
    };
    const entry = {
      orgId: http.organization.id,
      kind: KINDS.code,
      id: sha256Hex(code),
      value: record,
      expiresAt: now + this.fapi.codeLifetime(client, this.lifetimeMs),
      // With a token in the same answer, what ends the grant has to find the code too: redeeming it would revive the grant.
      refs: [...grantRefs(grant), ...(authorize.responseType.split(' ').includes('token') ? [codeRef(grantId)] : [])],
    };
    return { parameters: { code }, changes: [{ put: entry }] };
  }
}
