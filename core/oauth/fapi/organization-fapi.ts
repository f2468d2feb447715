import { z } from 'zod';

const members = z.strictObject({
  /** Whether every application is held to a profile; undefined: as the operator says. */
  enabled: z.boolean().optional(),
  supportedProfiles: z.array(z.enum(['FAPI1_ADVANCED', 'FAPI2_SECURITY'])).optional(),
});

/** What an organization says of the Financial-grade API. */
export type OrganizationFapi = z.output<typeof members>;

/** Where that is kept. */
export const FAPI_SETTING = { name: 'fapi', schema: members } as const;
