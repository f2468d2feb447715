import { isDeepStrictEqual } from 'node:util';
import { inject, injectable } from 'tsyringe';
import { type Registry, token } from '#core/kernel';
import { type SecondaryStores, SecondaryStoresToken } from '../stores/user-stores.js';
import type { ClaimDialects } from './claim-dialects.js';
import { claimErrors } from './claim-errors.js';
import { LOCAL_DIALECT_URI, type LocalClaim } from './claim-model.js';
import { differences } from './claim-overlay.js';
import type { LocalClaimRequest } from './claim-requests.js';
import { type ClaimUse, ClaimUsesToken } from './claim-uses.js';
import { checkedLocal, checkOwnUri } from './local-claim-checks.js';
import { type OrganizationClaims, OrganizationClaimsToken } from './organization-claims.js';

/** Injection token of the changes of local claims. */
export const LocalClaimsToken = token<LocalClaims>('users.local-claims');

/** Changes of the local dialect of organizations. */
@injectable()
export class LocalClaims {
  constructor(
    @inject(OrganizationClaimsToken) private readonly claims: OrganizationClaims,
    @inject(SecondaryStoresToken) private readonly stores: SecondaryStores,
    @inject(ClaimUsesToken) private readonly uses: Registry<ClaimUse>,
  ) {}

  /**
   * Adds a claim.
   *
   * @throws ApiError 400 for what cannot be, 403 below a root organization, 409 when it is there
   */
  async add(orgId: string, request: LocalClaimRequest): Promise<LocalClaim> {
    if (await this.claims.inherits(orgId)) throw claimErrors.inherited();
    const stores = await this.#stores(orgId);
    const change = { orgId, action: 'add-local-claim', target: request.claimURI };
    return this.claims.change(change, async (dialects) => {
      checkOwnUri(request.claimURI, dialects);
      const claim = checkedLocal(request, undefined, dialects, stores);
      await this.#write(orgId, claim);
      return claim;
    });
  }

  /**
   * Replaces a claim.
   *
   * @throws ApiError 400 for what cannot be, 403 below a root organization, 404 when there is none, 409 for another URI
   */
  async replace(orgId: string, uri: string, request: LocalClaimRequest): Promise<void> {
    if (await this.claims.inherits(orgId)) throw await this.#inherited(orgId, uri, request);
    const stores = await this.#stores(orgId);
    await this.claims.change({ orgId, action: 'update-local-claim', target: uri }, async (dialects) => {
      const before = found(dialects, uri);
      if (request.claimURI === '') throw claimErrors.emptyUri();
      if (request.claimURI !== uri) throw claimErrors.otherLocal();
      await this.#write(orgId, checkedLocal(request, before, dialects, stores));
    });
  }

  /**
   * Removes a claim; values that users have of it stay where they are, out of sight.
   *
   * @throws ApiError 400 when it ships or is in use, 403 below a root organization, 404 when there is none
   */
  async remove(orgId: string, uri: string): Promise<void> {
    if (await this.claims.inherits(orgId)) throw claimErrors.inherited();
    await this.claims.change({ orgId, action: 'delete-local-claim', target: uri }, async (dialects) => {
      if (found(dialects, uri).system) throw claimErrors.system('A claim that ships cannot be removed.');
      const mapped = dialects.externalOf(uri);
      if (mapped.length > 0) throw claimErrors.mapped(mapped.map(({ claimURI }) => claimURI));
      const whole = dialects.locals.find(({ subAttributes }) => subAttributes.includes(uri));
      if (whole) throw claimErrors.system(`It is a sub-attribute of ${whole.claimURI}.`);
      for (const use of this.uses.all()) {
        const name = await use.find(orgId, uri);
        if (name !== undefined) throw claimErrors.used(use.by, name);
      }
      await this.claims.erase(orgId, LOCAL_DIALECT_URI, uri);
    });
  }

  /** Sets the attributes that a user store has for claims; called when stores are made, changed and removed. */
  async mapAttributes(orgId: string, domain: string, attributes: ReadonlyMap<string, string>): Promise<void> {
    const change = { orgId, action: 'update-attribute-mapping', target: domain };
    await this.claims.change(change, async (dialects) => {
      for (const claim of dialects.locals) {
        const { [domain]: before, ...others } = claim.attributes;
        const wanted = attributes.get(claim.claimURI);
        if (wanted === before) continue;
        await this.#write(orgId, {
          ...claim,
          attributes: wanted === undefined ? others : { ...others, [domain]: wanted },
        });
      }
    });
  }

  /** What the request wants to change tells which of the refusals it is. */
  async #inherited(orgId: string, uri: string, request: LocalClaimRequest): Promise<Error> {
    const dialects = await this.claims.of(orgId);
    const before = found(dialects, uri);
    const attributes = Object.fromEntries(
      request.attributeMapping.map(({ userstore, mappedAttribute }) => [userstore.toUpperCase(), mappedAttribute]),
    );
    const { PRIMARY: primary = before.attribute, ...others } = before.attributes;
    const isSame = isDeepStrictEqual(attributes, { PRIMARY: primary, ...others });
    return isSame ? claimErrors.inheritedClaim() : claimErrors.inheritedMapping();
  }

  async #stores(orgId: string): Promise<ReadonlySet<string>> {
    const secondary = await this.stores.of(orgId);
    return new Set(['PRIMARY', ...secondary.map(({ domain }) => domain)]);
  }

  async #write(orgId: string, claim: LocalClaim): Promise<void> {
    const shipped = this.claims.shipped.local(claim.claimURI);
    const data = differences(claim, shipped);
    if (shipped && Object.keys(data).length === 0) await this.claims.erase(orgId, LOCAL_DIALECT_URI, claim.claimURI);
    else await this.claims.put(orgId, LOCAL_DIALECT_URI, claim.claimURI, data);
  }
}

function found(dialects: ClaimDialects, uri: string): LocalClaim {
  const claim = dialects.local(uri);
  if (!claim) throw claimErrors.noLocal(uri);
  return claim;
}
