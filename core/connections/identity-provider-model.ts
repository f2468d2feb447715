import { z } from 'zod';

/**
 * The identity provider of the published API, as far as rooms that exist have a use for it. The schemas are the only
 * description: of requests, of answers and of what is stored.
 */

/** What an identity provider was made as. A token issuer is trusted for its tokens only; nobody signs in there. */
export type ProviderKind = 'IDENTITY_PROVIDER' | 'TOKEN_ISSUER';

const claim = z.object({ uri: z.string(), id: z.string().optional(), displayName: z.string().optional() });

/** Attributes by which a user may be found whom an assertion is about. */
export const lookupAttributes = ['username', 'email', 'mobile'] as const;
/** One of them. */
export type LookupAttribute = (typeof lookupAttributes)[number];

/** Which of its claims mean what here. */
export const claimsModel = z.object({
  userIdClaim: claim.optional(),
  roleClaim: claim.optional(),
  mappings: z.array(z.object({ idpClaim: z.string(), localClaim: claim })).default([]),
  provisioningClaims: z.array(z.unknown()).default([]),
});

/** Where its keys are: at an address, or in certificates as they were given (PEM, or base64 of it). */
export const certificateModel = z.object({
  certificates: z.array(z.string()).optional(),
  jwksUri: z.string().optional(),
});

/** How users are found for accounts that are linked to nobody yet. */
export const implicitAssociationModel = z.object({
  isEnabled: z.boolean().default(false),
  lookupAttribute: z.array(z.enum(lookupAttributes)).default([]),
});

/** A group that the identity provider may say of somebody that he is in it. Roles can be given to it by its id. */
export const providerGroup = z.object({ id: z.string(), name: z.string() });
/** One of them. */
export type ProviderGroup = z.output<typeof providerGroup>;

/** What is kept of an identity provider beside its name, issuer and state. */
export const identityProviderSettings = z.object({
  description: z.string().optional(),
  image: z.string().optional(),
  templateId: z.string().optional(),
  isPrimary: z.boolean().default(false),
  homeRealmIdentifier: z.string().optional(),
  alias: z.string().optional(),
  certificate: certificateModel.prefault({}),
  claims: claimsModel.prefault({}),
  implicitAssociation: implicitAssociationModel.prefault({}),
  groups: z.array(providerGroup).default([]),
});

/** Parsed settings. */
export type IdentityProviderSettings = z.output<typeof identityProviderSettings>;

/** Everything that can be said of an identity provider: what a request makes of it. */
export interface ProviderContent extends IdentityProviderSettings {
  readonly name: string;
  readonly idpIssuerName?: string | undefined;
  readonly isEnabled: boolean;
  readonly kind: ProviderKind;
}
