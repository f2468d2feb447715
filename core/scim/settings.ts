import { z } from 'zod';
import { flag, settings, token, wholeNumber } from '#core/kernel';

const on = (text: string) => flag().prefault(true).describe(text);
const off = (text: string) => flag().prefault(false).describe(text);

/** A switch that stands where it stands: its own value is taken, the other one refused with the reason. */
const fixed = (value: boolean, reason: string) =>
  flag()
    .refine((given) => given === value, { error: reason })
    .optional()
    .describe(`Always ${value}: ${reason}`);

const primary = (usual: boolean, what: string) =>
  z
    .strictObject({
      primary: flag().prefault(usual).describe(`Whether the service provider configuration prefers ${what}`),
    })
    .prefault({});

/** `[scim2]` */
export const ScimSettings = settings(
  'scim2',
  z.strictObject({
    enable_schema_extension: on('Whether users have the enterprise extension'),
    enable_custom_schema_extension: on('Whether users have the extension of attributes of your own'),
    max_bulk_operations: wholeNumber(1, 10_000).prefault(1000).describe('Operations of a bulk request at most'),
    max_bulk_payload: wholeNumber(1024).prefault(1_048_576).describe('Size of a bulk request at most, in bytes'),
    enable_list_user_schemas: on('Whether /Schemas lists the attributes of users'),
    documentation_uri: z.url().optional().describe('Where people read about this service; for ServiceProviderConfig'),
    oauth_bearer: primary(true, 'bearer tokens'),
    http_basic: primary(false, 'basic authentication'),
    enable_filtering_enhancements: off('Whether "userName eq" without a domain looks in the primary store only'),
    enable_group_based_user_filter_improvements: fixed(true, 'filters by group are evaluated by the stores'),
    filter_users_and_groups_only_from_primary_domain: off('Whether lists without a domain show the primary store only'),
    mandate_domain_for_usernames_and_group_names_in_response: off('Whether names of the primary store have a domain'),
    mandate_domain_for_group_names_in_groups_response: off('Whether groups of the primary store have a domain'),
    return_updated_group_in_group_patch_response: on('Whether PATCH of a group answers with the group'),
    notify_userstore_status: fixed(false, 'a list is not answered in part: a store that is away is a 503'),
    consider_max_limit_for_total_results: off('Whether totalResults is never more than a response can have'),
    consider_total_records_for_total_result_of_ldap: fixed(false, 'a directory is not read to its end to be counted'),
    consider_server_wide_user_endpoint_max_limit: off('Whether [pagination] max_items_per_page limits lists of users'),
    remove_duplicate_users_in_users_response: fixed(true, 'no user is listed twice'),
    throw_user_store_exception_on_user_creation_error: fixed(false, 'what a store says goes to the log'),
    enable_error_code_for_password_policy_violation: off('Whether errors of password policies begin with their code'),
    enable_spec_compliant_email_handling: on('Whether the primary e-mail address is an object, as in RFC 7643'),
    disable_password_update_in_me_endpoint: off('Whether users cannot change their password at /Me'),
    default_role_api_version_for_ref: z.enum(['v2', 'v3']).default('v2').describe('Version in the $ref of roles'),
  }),
);

/** Parsed `[scim2]`. */
export type ScimConfig = z.output<(typeof ScimSettings)['schema']>;

/** Injection token of {@link ScimConfig}. */
export const ScimConfigToken = token<ScimConfig>('scim.config');
