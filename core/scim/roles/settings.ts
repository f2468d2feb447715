import { z } from 'zod';
import { flag, settings, token } from '#core/kernel';

/** `[role_mgt]` */
export const RoleApiSettings = settings(
  'role_mgt',
  z.strictObject({
    skip_enforce_role_operation_permission: flag()
      .prefault(false)
      .describe('Whether internal_role_mgt_update also reaches for users, groups and permissions of /scim2/v3/Roles'),
    only_held_permissions: flag()
      .prefault(true)
      .describe(
        'Whether callers can give, by roles, only those permissions of the management APIs that they have themselves',
      ),
  }),
);

/** Parsed `[role_mgt]`. */
export type RoleApiConfig = z.output<(typeof RoleApiSettings)['schema']>;

/** Injection token of {@link RoleApiConfig}. */
export const RoleApiConfigToken = token<RoleApiConfig>('scim.role-api-config');
