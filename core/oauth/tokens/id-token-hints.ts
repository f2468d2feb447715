import { decodeJwt } from 'jose';
import { inject, injectable } from 'tsyringe';
import { type KeySets, KeySetsToken } from '#core/crypto';
import type { HttpRequest } from '#core/http';
import { token } from '#core/kernel';
import { OAuthError } from '../errors.js';
import { issuerOf } from '../issuer.js';
import { type OAuthOptions, OAuthOptionsToken } from '../options.js';

/** Injection token of the reader of `id_token_hint`. */
export const IdTokenHintsToken = token<IdTokenHints>('oauth.id-token-hints');

/** Client, session and subject of an ID token. */
export interface IdTokenHint {
  readonly clientId: string;
  readonly sessionId: string | undefined;
  readonly subject: string;
}

/** Longest hint that is looked at. */
const MAX_LENGTH = 8192;

/** Reads ID tokens of this server that come back as hints (OpenID Connect Core §3.1.2.1). */
@injectable()
export class IdTokenHints {
  constructor(
    @inject(KeySetsToken) private readonly keys: KeySets,
    @inject(OAuthOptionsToken) private readonly oauth: OAuthOptions,
  ) {}

  /**
   * What a hint says: a signed ID token of this organization, expired or not, or one that was encrypted for it anew.
   *
   * @throws OAuthError `access_denied` when it is no such thing
   */
  async read(hint: string, http: HttpRequest): Promise<IdTokenHint> {
    try {
      if (hint.length > MAX_LENGTH) throw new Error('too long');
      const orgId = http.organization.id;
      const signed = hint.split('.').length === 5 ? await this.keys.decrypt(orgId, hint) : hint;
      // Expired hints are accepted: checked as of the second in which they were issued.
      const issued = new Date(Number(decodeJwt(signed).iat) * 1000);
      const { payload } = await this.keys.verify(orgId, signed, {
        issuer: issuerOf(http, this.oauth),
        currentDate: issued,
        typ: 'JWT',
        requiredClaims: ['sub', 'aud', 'iat', 'exp'],
      });
      const audience = Array.isArray(payload.aud) ? payload.aud[0] : payload.aud;
      return {
        clientId: String(payload['azp'] ?? audience),
        sessionId: typeof payload['sid'] === 'string' ? payload['sid'] : undefined,
        subject: String(payload.sub),
      };
    } catch (cause) {
      throw new OAuthError('access_denied', 'The id_token_hint is not an ID token of this server.', { cause });
    }
  }

  /** `sub` of a hint. @throws OAuthError as {@link read} */
  async subject(hint: string, http: HttpRequest): Promise<string> {
    return (await this.read(hint, http)).subject;
  }
}
