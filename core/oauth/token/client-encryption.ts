import { CompactEncrypt } from 'jose';
import { inject, injectable } from 'tsyringe';
import { type Logger, LoggerToken, reasonOf, token } from '#core/kernel';
import type { OAuthClient } from '../clients/client.service.js';
import { type ClientKeys, ClientKeysToken } from '../clients/client-keys.js';
import { OAuthError } from '../errors.js';

/** Injection token of the encryption for clients. */
export const ClientEncryptionToken = token<ClientEncryption>('oauth.client-encryption');

/** How to encrypt (RFC 7518): key management and content encryption. */
export interface EncryptionChoice {
  /** `RSA-OAEP-256` */
  readonly algorithm: string;
  /** `A256GCM`; the contract writes one of them with a plus as well: `A128CBC+HS256`. */
  readonly method: string;
}

/** Encrypts for clients what only they shall read. */
@injectable()
export class ClientEncryption {
  constructor(
    @inject(ClientKeysToken) private readonly keys: ClientKeys,
    @inject(LoggerToken) private readonly logger: Logger,
  ) {}

  /**
   * A JWE in compact form (RFC 7516).
   *
   * @param content a JWT, or JSON
   * @param isJwt whether it is a JWT, which the header then says (RFC 7519 §5.2)
   * @throws OAuthError `server_error` when the client has no key for it; the log says why
   */
  async encrypt(
    client: OAuthClient,
    content: string,
    { algorithm, method }: EncryptionChoice,
    isJwt = true,
  ): Promise<string> {
    const { clientId } = client.entity;
    try {
      const found = await this.keys.encryptionKey(client, algorithm);
      if (!found) throw new Error(`the application has no key for ${algorithm} (use = enc)`);
      const { key, kid } = found;
      return await new CompactEncrypt(new TextEncoder().encode(content))
        .setProtectedHeader({
          alg: algorithm,
          enc: method.replace('+', '-'),
          ...(isJwt ? { typ: 'JWT', cty: 'JWT' } : {}),
          ...(kid === undefined ? {} : { kid }),
        })
        .encrypt(key);
    } catch (cause) {
      // Keys are the client's: whatever is wrong with them is its owner's to mend.
      this.logger.error({ clientId, algorithm, method, reason: reasonOf(cause) }, 'cannot encrypt for a client');
      throw new OAuthError('server_error', 'The application has no usable key to encrypt for it.', { cause });
    }
  }
}
