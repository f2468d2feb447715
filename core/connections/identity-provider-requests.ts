import { z } from 'zod';
import { linkAddress, onlyDefault, onlyEmpty } from '#core/applications';
import { jsonBody, pageQuery } from '#core/http';
import { lookupAttributes } from './identity-provider-model.js';

/**
 * What requests of the identity provider API may say. Members of the contract that this server does nothing with yet
 * are taken with the value that they have by default and refused with any other, so that nobody relies on a switch that
 * switches nothing; members that only answers have are taken and dropped.
 */

const readOnly = z.unknown().optional();
const text = z.string().max(1024);
const flag = z.boolean().optional();
const uri = z.string().min(1).max(255);

const name = z
  .string()
  .trim()
  .min(1)
  .max(191)
  .refine((text) => text.toLowerCase().length <= 191, { error: 'the name is longer than 191 in small letters' })
  .regex(/^[^\p{Cc}<>"\\]*$/u, { error: 'the name must not have control characters or < > " \\' });

/** Clients write a claim that they do not set as one without a URI. */
const optionalClaim = z
  .strictObject({ uri: z.string().max(255).optional(), id: readOnly, displayName: readOnly })
  .transform((given) => (given.uri ? { uri: given.uri } : undefined))
  .optional();
const claim = z.strictObject({ uri, id: readOnly, displayName: readOnly }).transform((given) => ({ uri: given.uri }));

const claims = z.strictObject({
  userIdClaim: optionalClaim,
  roleClaim: optionalClaim,
  mappings: z
    .array(z.strictObject({ idpClaim: uri, localClaim: claim }))
    .max(500)
    .default([]),
  provisioningClaims: onlyEmpty(),
});

const implicitAssociation = z
  .strictObject({
    isEnabled: z.boolean().default(false),
    lookupAttribute: z
      .array(z.enum(lookupAttributes, { error: `the attributes are ${lookupAttributes.join(', ')}` }))
      .max(2, { error: 'there may be two attributes at most' })
      .refine((given) => new Set(given).size === given.length, { error: 'an attribute stands there twice' })
      .default([]),
  })
  .refine(({ isEnabled, lookupAttribute }) => !isEnabled || lookupAttribute.length > 0, {
    path: ['lookupAttribute'],
    error: 'there has to be an attribute to find users by',
  });

const certificate = z.strictObject({
  certificates: z.array(z.string().min(1).max(16_384)).max(10).optional(),
  jwksUri: text.refine(isWebAddress, { error: 'this has to be a https address' }).optional(),
  samlMetadataUri: onlyDefault(''),
});

const roles = z.strictObject({ mappings: onlyEmpty(), outboundProvisioningRoles: onlyEmpty() });

/** Groups by name: as the identity provider writes them, letters of any case apart. */
const groups = z
  .array(
    z.strictObject({
      name: z
        .string()
        .trim()
        .min(1)
        .max(255)
        .regex(/^[^\p{Cc}]*$/u, { error: 'the name must not have control characters' }),
      id: z.string().max(255).optional(),
    }),
  )
  .max(500)
  .refine((given) => new Set(given.map(({ name }) => name)).size === given.length, {
    error: 'two groups have the same name',
  });

const federatedAuthenticators = z.strictObject({
  defaultAuthenticatorId: onlyDefault(''),
  authenticators: onlyEmpty(),
});

const justInTime = z.strictObject({
  isEnabled: onlyDefault(false),
  scheme: onlyDefault('PROVISION_SILENTLY'),
  userstore: onlyDefault('PRIMARY', ''),
  associateLocalUser: onlyDefault(false),
  skipJITForLookupFailure: onlyDefault(false),
  accountLookupAttributeMappings: onlyEmpty(),
  attributeSyncMethod: onlyDefault('OVERRIDE_ALL'),
  idpGroupSyncMethod: onlyDefault('MERGE_WITH_EXISTING'),
});

const outboundConnectors = z.strictObject({ defaultConnectorId: onlyDefault(''), connectors: onlyEmpty() });

const common = {
  name,
  description: text.optional(),
  image: linkAddress,
  templateId: text.optional(),
  isEnabled: flag,
  alias: text.optional(),
  certificate: certificate.optional(),
  claims: claims.optional(),
};
const noEdges = 'this must not have control characters, nor spaces at its ends';
const issuer = text.min(1).regex(/^[^\p{Cc}\s](?:[^\p{Cc}]*[^\p{Cc}\s])?$/u, { error: noEdges });
const optionalIssuer = text.regex(/^(?:[^\p{Cc}\s](?:[^\p{Cc}]*[^\p{Cc}\s])?)?$/u, { error: noEdges }).optional();

/** `IdentityProviderPOSTRequest` of the contract, and with it what a patch has to come to. */
export const providerSchema = z.strictObject({
  ...common,
  id: readOnly,
  self: readOnly,
  idpIssuerName: optionalIssuer,
  isPrimary: flag,
  isFederationHub: onlyDefault(false),
  homeRealmIdentifier: text.optional(),
  roles: roles.optional(),
  groups: groups.optional(),
  federatedAuthenticators: federatedAuthenticators.optional(),
  provisioning: z
    .strictObject({ jit: justInTime.optional(), outboundConnectors: outboundConnectors.optional() })
    .optional(),
  implicitAssociation: implicitAssociation.optional(),
});

/** What a request says of an identity provider, once it is parsed. */
export type ProviderRequest = z.output<typeof providerSchema>;

export const providerBody = jsonBody(providerSchema);

/** `TrustedTokenIssuerPOSTRequest` of the contract. */
export const tokenIssuerBody = jsonBody(
  z.strictObject({
    ...common,
    issuer,
    certificate: certificate.refine(
      ({ certificates = [], jwksUri = '' }) => certificates.length > 0 || jwksUri !== '',
      { error: 'there has to be a jwksUri or a certificate' },
    ),
  }),
);

/** `PatchRequest` of the contract: a JSON Patch of members that are plain values. */
export const patchBody = jsonBody(
  z
    .array(
      z.strictObject({
        operation: z.enum(['ADD', 'REMOVE', 'REPLACE']),
        path: z.string().max(255),
        value: z.union([z.string().max(16_384), z.boolean()]).optional(),
      }),
    )
    .min(1)
    .max(100),
);

/** One step of a patch. */
export type PatchOperation = z.output<typeof patchBody>[number];

/** `Claims`, `Roles`, ... of the contract, each at an address of its own. */
export const claimsBody = jsonBody(claims);
export const implicitAssociationBody = jsonBody(implicitAssociation);
export const rolesBody = jsonBody(roles);
export const groupsBody = jsonBody(groups);
export const justInTimeBody = jsonBody(justInTime);
export const outboundConnectorsBody = jsonBody(outboundConnectors);
export const federatedAuthenticatorsBody = jsonBody(federatedAuthenticators);

/** Query of a list. */
export const listQuery = z.object({
  ...pageQuery,
  filter: z.string().optional().describe('name sw acme and isEnabled eq true; eq, co, sw, ew, joined by and, or'),
  requiredAttributes: z.string().optional().describe('Further members to show, joined by commas'),
  sortBy: z.string().optional().describe('name'),
  sortOrder: z.string().optional().describe('asc or desc'),
});

/** Query of a list that needs no more than pages. */
export const pagesQuery = z.object({ ...pageQuery, filter: z.string().optional() });

/** Query of a deletion. */
export const deletionQuery = z.object({
  force: z.enum(['true', 'false']).optional().describe('Changes nothing: no application refers to identity providers'),
});

function isWebAddress(value: string): boolean {
  if (value === '') return true;
  if (!URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}
