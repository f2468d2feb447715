import { inject, injectable } from 'tsyringe';
import { type RoleService, RoleServiceToken } from '#core/access';
import { type ClaimCatalog, ClaimCatalogToken, type UserStores, UserStoresToken } from '#core/users';
import type { ApplicationSettings } from './application-model.js';
import { checkedSequence, checkRunnable } from './authentication-sequence.js';
import { applicationErrors } from './errors.js';
import { type SignInCatalogue, SignInCatalogueSourceToken } from './sign-in-catalogue.js';

/** What fits into a text column of every database, with room for what is written in more than one byte. */
const MAX_BYTES = 60_000;

/** What has to be true of an application beyond the shape of the request. */
@injectable()
export class ApplicationRules {
  constructor(
    @inject(ClaimCatalogToken) private readonly catalog: ClaimCatalog,
    @inject(UserStoresToken) private readonly stores: UserStores,
    @inject(RoleServiceToken) private readonly roles: RoleService,
    @inject(SignInCatalogueSourceToken) private readonly catalogue: () => SignInCatalogue,
  ) {}

  /**
   * Settings as they are stored. Looks only at what differs from before, so that an application stays changeable when
   * something that it names has gone.
   *
   * @throws ApiError APP-60001 or APP-60008 for what cannot be
   */
  async checked(
    application: { readonly orgId: string; readonly id: string },
    settings: ApplicationSettings,
    before?: ApplicationSettings,
  ): Promise<ApplicationSettings> {
    const sequence = checkedSequence(settings.authenticationSequence, before?.authenticationSequence);
    const checked = { ...settings, authenticationSequence: sequence };
    const differs = (member: keyof ApplicationSettings) =>
      JSON.stringify(checked[member]) !== JSON.stringify(before?.[member]);
    if (differs('authenticationSequence')) await checkRunnable(application.orgId, sequence, this.catalogue());
    if (differs('claimConfiguration')) await this.#checkClaims(application.orgId, checked.claimConfiguration);
    if (differs('provisioningConfigurations')) await this.#checkStore(application.orgId, checked);
    if (differs('associatedRoles')) await this.#checkRoles(application, checked.associatedRoles);
    const size = Buffer.byteLength(JSON.stringify(checked));
    if (size > MAX_BYTES)
      throw applicationErrors.invalid(`The application is too large: ${size} of ${MAX_BYTES} bytes.`);
    return checked;
  }

  async #checkStore(orgId: string, { provisioningConfigurations }: ApplicationSettings): Promise<void> {
    const domain = provisioningConfigurations?.inboundProvisioning?.provisioningUserstoreDomain ?? '';
    if (domain === '') return;
    const store = await this.stores.find(orgId, domain);
    if (!store) throw applicationErrors.invalid(`There is no user store ${domain} to provision to.`);
    if (store.forScim === false) throw applicationErrors.invalid(`The user store ${domain} is not open to SCIM.`);
  }

  async #checkClaims(
    orgId: string,
    { dialect, claimMappings, requestedClaims, subject, role }: ApplicationSettings['claimConfiguration'],
  ): Promise<void> {
    const { invalid } = applicationErrors;
    const dialects = await this.catalog.of(orgId);
    const mapped = new Set(claimMappings.map((mapping) => mapping.applicationClaim));
    if (mapped.size < claimMappings.length) throw invalid('Two claim mappings have the same application claim.');
    const isLocal = (uri: string) => dialects.local(uri) !== undefined;
    const unknown = claimMappings.find((mapping) => !isLocal(mapping.localClaim.uri));
    if (unknown) throw invalid(`There is no local claim ${unknown.localClaim.uri}.`);
    const named = [...requestedClaims.map((requested) => requested.claim.uri), subject.claim.uri, role.claim?.uri];
    for (const uri of named) {
      if (uri === undefined || isLocal(uri) || (dialect === 'CUSTOM' && mapped.has(uri))) continue;
      throw invalid(
        dialect === 'CUSTOM' ? `No claim mapping has the application claim ${uri}.` : `There is no local claim ${uri}.`,
      );
    }
  }

  async #checkRoles(
    { orgId, id }: { readonly orgId: string; readonly id: string },
    { allowedAudience, roles }: ApplicationSettings['associatedRoles'],
  ): Promise<void> {
    const audience =
      allowedAudience === 'ORGANIZATION'
        ? ({ type: 'organization', id: orgId } as const)
        : ({ type: 'application', id } as const);
    const known = new Set((await this.roles.ofAudience(orgId, audience)).map((role) => role.id));
    const other = roles.find((role) => !known.has(role.id));
    if (other)
      throw applicationErrors.roleNotAllowed(`There is no role ${other.id} of the audience ${allowedAudience}.`);
  }
}
