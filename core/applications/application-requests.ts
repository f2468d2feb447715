import { z } from 'zod';
import { jsonBody, pageQuery } from '#core/http';
import {
  applicationName,
  applicationSettings,
  associatedRoles,
  authenticationSequence,
  authenticatorOption,
} from './application-model.js';
import { registeredCertificate } from './registered-certificate.js';

/**
 * What requests of the application management API may say. Members of the contract that this server does nothing with
 * yet are taken with the value that they have by default and refused with any other, so that nobody relies on a switch
 * that switches nothing; members that only answers have are taken and dropped.
 */

/** A member that this server can only leave at what the contract has by default. */
export const onlyDefault = <const V extends string | number | boolean>(...values: readonly [V, ...V[]]) =>
  z.literal([...values], { error: 'this is not supported yet, only the default is' }).optional();

/** A list that has to be empty, for what is not supported yet. */
export const onlyEmpty = () => z.array(z.unknown()).max(0, { error: 'this is not supported yet' }).optional();

const readOnly = z.unknown().optional();
const text = z.string().max(1024);
const flag = z.boolean().optional();

/** Addresses that end up in links of pages: never a scheme that runs something. */
export const address = text
  .regex(/^(?:https?:\/\/\S*|[^:\s]*)$/i, { error: 'this has to be a http or https address, or a path' })
  .optional();

const uri = z.string().min(1).max(255);
const claim = z.strictObject({ uri, id: readOnly, displayName: readOnly }).transform((given) => ({ uri: given.uri }));

const claimConfiguration = z.strictObject({
  dialect: z.enum(['CUSTOM', 'LOCAL']).optional(),
  claimMappings: z
    .array(z.strictObject({ applicationClaim: uri, localClaim: claim }))
    .max(500)
    .optional(),
  requestedClaims: z
    .array(z.strictObject({ claim, mandatory: z.boolean().default(false) }))
    .max(500)
    .optional(),
  subject: z
    .strictObject({
      claim: claim.optional(),
      includeUserDomain: flag,
      includeTenantDomain: flag,
      useMappedLocalSubject: flag,
      mappedLocalSubjectMandatory: flag,
    })
    .optional(),
  role: z.strictObject({ mappings: onlyEmpty(), includeUserDomain: flag, claim: claim.optional() }).optional(),
});

const advancedConfigurations = z.strictObject({
  saas: onlyDefault(false),
  discoverableByEndUsers: flag,
  discoverableGroups: onlyEmpty(),
  certificate: registeredCertificate.optional(),
  skipLoginConsent: flag,
  skipLogoutConsent: flag,
  useExternalConsentPage: onlyDefault(false),
  returnAuthenticatedIdpList: onlyDefault(false),
  enableAuthorization: onlyDefault(false),
  fragment: onlyDefault(false),
  enableAPIBasedAuthentication: onlyDefault(false),
  attestationMetaData: z
    .strictObject({
      enableClientAttestation: onlyDefault(false),
      androidPackageName: onlyDefault(''),
      androidAttestationServiceCredentials: z.strictObject({}).optional(),
      appleAppId: onlyDefault(''),
    })
    .optional(),
  trustedAppConfiguration: z
    .strictObject({
      isFIDOTrustedApp: onlyDefault(false),
      isConsentGranted: onlyDefault(false),
      androidPackageName: onlyDefault(''),
      androidThumbprints: onlyEmpty(),
      appleAppId: onlyDefault(''),
    })
    .optional(),
  additionalSpProperties: z
    .array(z.strictObject({ name: uri, value: text, displayName: text.optional() }))
    .max(100)
    .optional(),
});

const sequence = z.strictObject({
  ...authenticationSequence.shape,
  steps: z
    .array(z.strictObject({ id: z.int().min(1), options: z.array(z.strictObject(authenticatorOption.shape)).max(50) }))
    .max(20)
    .default([]),
});

const provisioning = z.strictObject({
  inboundProvisioning: z
    .strictObject({ proxyMode: onlyDefault(false), provisioningUserstoreDomain: z.string().max(64).optional() })
    .optional(),
  outboundProvisioningIdps: onlyEmpty(),
});

const changeable = {
  description: text.optional(),
  imageUrl: address,
  accessUrl: address,
  logoutReturnUrl: address,
  templateId: text.optional(),
  templateVersion: text.optional(),
  applicationEnabled: flag,
  enhancedOrgAuthenticationEnabled: onlyDefault(false),
  associatedRoles: z
    .strictObject({
      ...associatedRoles.shape,
      roles: z
        .array(z.strictObject({ id: uri, name: readOnly }).transform(({ id }) => ({ id })))
        .max(500)
        .default([]),
    })
    .optional(),
  claimConfiguration: claimConfiguration.optional(),
  authenticationSequence: sequence.optional(),
  advancedConfigurations: advancedConfigurations.optional(),
  provisioningConfigurations: provisioning.optional(),
};
const answered = { id: readOnly, clientId: readOnly, issuer: readOnly, realm: readOnly, access: readOnly };

/** `ApplicationModel` of the contract. */
export const creationBody = jsonBody(
  z.strictObject({
    ...changeable,
    ...answered,
    name: applicationName,
    isManagementApp: flag,
    isB2BSelfServiceApp: flag,
    inboundProtocolConfiguration: z.record(z.string(), z.unknown()).optional(),
  }),
);

/** `ApplicationPatchModel` of the contract; what only a creation or an answer says may come along and changes nothing. */
export const patchBody = jsonBody(
  z.strictObject({
    ...changeable,
    ...answered,
    name: applicationName.optional(),
    isManagementApp: readOnly,
    isB2BSelfServiceApp: readOnly,
    inboundProtocols: readOnly,
  }),
);

/** `ScriptUpdateModel` of the contract. */
export const scriptBody = jsonBody(z.strictObject({ script: z.string() }));

/** What a request changes of an application; members that are not there stay as they are. */
export type ApplicationChange = Partial<
  Pick<z.output<typeof creationBody>, keyof typeof changeable | 'isManagementApp' | 'isB2BSelfServiceApp'>
>;

type Settings = z.output<typeof applicationSettings>;

/** Settings with a change in them. Lists and the authentication sequence are replaced, other members one by one. */
export function changedSettings(before: Settings, change: ApplicationChange): Settings {
  const {
    claimConfiguration: claims,
    advancedConfigurations: advanced,
    provisioningConfigurations: provisioning,
    ...rest
  } = change;
  return applicationSettings.parse({
    ...before,
    ...rest,
    claimConfiguration: {
      ...before.claimConfiguration,
      ...claims,
      subject: { ...before.claimConfiguration.subject, ...claims?.subject },
      role: { ...before.claimConfiguration.role, ...claims?.role },
    },
    advancedConfigurations: { ...before.advancedConfigurations, ...advanced },
    provisioningConfigurations: provisioning
      ? { ...before.provisioningConfigurations, ...provisioning }
      : before.provisioningConfigurations,
  });
}

/** Query of the list. */
export const listQuery = z.object({
  ...pageQuery,
  filter: z.string().optional().describe('name co shop or clientId eq Xyz...; eq, co, sw, ew, joined by and, or'),
  attributes: z.string().optional().describe('Further members to show, joined by commas'),
  excludeSystemPortals: z
    .enum(['true', 'false'])
    .optional()
    .describe('Whether to leave out what belongs to the server, which is the console'),
  sortBy: z.string().optional().describe('Not supported'),
  sortOrder: z.string().optional().describe('Not supported'),
});
