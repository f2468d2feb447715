import { z } from 'zod';
import type { HttpRequest } from '#core/http';
import {
  type ExternalClaim,
  IDENTITY_CLAIMS,
  LOCAL_DIALECT_URI,
  type LocalClaim,
  UNIQUENESS_SCOPES,
} from './claim-model.js';
import { EXCLUDED_STORES, shownDataType } from './claim-requests.js';

/** Base of the claim API. */
export const CLAIM_DIALECTS = '/api/server/v1/claim-dialects';
const PRIMARY = 'PRIMARY';

/** Id of a dialect or a claim: its URI in base64url. */
export const idOf = (uri: string): string => Buffer.from(uri).toString('base64url');
/** Id of a dialect; the local one has a name of its own. */
export const dialectIdOf = (uri: string): string => (uri === LOCAL_DIALECT_URI ? 'local' : idOf(uri));
/** URI behind an id; of an id that is none, a text that is no URI either. */
export const uriOf = (id: string): string => Buffer.from(id, 'base64url').toString('utf8');

const properties = z.array(z.object({ key: z.string(), value: z.string() }));
const flags = z.object({
  readOnly: z.boolean().optional(),
  required: z.boolean().optional(),
  supportedByDefault: z.boolean().optional(),
});

/** `LocalClaimRes` of the contract. */
export const localClaimAnswer = z.object({
  id: z.string(),
  claimURI: z.string(),
  dialectURI: z.string(),
  description: z.string(),
  displayOrder: z.int(),
  displayName: z.string(),
  readOnly: z.boolean(),
  regEx: z.string().optional(),
  required: z.boolean(),
  supportedByDefault: z.boolean(),
  managedInUserStore: z.boolean(),
  dataType: z.string(),
  subAttributes: z.array(z.string()),
  canonicalValues: z.array(z.object({ label: z.string(), value: z.string() })),
  multiValued: z.boolean(),
  extendedValued: z.boolean(),
  inputFormat: z.object({ inputType: z.string() }).optional(),
  uniquenessScope: z.enum(UNIQUENESS_SCOPES),
  sharedProfileValueResolvingMethod: z.string(),
  attributeMapping: z.array(z.object({ mappedAttribute: z.string(), userstore: z.string() })),
  properties,
  profiles: z.record(z.string(), flags).optional(),
});

/** `ExternalClaimRes` of the contract. */
export const externalClaimAnswer = z.object({
  id: z.string(),
  claimURI: z.string(),
  claimDialectURI: z.string(),
  mappedLocalClaimURI: z.string(),
  properties,
});

/** `ClaimDialectRes` of the contract. */
export const dialectAnswer = z.object({
  id: z.string(),
  dialectURI: z.string(),
  link: z.object({ href: z.string(), rel: z.string() }),
});

/** A local claim as the API shows it. */
export function shownLocal(claim: LocalClaim): z.input<typeof localClaimAnswer> {
  const { attribute, attributes, excludedUserStores, system: _, properties: given, profiles, ...shown } = claim;
  const { [PRIMARY]: primary = attribute, ...others } = attributes;
  const mappings = [[PRIMARY, primary] as const, ...Object.entries(others)];
  const excluded = excludedUserStores.length > 0 ? { [EXCLUDED_STORES]: excludedUserStores.join(',') } : {};
  const different = profilesThatDiffer(claim, profiles);
  return {
    ...shown,
    id: idOf(claim.claimURI),
    dialectURI: LOCAL_DIALECT_URI,
    dataType: shownDataType(claim.dataType),
    extendedValued: claim.extendedValued ?? false,
    managedInUserStore: claim.managedInUserStore ?? !claim.claimURI.startsWith(IDENTITY_CLAIMS),
    sharedProfileValueResolvingMethod: claim.sharedProfileValueResolvingMethod ?? 'FromOrigin',
    attributeMapping: mappings.map(([userstore, mappedAttribute]) => ({ mappedAttribute, userstore })),
    properties: listOf({ ...given, ...excluded }),
    ...(Object.keys(different).length > 0 ? { profiles: different } : {}),
  };
}

/** What profiles say that the claim itself does not say already. */
export function profilesThatDiffer(
  claim: Pick<LocalClaim, 'readOnly' | 'required' | 'supportedByDefault'>,
  profiles: LocalClaim['profiles'],
): LocalClaim['profiles'] {
  const names = ['readOnly', 'required', 'supportedByDefault'] as const;
  const differing = Object.entries(profiles).map(([profile, given]) => {
    const kept = names.filter((name) => given[name] !== undefined && given[name] !== claim[name]);
    return [profile, Object.fromEntries(kept.map((name) => [name, given[name]]))] as const;
  });
  return Object.fromEntries(differing.filter(([, given]) => Object.keys(given).length > 0));
}

/** A claim of another dialect as the API shows it. */
export function shownExternal(dialectURI: string, claim: ExternalClaim): z.input<typeof externalClaimAnswer> {
  const { claimURI, mappedLocalClaimURI, properties: given } = claim;
  return {
    id: idOf(claimURI),
    claimURI,
    claimDialectURI: dialectURI,
    mappedLocalClaimURI,
    properties: listOf(given),
  };
}

/** A dialect as the API shows it. */
export function shownDialect(dialectURI: string, request: HttpRequest): z.input<typeof dialectAnswer> {
  const id = dialectIdOf(dialectURI);
  const href = `${request.organization.prefix}${CLAIM_DIALECTS}/${id}/claims`;
  return { id, dialectURI, link: { href, rel: 'claims' } };
}

const listOf = (given: Readonly<Record<string, string>>) =>
  Object.entries(given).map(([key, value]) => ({ key, value }));
