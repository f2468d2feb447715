import { inject, injectable } from 'tsyringe';
import type { ClaimDialects } from './claim-dialects.js';
import { claimErrors } from './claim-errors.js';
import { type ExternalClaim, type ExternalDialect, LOCAL_DIALECT_URI } from './claim-model.js';
import { differences } from './claim-overlay.js';
import type { ExternalClaimRequest } from './claim-requests.js';
import { checkAdded, checkRemapped } from './external-claim-rules.js';
import { type OrganizationClaims, OrganizationClaimsToken } from './organization-claims.js';

/** Changes of the dialects that map to the local one. */
@injectable()
export class ExternalClaims {
  constructor(@inject(OrganizationClaimsToken) private readonly claims: OrganizationClaims) {}

  /** Adds a dialect. @throws ApiError 400 for what is no URI, 403 below a root organization, 409 when it is there */
  async addDialect(orgId: string, uri: string): Promise<void> {
    await this.#refuseInherited(orgId);
    await this.claims.change({ orgId, action: 'add-claim-dialect', target: uri }, async (dialects) => {
      checkDialectUri(uri, dialects);
      await this.claims.put(orgId, uri, '', {});
    });
  }

  /** Gives a dialect another URI; its claims go with it. @throws ApiError 400, 403, 404, 409 */
  async renameDialect(orgId: string, uri: string, renamed: string): Promise<void> {
    await this.#refuseInherited(orgId);
    await this.claims.change({ orgId, action: 'update-claim-dialect', target: uri }, async (dialects) => {
      const { system, claims } = dialectOf(dialects, uri);
      if (renamed === uri) return;
      if (system) throw claimErrors.system('A dialect that ships cannot be renamed.');
      checkDialectUri(renamed, dialects);
      await this.claims.put(orgId, renamed, '', {});
      for (const claim of claims) {
        await this.claims.put(orgId, renamed, claim.claimURI, differences(claim, undefined));
        await this.claims.erase(orgId, uri, claim.claimURI);
      }
      await this.claims.erase(orgId, uri, '');
    });
  }

  /** Removes a dialect with its claims. @throws ApiError 400 when it ships, 403, 404 */
  async removeDialect(orgId: string, uri: string): Promise<void> {
    await this.#refuseInherited(orgId);
    await this.claims.change({ orgId, action: 'delete-claim-dialect', target: uri }, async (dialects) => {
      if (uri === LOCAL_DIALECT_URI) throw claimErrors.system('The local dialect cannot be removed.');
      const { system, claims } = dialectOf(dialects, uri);
      if (system) throw claimErrors.system('A dialect that ships cannot be removed.');
      for (const claim of claims) await this.claims.erase(orgId, uri, claim.claimURI);
      await this.claims.erase(orgId, uri, '');
    });
  }

  /** Adds a claim to a dialect. @throws ApiError 400 for what cannot be, 403, 404 for the dialect, 409 */
  async add(orgId: string, dialectUri: string, request: ExternalClaimRequest): Promise<void> {
    await this.#refuseInherited(orgId);
    const change = { orgId, action: 'add-external-claim', target: request.claimURI };
    await this.claims.change(change, async (dialects) => {
      const dialect = dialectOf(dialects, dialectUri);
      checkAdded(dialect, request.claimURI, dialects);
      this.#checkMapping(dialect, request, dialects);
      await this.#write(orgId, dialectUri, claimOf(request));
    });
  }

  /** Replaces a claim of a dialect. @throws ApiError 400 for what cannot be, 403, 404, 409 for another URI */
  async replace(orgId: string, dialectUri: string, uri: string, request: ExternalClaimRequest): Promise<void> {
    await this.#refuseInherited(orgId);
    await this.claims.change({ orgId, action: 'update-external-claim', target: uri }, async (dialects) => {
      const dialect = dialectOf(dialects, dialectUri);
      const before = externalOf(dialect, uri);
      if (request.claimURI === '') throw claimErrors.emptyUri();
      if (request.claimURI !== uri) throw claimErrors.otherExternal();
      this.#checkMapping(dialect, request, dialects);
      const claim = claimOf(request);
      checkRemapped(dialect, before, claim);
      await this.#write(orgId, dialectUri, claim);
    });
  }

  /** Removes a claim of a dialect. @throws ApiError 400 when the server needs it, 403, 404 */
  async remove(orgId: string, dialectUri: string, uri: string): Promise<void> {
    await this.#refuseInherited(orgId);
    await this.claims.change({ orgId, action: 'delete-external-claim', target: uri }, async (dialects) => {
      const dialect = dialectOf(dialects, dialectUri);
      checkRemapped(dialect, externalOf(dialect, uri), undefined);
      const ships = this.claims.shipped.localOf(dialectUri, uri) !== undefined;
      if (ships) await this.claims.put(orgId, dialectUri, uri, null);
      else await this.claims.erase(orgId, dialectUri, uri);
    });
  }

  async #refuseInherited(orgId: string): Promise<void> {
    if (await this.claims.inherits(orgId)) throw claimErrors.inherited();
  }

  #checkMapping(dialect: ExternalDialect, request: ExternalClaimRequest, dialects: ClaimDialects): void {
    const { claimURI, mappedLocalClaimURI: local } = request;
    if (local === '') throw claimErrors.emptyMapping();
    if (!dialects.local(local)) throw claimErrors.unknownLocal(local);
    const other = dialect.claims.find((claim) => claim.mappedLocalClaimURI === local && claim.claimURI !== claimURI);
    if (other) throw claimErrors.alreadyMapped(local);
  }

  async #write(orgId: string, dialectUri: string, claim: ExternalClaim): Promise<void> {
    const shipped = this.claims.shipped.external(dialectUri).find(({ claimURI }) => claimURI === claim.claimURI);
    const data = differences(claim, shipped);
    if (shipped && Object.keys(data).length === 0) await this.claims.erase(orgId, dialectUri, claim.claimURI);
    else await this.claims.put(orgId, dialectUri, claim.claimURI, data);
  }
}

function claimOf({ claimURI, mappedLocalClaimURI, properties = [] }: ExternalClaimRequest): ExternalClaim {
  const given = Object.fromEntries(properties.map(({ key, value }) => [key, value]));
  return { claimURI, mappedLocalClaimURI, properties: given, system: false };
}

function checkDialectUri(uri: string, dialects: ClaimDialects): void {
  if (uri === '') throw claimErrors.emptyDialect();
  if (!/^[^\s\p{Cc}\p{Cs}]+$/u.test(uri)) throw claimErrors.invalid('dialectURI: it is a URI, without spaces.');
  if (uri === LOCAL_DIALECT_URI || dialects.dialect(uri)) throw claimErrors.exists(uri);
}

function dialectOf(dialects: ClaimDialects, uri: string): ExternalDialect {
  const dialect = dialects.dialect(uri);
  if (!dialect) throw claimErrors.noDialect(uri);
  return dialect;
}

function externalOf(dialect: ExternalDialect, uri: string): ExternalClaim {
  const claim = dialect.claims.find(({ claimURI }) => claimURI === uri);
  if (!claim) throw claimErrors.noExternal(uri);
  return claim;
}
