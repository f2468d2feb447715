import { v4 as uuid } from 'uuid';
import { randomToken, sha256Hex } from '#core/crypto';
import type { Clock } from '#core/kernel';
import { grantRefs } from '../tokens/grants.js';
import { type CodeRecord, KINDS, methodsOf } from '../tokens/records.js';
import type { Authorization, ResponsePart, ResponseType } from './responses.js';

/** `response_type=code` (RFC 6749 §4.1.2). */
export class CodeResponse implements ResponseType {
  readonly name = 'code';
  readonly grantType = 'authorization_code';
  readonly defaultMode = 'query';

  constructor(
    private readonly clock: Clock,
    private readonly lifetimeMs: number,
  ) {}

  async respond({
    http,
    client,
    authorize,
    session,
    user,
    scopes,
    consentedClaims,
  }: Authorization): Promise<ResponsePart> {
    const now = this.clock.now();
    const code = randomToken();
    const authentication = { time: session.authenticatedAt, methods: methodsOf(session.passed), sessionId: session.id };
    const record: CodeRecord = {
      grantId: uuid(),
      grant: {
        clientId: client.entity.clientId,
        userId: user.id,
        scopes,
        authentication,
        consentedClaims,
        wantsAuthTime: authorize.maxAge !== undefined,
        createdAt: now,
      },
      redirectUri: authorize.redirectUri,
      nonce: authorize.nonce,
      codeChallenge: authorize.codeChallenge,
      codeChallengeMethod: authorize.codeChallengeMethod,
    };
    const entry = {
      orgId: http.organization.id,
      kind: KINDS.code,
      id: sha256Hex(code),
      value: record,
      expiresAt: now + this.lifetimeMs,
      refs: grantRefs(record.grant),
    };
    return { parameters: { code }, changes: [{ put: entry }] };
  }
}
