import {
  type CompactJWSHeaderParameters,
  compactVerify,
  createLocalJWKSet,
  errors,
  exportJWK,
  type JWTPayload,
  type JWTVerifyGetKey,
} from 'jose';
import { type Clock, GatehouseError, token } from '#core/kernel';
import { certificateOf } from './certificates.js';
import type { IdentityProviderEntity } from './identity-provider.entity.js';
import { KeySetError, type RemoteKeySets } from './remote-key-sets.js';
import { tryKeys } from './trial.js';

/** Injection token of the keys of identity providers. */
export const IssuerKeysToken = token<IssuerKeys>('connections.issuer-keys');

/** What tokens may be signed with: public keys only (RFC 8725 §3.1, §3.2). */
export const ISSUER_ALGORITHMS: readonly string[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** A JWT cannot be taken as one of the identity provider. The message is public; the cause is not. */
export class IssuerSignatureError extends GatehouseError {
  override readonly name = 'IssuerSignatureError';

  /**
   * @param reason `malformed`: it is no signed JWT; `algorithm`: it is signed in a way that is not allowed; `no_keys`:
   *   there are no keys to check it with; `signature`: none of them fits
   */
  constructor(
    readonly reason: 'malformed' | 'algorithm' | 'no_keys' | 'signature',
    message: string,
    options?: ErrorOptions,
  ) {
    super(`issuer_${reason}`, message, options);
  }
}

/** A JWT whose signature is that of its issuer. Nothing is known yet of when and for whom it was meant. */
export interface SignedByIssuer {
  readonly header: CompactJWSHeaderParameters;
  /** `iss` is that of the identity provider. All other claims are still to be checked. */
  readonly claims: JWTPayload;
}

/** How keys are come by. */
export interface IssuerKeyOptions {
  /** `[oauth.jwks_endpoint] enable` */
  readonly remote: boolean;
  /** `[oauth.jwks_endpoint] enforce_certificate_expiry_time_validity` */
  readonly validCertificatesOnly: boolean;
}

/** Checks signatures of identity providers: by the keys at their address, else by their certificates. */
export class IssuerKeys {
  constructor(
    private readonly remote: RemoteKeySets,
    private readonly clock: Clock,
    private readonly options: IssuerKeyOptions,
  ) {}

  /**
   * Checks that an identity provider has signed a JWT, and nothing else: who calls it has to check `aud`, `exp`, `nbf`
   * and whatever else its protocol asks for.
   *
   * @throws IssuerSignatureError
   */
  async verify(
    idp: Pick<IdentityProviderEntity, 'name' | 'issuer' | 'settings'>,
    jwt: string,
  ): Promise<SignedByIssuer> {
    const { payload, protectedHeader } = await this.#checked(idp, jwt);
    const claims = claimsIn(payload);
    // With `b64: false` (RFC 7797) it is no JWT, whatever is in it.
    if (!claims || protectedHeader.b64 === false) throw malformed();
    if (claims.iss !== (idp.issuer ?? idp.name))
      throw new IssuerSignatureError('signature', 'The token names another issuer.');
    return { header: protectedHeader, claims };
  }

  async #checked({ settings }: Pick<IdentityProviderEntity, 'settings'>, jwt: string) {
    const check = (key: JWTVerifyGetKey) => compactVerify(jwt, key, { algorithms: [...ISSUER_ALGORITHMS] });
    const { jwksUri, certificates = [] } = settings.certificate;
    try {
      if (this.options.remote && jwksUri !== undefined) return await this.remote.verify(jwksUri, check);
      const getKey = await this.#keysIn(certificates);
      return await tryKeys(getKey, check);
    } catch (error) {
      throw asSignatureError(error);
    }
  }

  /** Keys of certificates, whatever name of a key the token says. */
  async #keysIn(certificates: readonly string[]): Promise<JWTVerifyGetKey> {
    const now = this.clock.now();
    const usable = certificates.flatMap((text) => {
      const certificate = certificateOf(text);
      if (!certificate) return [];
      const isValid = Date.parse(certificate.validFrom) <= now && now < Date.parse(certificate.validTo);
      return isValid || !this.options.validCertificatesOnly ? [certificate.publicKey] : [];
    });
    if (usable.length === 0) {
      const why = certificates.length === 0 ? 'it has no keys' : 'none of its certificates is valid at present';
      throw new IssuerSignatureError('no_keys', `The signature of the identity provider cannot be checked: ${why}.`);
    }
    const keys = createLocalJWKSet({ keys: await Promise.all(usable.map((key) => exportJWK(key))) });
    return ({ kid: _, ...header }, token) => keys(header, token);
  }
}

function claimsIn(payload: Uint8Array): JWTPayload | undefined {
  try {
    const claims = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload)) as unknown;
    return typeof claims === 'object' && claims !== null && !Array.isArray(claims) ? (claims as JWTPayload) : undefined;
  } catch {
    return undefined;
  }
}

const malformed = (cause?: unknown) =>
  new IssuerSignatureError('malformed', 'The token is not a signed JSON Web Token.', { cause });

function asSignatureError(cause: unknown): unknown {
  if (cause instanceof IssuerSignatureError) return cause;
  if (cause instanceof KeySetError)
    return new IssuerSignatureError('no_keys', 'The keys of the identity provider cannot be had at present.', {
      cause,
    });
  if (cause instanceof errors.JOSEAlgNotAllowed || cause instanceof errors.JOSENotSupported)
    return new IssuerSignatureError('algorithm', 'The token is signed in a way that is not allowed.', { cause });
  if (cause instanceof errors.JWSInvalid || cause instanceof errors.JWTInvalid) return malformed(cause);
  if (cause instanceof errors.JOSEError)
    return new IssuerSignatureError('signature', 'The signature of the token is not that of its issuer.', { cause });
  return cause;
}
