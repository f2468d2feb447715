import { z } from 'zod';

/** URI of the local dialect, as the claim API shows it. */
export const LOCAL_DIALECT_URI = 'http://wso2.org/claims';
/** Every local claim URI begins with it. */
export const LOCAL_DIALECT = `${LOCAL_DIALECT_URI}/`;
/** Claims that the server keeps, not the store. */
export const IDENTITY_CLAIMS = `${LOCAL_DIALECT}identity/`;
/** URI of the dialect of OpenID Connect. */
export const OIDC_DIALECT = 'http://wso2.org/oidc/claim';
/** URI of the SCIM dialect for attributes of one's own, unless `[scim2] custom_user_schema_uri` names another. */
export const CUSTOM_SCHEMA = 'urn:scim:schemas:extension:custom:User';

/** Local claim URI by short name: `claimUri('givenname')`. */
export const claimUri = (name: string): string => LOCAL_DIALECT + name;

/** How values of a claim are to be read; `string` is text, `epoch` a time in milliseconds since 1970. */
export const DATA_TYPES = ['string', 'integer', 'decimal', 'boolean', 'date', 'datetime', 'epoch', 'complex'] as const;

/** How far values of a claim must be unique. */
export const UNIQUENESS_SCOPES = ['NONE', 'WITHIN_USERSTORE', 'ACROSS_USERSTORES'] as const;

/** Where the value of a shared user comes from. */
export const RESOLVING_METHODS = ['FromOrigin', 'FromSharedProfile', 'FromFirstFoundInHierarchy'] as const;

const profile = z.strictObject({
  supportedByDefault: z.boolean().optional(),
  required: z.boolean().optional(),
  readOnly: z.boolean().optional(),
});

/** A claim of the local dialect, as it ships and as it is stored. */
export const localClaim = z.strictObject({
  claimURI: z.string().startsWith(LOCAL_DIALECT),
  /** Attribute of the store that holds it, where {@link attributes} does not say otherwise. */
  attribute: z.string(),
  /** Other attributes, by domain of the store. */
  attributes: z.record(z.string(), z.string()).default({}),
  displayName: z.string(),
  description: z.string().default(''),
  displayOrder: z.int().default(0),
  /** Whether forms ask for it; not enforced by the APIs. */
  required: z.boolean().default(false),
  /** Whether users may not change it themselves. */
  readOnly: z.boolean().default(false),
  /** Whether it is shown: in forms, and in the SCIM schemas. */
  supportedByDefault: z.boolean().default(false),
  multiValued: z.boolean().default(false),
  dataType: z.enum(DATA_TYPES).default('string'),
  /** Local claims that a complex one consists of. */
  subAttributes: z.array(z.string()).default([]),
  /** The values that it may have; any, when there are none. */
  canonicalValues: z.array(z.strictObject({ label: z.string(), value: z.string() })).default([]),
  /** Whether its values may be longer than usual. */
  extendedValued: z.boolean().optional(),
  inputFormat: z.strictObject({ inputType: z.string() }).optional(),
  regEx: z.string().optional(),
  uniquenessScope: z.enum(UNIQUENESS_SCOPES).default('NONE'),
  /** What is different in a flow: `console`, `endUser`, `selfRegistration`. */
  profiles: z.record(z.string(), profile).default({}),
  /** Whether the store keeps it; when absent, identity claims are kept by the server and all others by the store. */
  managedInUserStore: z.boolean().optional(),
  /** Domains of stores for which {@link managedInUserStore} does not hold. */
  excludedUserStores: z.array(z.string()).default([]),
  sharedProfileValueResolvingMethod: z.enum(RESOLVING_METHODS).optional(),
  /** Further properties, as the claim API keeps them. */
  properties: z.record(z.string(), z.string()).default({}),
  /** Whether it ships with the server. */
  system: z.boolean().default(true),
});

/** A claim of another dialect, as it ships and as it is stored. */
export const externalClaim = z.strictObject({
  claimURI: z.string(),
  mappedLocalClaimURI: z.string(),
  /** Further properties, as the claim API keeps them. */
  properties: z.record(z.string(), z.string()).default({}),
  /** Whether it ships with the server. */
  system: z.boolean().default(true),
});

/** A claim of the local dialect. */
export type LocalClaim = Readonly<z.output<typeof localClaim>>;
/** A claim of a dialect that maps to the local one. */
export type ExternalClaim = Readonly<z.output<typeof externalClaim>>;

/** A dialect that maps to the local one. */
export interface ExternalDialect {
  readonly dialectURI: string;
  /** Whether it ships with the server. */
  readonly system: boolean;
  readonly claims: readonly ExternalClaim[];
}

/** Flows in which a claim may have other flags. */
export type ClaimProfile = 'console' | 'endUser' | 'selfRegistration';

/** What a flag of a claim is in a flow. */
export function flagIn(
  claim: LocalClaim,
  flag: 'supportedByDefault' | 'required' | 'readOnly',
  flow: ClaimProfile,
): boolean {
  return claim.profiles[flow]?.[flag] ?? claim[flag];
}
