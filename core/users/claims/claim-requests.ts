import { z } from 'zod';
import { jsonBody } from '#core/http';
import { DATA_TYPES, type LocalClaim, RESOLVING_METHODS, UNIQUENESS_SCOPES } from './claim-model.js';

const properties = z.array(z.strictObject({ key: z.string().min(1).max(255), value: z.string().max(4000) })).max(100);
const flags = z.strictObject({
  readOnly: z.boolean().optional(),
  required: z.boolean().optional(),
  supportedByDefault: z.boolean().optional(),
});

/** `LocalClaimReq` of the contract; what a client reads may be sent back, so `id` and `dialectURI` are no error. */
const local = z.strictObject({
  id: z.string().optional(),
  dialectURI: z.string().optional(),
  claimURI: z.string().max(255),
  displayName: z.string(),
  description: z.string().optional(),
  displayOrder: z.int().min(0).max(2_147_483_647).optional(),
  readOnly: z.boolean().optional(),
  required: z.boolean().optional(),
  supportedByDefault: z.boolean().optional(),
  regEx: z.string().optional(),
  managedInUserStore: z.boolean().optional(),
  dataType: z.string().optional(),
  subAttributes: z.array(z.string()).max(50).optional(),
  canonicalValues: z
    .array(z.strictObject({ label: z.string().max(255), value: z.string().min(1).max(255) }))
    .max(300)
    .optional(),
  multiValued: z.boolean().optional(),
  extendedValued: z.boolean().optional(),
  inputFormat: z.strictObject({ inputType: z.string().optional() }).optional(),
  uniquenessScope: z.enum(UNIQUENESS_SCOPES).optional(),
  sharedProfileValueResolvingMethod: z.enum(RESOLVING_METHODS).optional(),
  attributeMapping: z.array(z.strictObject({ mappedAttribute: z.string(), userstore: z.string() })).max(100),
  properties: properties.optional(),
  profiles: z.record(z.string(), flags).optional(),
});

/** `ExternalClaimReq` of the contract; what a client reads may be sent back. */
const external = z.strictObject({
  id: z.string().optional(),
  claimDialectURI: z.string().optional(),
  claimURI: z.string().max(255),
  mappedLocalClaimURI: z.string().max(255),
  properties: properties.optional(),
});

/** Body of a local claim. */
export const localClaimBody = jsonBody(local);
/** Body of a claim of another dialect. */
export const externalClaimBody = jsonBody(external);
/** `ClaimDialectReq` of the contract. */
export const dialectBody = jsonBody(
  z.strictObject({ id: z.string().optional(), dialectURI: z.string().max(255), link: z.unknown().optional() }),
);
const exported = { id: z.string().optional(), link: z.unknown().optional(), dialectURI: z.string().max(255) };
const MOST_CLAIMS = 2000;
/** Any dialect in a file, as far as it says which one it is. */
export const filedDialect = z.looseObject({ dialectURI: z.string().max(255) });
/** The local dialect in a file. */
export const filedLocals = jsonBody(
  z.strictObject({ ...exported, claims: z.array(local).max(MOST_CLAIMS).default([]) }),
);
/** Another dialect in a file. */
export const filedExternals = jsonBody(
  z.strictObject({ ...exported, claims: z.array(external).max(MOST_CLAIMS).default([]) }),
);

/** What a request says of a local claim. */
export type LocalClaimRequest = z.output<typeof local>;
/** What a request says of a claim of another dialect. */
export type ExternalClaimRequest = z.output<typeof external>;

/** Property by which the contract says for which stores the place of a claim is the other one. */
export const EXCLUDED_STORES = 'ExcludedUserStores';

/** What clients of the published APIs write; `data_time` is what the contract says. */
const typeNames: Readonly<Record<string, LocalClaim['dataType']>> = {
  text: 'string',
  options: 'string',
  data_time: 'datetime',
  date_time: 'datetime',
  object: 'complex',
};

/** The data type that a request names; undefined when there is none of the name. */
export function dataTypeOf(name: string): LocalClaim['dataType'] | undefined {
  const lower = name.toLowerCase();
  return typeNames[lower] ?? DATA_TYPES.find((type) => type === lower);
}

/** A data type as the claim API shows it. */
export function shownDataType(type: LocalClaim['dataType']): string {
  return type === 'datetime' ? 'data_time' : type;
}
