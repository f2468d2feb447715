import { z } from 'zod';
import { flag, settings, token } from '#core/kernel';

/** `[role_mgt]` */
export const RoleApiSettings = settings(
  'role_mgt',
  z.strictObject({
    skip_enforce_role_operation_permission: flag()
      .prefault(false)
      .describe('Whether internal_role_mgt_update also reaches for users, groups and permissions of /scim2/v3/Roles'),
  }),
);

/** Parsed `[role_mgt]`. */
export type RoleApiConfig = z.output<(typeof RoleApiSettings)['schema']>;

/** Injection token of {@link RoleApiConfig}. */
export const RoleApiConfigToken = token<RoleApiConfig>('scim.role-api-config');
