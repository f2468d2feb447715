import { inject, injectable } from 'tsyringe';
import { type ClaimCatalog, ClaimCatalogToken } from '#core/users';
import { certificateOf } from './certificates.js';
import { providerErrors } from './errors.js';
import type { ProviderContent } from './identity-provider-model.js';

/** What fits into a text column of every database, with room for what is written in more than one byte. */
const MAX_BYTES = 60_000;

/** What has to be true of an identity provider beyond the shape of the request. */
@injectable()
export class ProviderRules {
  constructor(@inject(ClaimCatalogToken) private readonly catalog: ClaimCatalog) {}

  /** @throws ApiError IDP-60025, IDP-60030 to IDP-60036, IDP-60098 for what cannot be */
  async check(orgId: string, content: ProviderContent): Promise<void> {
    if (content.name.toUpperCase() === 'LOCAL') throw providerErrors.reservedName(content.name);
    await this.#checkClaims(orgId, content.claims);
    for (const [index, certificate] of (content.certificate.certificates ?? []).entries())
      if (!certificateOf(certificate)) throw providerErrors.certificate(index);
    const size = Buffer.byteLength(JSON.stringify(content));
    if (size > MAX_BYTES)
      throw providerErrors.invalid(`The identity provider is too large: ${size} of ${MAX_BYTES} bytes.`);
  }

  async #checkClaims(orgId: string, { userIdClaim, roleClaim, mappings }: ProviderContent['claims']): Promise<void> {
    const dialects = await this.catalog.of(orgId);
    const isLocal = (uri: string) => dialects.local(uri) !== undefined;
    const unknown = mappings.find(({ localClaim }) => !isLocal(localClaim.uri));
    if (unknown) throw providerErrors.claimNotLocal(unknown.localClaim.uri);
    if (new Set(mappings.map(({ localClaim }) => localClaim.uri)).size < mappings.length)
      throw providerErrors.invalid('Two claim mappings have the same local claim.');
    const isMapped = (uri: string) => mappings.some(({ idpClaim }) => idpClaim === uri);
    const named = [
      [userIdClaim?.uri, providerErrors.userIdClaimNotMapped, providerErrors.userIdClaimNotLocal],
      [roleClaim?.uri, providerErrors.roleClaimNotMapped, providerErrors.roleClaimNotLocal],
    ] as const;
    for (const [uri, notMapped, notLocal] of named) {
      if (uri === undefined) continue;
      if (mappings.length > 0 && !isMapped(uri)) throw notMapped(uri);
      if (mappings.length === 0 && !isLocal(uri)) throw notLocal(uri);
    }
  }
}
