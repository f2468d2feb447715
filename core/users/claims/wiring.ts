import { apiErrors, type RouteDeclaration, Routes } from '#core/http';
import type { Settings, SetupContext } from '#core/kernel';
import { ShippedConfigToken } from '#core/persistence';
import { UserRules } from '../user-rules.js';
import { CLAIM_DIALECTS } from './claim-answers.js';
import { ClaimCatalogToken } from './claim-catalog.js';
import { ClaimDialects } from './claim-dialects.js';
import { ClaimDialectRoutes } from './claim-dialects.routes.js';
import { ClaimOverlayEntity } from './claim-overlay.entity.js';
import { ClaimRule } from './claim-rule.js';
import {
  ClaimOptionsToken,
  ClaimUniquenessSettings,
  ClaimUpdateSettings,
  HiddenClaimSettings,
  IdentityStoreSettings,
  identityPlace,
  ScimClaimSettings,
} from './claim-settings.js';
import { ClaimUses, ClaimUsesToken } from './claim-uses.js';
import { DialectFileRoutes } from './dialect-files.routes.js';
import { LocalClaims, LocalClaimsToken } from './local-claims.js';
import { LocalClaimRoutes } from './local-claims.routes.js';
import { OrganizationClaims, OrganizationClaimsToken, ShippedClaimsToken } from './organization-claims.js';
import { UniqueClaimEntity } from './unique-claim.entity.js';

/** Tables of `deployment.toml` about claims. */
export const claimSettings: readonly Settings<unknown>[] = [
  HiddenClaimSettings,
  ClaimUpdateSettings,
  ClaimUniquenessSettings,
  ScimClaimSettings,
  IdentityStoreSettings,
];

/** Tables of the database about claims. */
export const claimEntities = [ClaimOverlayEntity, UniqueClaimEntity];

/** Sets up the claims: catalogue, API and rules. */
export function setUpClaims(context: SetupContext<unknown>): void {
  const { container, contribute, extensions, settings: read } = context;
  const { custom_user_schema_uri: customSchema, return_conflict_on_claim_uniqueness_violation: conflicts } =
    read(ScimClaimSettings);
  const update = read(ClaimUpdateSettings);
  const identityIn = identityPlace(read(IdentityStoreSettings).datastore_type);
  container.provideLazily(ShippedClaimsToken, (c) =>
    ClaimDialects.load(c.get(ShippedConfigToken), customSchema, identityIn),
  );
  container.provideValue(ClaimOptionsToken, {
    hidden: new Set(read(HiddenClaimSettings).hidden_claims),
    checksPatterns: update.enable_user_claim_input_regex_validation,
    severalAddresses: update.enable_multiple_emails_and_mobile_numbers,
    checksUniqueness: read(ClaimUniquenessSettings).enable,
    duplicateStatus: conflicts ? 409 : 400,
  });
  container.provide(OrganizationClaimsToken, OrganizationClaims);
  container.provideLazily(ClaimCatalogToken, (c) => c.get(OrganizationClaimsToken));
  container.provide(LocalClaimsToken, LocalClaims);
  container.provideLazily(ClaimUsesToken, () => extensions(ClaimUses));
  contribute(UserRules, 'claims', container.build(ClaimRule));
  const routes = [LocalClaimRoutes, DialectFileRoutes, ClaimDialectRoutes].flatMap((one) =>
    container.build<{ routes(): RouteDeclaration[] }>(one).routes(),
  );
  contribute(Routes, 'claim-dialects', {
    name: 'claim-dialects',
    base: CLAIM_DIALECTS,
    errors: apiErrors('CMT'),
    routes,
  });
}
