import { z } from 'zod';

/**
 * The application object of the published application management API, as far as rooms that exist have a use for it.
 * The schemas are the only description: of requests, of answers and of what is stored.
 */

const claim = z.object({ uri: z.string(), id: z.string().optional(), displayName: z.string().optional() });

/** Which attributes an application asks for, and what identifies its users. */
const claimConfiguration = z.object({
  dialect: z.enum(['CUSTOM', 'LOCAL']).default('LOCAL'),
  claimMappings: z.array(z.object({ applicationClaim: z.string(), localClaim: claim })).default([]),
  requestedClaims: z.array(z.object({ claim, mandatory: z.boolean().default(false) })).default([]),
  subject: z
    .object({
      claim: claim.prefault({ uri: 'http://wso2.org/claims/userid' }),
      includeUserDomain: z.boolean().default(false),
      includeTenantDomain: z.boolean().default(false),
      useMappedLocalSubject: z.boolean().default(false),
      mappedLocalSubjectMandatory: z.boolean().default(false),
    })
    .prefault({}),
  role: z
    .object({
      mappings: z.array(z.unknown()).default([]),
      includeUserDomain: z.boolean().default(false),
      claim: claim.optional(),
    })
    .prefault({}),
});

/** One way to do a step. */
export const authenticatorOption = z.object({ idp: z.string().min(1), authenticator: z.string().min(1) });

/** Steps and script of the sign-in. */
export const authenticationSequence = z.object({
  type: z.enum(['DEFAULT', 'USER_DEFINED']).default('DEFAULT'),
  steps: z.array(z.object({ id: z.int(), options: z.array(authenticatorOption) })).default([]),
  requestPathAuthenticators: z.array(z.string()).default([]),
  script: z.string().default(''),
  subjectStepId: z.int().default(1),
  attributeStepId: z.int().default(1),
});

/** Switches of an application. */
const advancedConfigurations = z.object({
  saas: z.boolean().default(false),
  discoverableByEndUsers: z.boolean().default(false),
  discoverableGroups: z.array(z.unknown()).default([]),
  certificate: z.object({ type: z.enum(['JWKS', 'PEM']), value: z.string() }).optional(),
  skipLoginConsent: z.boolean().default(false),
  skipLogoutConsent: z.boolean().default(false),
  useExternalConsentPage: z.boolean().default(false),
  returnAuthenticatedIdpList: z.boolean().default(false),
  enableAuthorization: z.boolean().default(false),
  fragment: z.boolean().default(false),
  enableAPIBasedAuthentication: z.boolean().default(false),
  additionalSpProperties: z
    .array(z.object({ name: z.string(), value: z.string(), displayName: z.string().optional() }))
    .default([]),
});

/** Where users and groups go that come through the application by SCIM. */
const provisioningConfigurations = z.object({
  inboundProvisioning: z
    .object({ proxyMode: z.boolean().default(false), provisioningUserstoreDomain: z.string().default('') })
    .optional(),
  outboundProvisioningIdps: z.array(z.unknown()).default([]),
});

/** Which roles count for an application. */
export const associatedRoles = z.object({
  allowedAudience: z.enum(['ORGANIZATION', 'APPLICATION']).default('ORGANIZATION'),
  roles: z.array(z.object({ id: z.string(), name: z.string().optional() })).default([]),
});

const text = z.string().max(1024);
const basics = {
  description: text.optional(),
  imageUrl: text.optional(),
  accessUrl: text.optional(),
  logoutReturnUrl: text.optional(),
  templateId: text.optional(),
  templateVersion: text.optional(),
};

/** What is stored of an application beside its name. */
export const applicationSettings = z.object({
  ...basics,
  isManagementApp: z.boolean().default(false),
  isB2BSelfServiceApp: z.boolean().default(false),
  applicationEnabled: z.boolean().default(true),
  associatedRoles: associatedRoles.prefault({}),
  claimConfiguration: claimConfiguration.prefault({}),
  authenticationSequence: authenticationSequence.prefault({}),
  advancedConfigurations: advancedConfigurations.prefault({}),
  provisioningConfigurations: provisioningConfigurations.optional(),
});

/** What is stored of an application beside its name, with every default filled in. */
export type ApplicationSettings = z.output<typeof applicationSettings>;
/** What a new application is given; members that are not there get their defaults. */
export type NewSettings = z.input<typeof applicationSettings>;
/** The sign-in of an application. */
export type AuthenticationSequence = z.output<typeof authenticationSequence>;
/** One way to do a step. */
export type AuthenticatorOption = z.output<typeof authenticatorOption>;

/** Names that an application may have. */
export const applicationName = z
  .string()
  .trim()
  .min(1)
  .max(191)
  .regex(/^[a-zA-Z0-9 .+_-]*$/, { error: 'the name may have letters, digits, spaces and . + _ -' });
