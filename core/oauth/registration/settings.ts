import { z } from 'zod';
import { settings } from '#core/kernel';
import { off, on, refused } from '../setting-kinds.js';

/** `[oauth.dcr]` */
export const RegistrationSettings = settings(
  'oauth.dcr',
  z.strictObject({
    authentication_required: on('Whether only those may register clients who hold internal_dcr_create'),
    mandate_ssa: off('Whether a registration needs a software statement'),
    ssa_jkws: z
      .string()
      .regex(/^https?:\/\//)
      .optional()
      .describe('Address of the keys by which software statements are signed (JWKS)'),
    enable_fapi_enforcement: off('Whether registered clients are held to FAPI 1 Advanced'),
    enable_sector_identifier_validation: off(
      'Whether the file behind sector_identifier_uri has to list all redirect URIs of clients with public subjects too; of those with pairwise subjects it always has to',
    ),
  }),
);

/** `[oauth.dcrm]` */
export const RegistrationManagementSettings = settings(
  'oauth.dcrm',
  z.strictObject({
    application_role_permission_required_to_view: refused('only the owner and the client itself see a registration'),
    return_null_fields_in_response: off('Whether members without a value are in answers, as null'),
    decode_redirect_uris_in_response: on('Whether answers list redirect URIs one by one'),
  }),
);

/** What `[oauth.dcr]` and `[oauth.dcrm]` say. */
export type RegistrationOptions = z.output<(typeof RegistrationSettings)['schema']> &
  z.output<(typeof RegistrationManagementSettings)['schema']>;
