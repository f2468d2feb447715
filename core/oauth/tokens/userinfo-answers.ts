import { inject, injectable } from 'tsyringe';
import { type KeySets, KeySetsToken } from '#core/crypto';
import type { HttpRequest, Reply } from '#core/http';
import { type Soon, token } from '#core/kernel';
import type { OAuthClient } from '../clients/client.service.js';
import { issuerOf } from '../issuer.js';
import { jwaName, type OAuthOptions, OAuthOptionsToken } from '../options.js';
import { type ClientEncryption, ClientEncryptionToken } from '../token/client-encryption.js';

/** Injection token of the forms of userinfo answers. */
export const UserInfoAnswersToken = token<UserInfoAnswers>('oauth.userinfo-answers');

/** Algorithms by which this server signs. */
const SIGNING = ['RS256', 'PS256', 'ES256'];
/** Content encryption when the client has only chosen key management (OpenID Connect Registration §2). */
const USUAL_METHOD = 'A128CBC-HS256';

/**
 * Answers of userinfo as JSON, or as a JWT that is signed, encrypted, or both (OpenID Connect Core §5.3.2): as the
 * client has registered it, else as `[oauth.oidc.user_info]` says.
 */
@injectable()
export class UserInfoAnswers {
  constructor(
    @inject(KeySetsToken) private readonly keys: KeySets,
    @inject(ClientEncryptionToken) private readonly encryption: ClientEncryption,
    @inject(OAuthOptionsToken) private readonly options: OAuthOptions,
  ) {}

  /** The answer with these claims. Throws OAuthError when there is no key to encrypt with. */
  of(client: OAuthClient, http: HttpRequest, claims: Readonly<Record<string, unknown>>): Soon<Reply> {
    const signing = this.#signingOf(client);
    const { userinfo_encrypted_response_alg: algorithm } = client.settings.registration ?? {};
    if (signing === undefined && !algorithm) return { status: 200, json: claims };
    return this.#protected(client, http, claims, signing);
  }

  async #protected(
    client: OAuthClient,
    http: HttpRequest,
    claims: object,
    signing: string | undefined,
  ): Promise<Reply> {
    const { userinfo_encrypted_response_alg: algorithm, userinfo_encrypted_response_enc: method } =
      client.settings.registration ?? {};
    const signed = signing === undefined ? undefined : await this.#signed(client, http, claims, signing);
    if (typeof algorithm === 'string' && algorithm !== '') {
      const choice = { algorithm, method: typeof method === 'string' && method !== '' ? method : USUAL_METHOD };
      const content = signed ?? JSON.stringify(claims);
      return asJwt(await this.encryption.encrypt(client, content, choice, signed !== undefined));
    }
    return signed === undefined ? { status: 200, json: claims } : asJwt(signed);
  }

  #signed(client: OAuthClient, http: HttpRequest, claims: object, alg: string): Promise<string> {
    const about = { iss: issuerOf(http, this.options), aud: client.entity.clientId };
    return this.keys.sign(http.organization.id, { alg, typ: 'JWT' }, { ...claims, ...about });
  }

  /** Undefined: not signed. */
  #signingOf({ settings }: OAuthClient): string | undefined {
    const chosen = settings.registration?.['userinfo_signed_response_alg'];
    if (typeof chosen === 'string' && SIGNING.includes(jwaName(chosen))) return jwaName(chosen);
    return this.options.oidc.user_info.response_type === 'jwt' ? this.options.userInfoAlgorithm : undefined;
  }
}

const asJwt = (text: string): Reply => ({ status: 200, text, headers: { 'Content-Type': 'application/jwt' } });
