import { PatternMatcher } from '#core/users';
import { parseTimePattern } from '../entries/time-pattern.js';
import { FilterTemplate } from '../filters/filter-template.js';
import type {
  ConnectionSettings,
  GroupSettings,
  LdapSettings,
  PatternRule,
  ReferralPolicy,
  UserSettings,
  ValueSettings,
} from './ldap-settings.js';
import type { LdapKind } from './property-definition.js';
import { millisecondsOf, serversOf } from './setting-forms.js';

/** Checked texts of settings by key; keys that the kind does not have are absent. */
export type SettingTexts = Readonly<Record<string, string | undefined>>;

/** What is wrong between settings that are right by themselves. */
export interface SettingProblem {
  readonly key: string;
  readonly message: string;
}

/** A read without an answer must not take for ever. */
const DEFAULT_READ_TIMEOUT = 10_000;

/** Who asks must not wait for ever either. */
const MOST_ATTEMPTS = 10;

/** Where Active Directory has users and groups by the published defaults, which is nobody's real place. */
const EXAMPLE_BASE = 'CN=Users,DC=WSO2,DC=Com';

class Texts {
  constructor(private readonly texts: SettingTexts) {}

  text(key: string): string {
    return (this.texts[key] ?? '').trim();
  }

  optional(key: string): string | undefined {
    const text = this.text(key);
    return text === '' ? undefined : text;
  }

  flag(key: string): boolean {
    return this.text(key) === 'true';
  }

  number(key: string, whenEmpty = 0): number {
    const text = this.text(key);
    return text === '' ? whenEmpty : Number(text);
  }

  list(key: string, separator: RegExp): readonly string[] {
    return this.text(key)
      .split(separator)
      .map((part) => part.trim())
      .filter((part) => part !== '');
  }

  names(key: string): ReadonlySet<string> {
    return new Set(this.list(key, /[,\s]+/).map((name) => name.toLowerCase()));
  }

  rule(key: 'username' | 'password' | 'rolename'): PatternRule {
    const pattern = this.texts[`${key}_java_regex`] ?? '';
    const patterns = new PatternMatcher();
    return {
      fits: (text) => patterns.fits(pattern, text),
      message: this.text(`${key}_java_reg_ex_violation_error_msg`),
    };
  }
}

/** Makes settings of checked texts, or says what does not fit together. */
export function readSettings(
  kind: LdapKind,
  texts: SettingTexts,
): { readonly settings: LdapSettings } | { readonly problems: readonly SettingProblem[] } {
  const from = new Texts(texts);
  const problems = problemsOf(from, kind);
  if (problems.length > 0) return { problems };
  const settings: LdapSettings = {
    kind,
    forScim: from.flag('scim_enabled'),
    connection: connectionOf(from, texts['connection_password'] ?? ''),
    users: usersOf(from, kind),
    groups: groupsOf(from, kind),
    values: valuesOf(from, texts['multi_attribute_separator'] ?? ',', kind),
    activeDirectory:
      kind === 'active-directory'
        ? { lightweight: from.flag('is_adlds_role'), accountControl: from.number('user_account_control', 512) }
        : undefined,
  };
  return { settings };
}

function problemsOf(from: Texts, kind: LdapKind): readonly SettingProblem[] {
  const problems: SettingProblem[] = [];
  const missing = (key: string, message: string) => problems.push({ key, message });
  if (from.text('connection_url') === '') missing('connection_url', 'is required: ldap:// or ldaps:// URLs');
  if (!from.flag('anonymous_bind')) {
    if (from.text('connection_name') === '') missing('connection_name', 'is required, unless anonymous_bind is true');
    if (from.text('connection_password') === '')
      missing('connection_password', 'is required: a bind without a password proves nothing');
  }
  if (basesOf(from, 'user_search_base', kind).length === 0)
    missing('user_search_base', 'is required, unless base_dn is given');
  if (from.flag('read_groups') && basesOf(from, 'group_search_base', kind).length === 0)
    missing('group_search_base', 'is required, unless base_dn is given or read_groups is false');
  if (from.flag('start_tls_enabled') && /(^|\s)ldaps:/i.test(from.text('connection_url')))
    missing('start_tls_enabled', 'is for ldap:// URLs; ldaps:// is encrypted from the beginning');
  for (const key of ['user_dn_pattern', 'role_dn_pattern'])
    if (from.list(key, /#/).some((pattern) => !pattern.includes('{0}')))
      missing(key, 'must contain {0}, which stands for the name');
  return problems;
}

/** The bases that are given; those below the base DN where there are none but the example of the published default. */
function basesOf(from: Texts, key: 'user_search_base' | 'group_search_base', kind: LdapKind): readonly string[] {
  const given = from.list(key, /#/);
  const base = from.text('base_dn');
  if (base === '' || (given.length > 0 && from.text(key) !== EXAMPLE_BASE)) return given;
  const below = key === 'user_search_base' ? 'ou=Users' : 'ou=Groups';
  return [`${kind === 'active-directory' ? 'CN=Users' : below},${base}`];
}

function connectionOf(from: Texts, password: string): ConnectionSettings {
  const seconds = (key: string, whenEmpty: number) => from.number(key, whenEmpty) || whenEmpty;
  return {
    urls: serversOf(from.text('connection_url')),
    name: from.text('connection_name'),
    password,
    anonymous: from.flag('anonymous_bind'),
    pooled: from.flag('connection_pooling_enabled'),
    connectTimeout: seconds('ldap_connection_timeout', 5000),
    readTimeout: seconds('read_timeout', DEFAULT_READ_TIMEOUT),
    retryAttempts: Math.min(from.number('retry_attempts'), MOST_ATTEMPTS),
    retryDelay: millisecondsOf(from.text('connection_retry_delay') || '2m'),
    startTls: from.flag('start_tls_enabled'),
    caFile: from.optional('ca_file'),
    referral: from.text('referral') as ReferralPolicy,
    tracing: from.flag('tracing_enabled'),
  };
}

function usersOf(from: Texts, kind: LdapKind): UserSettings {
  const idAttribute = from.flag('user_id_enabled') ? from.optional('user_id_attribute') : undefined;
  return {
    bases: basesOf(from, 'user_search_base', kind),
    objectClasses: from.list('user_entry_object_class', /[,\s]+/),
    nameAttribute: from.text('user_name_attribute') || 'uid',
    nameSearch: FilterTemplate.parse(from.text('user_name_search_filter')),
    listFilter: FilterTemplate.parse(from.text('user_name_list_filter')).withoutValue(),
    idAttribute,
    idSearch: FilterTemplate.parse(from.text('user_id_search_filter')),
    dnPatterns: from.list('user_dn_pattern', /#/),
    displayNameAttribute: from.optional('display_name_attribute'),
    nameRule: from.rule('username'),
    passwordRule: from.rule('password'),
    listLength: from.number('max_user_name_list_length'),
    caseInsensitive: from.flag('case_insensitive_username'),
  };
}

function groupsOf(from: Texts, kind: LdapKind): GroupSettings {
  const trusted = kind !== 'active-directory' || from.flag('back_links_enabled');
  return {
    readable: from.flag('read_groups'),
    writable: from.flag('write_groups'),
    bases: basesOf(from, 'group_search_base', kind),
    objectClasses: from.list('group_entry_object_class', /[,\s]+/),
    nameAttribute: from.text('group_name_attribute') || 'cn',
    nameSearch: FilterTemplate.parse(from.text('group_name_search_filter')),
    listFilter: FilterTemplate.parse(from.text('group_name_list_filter')).withoutValue(),
    idAttribute: from.flag('group_id_enabled') ? from.optional('group_id_attribute') : undefined,
    dnPatterns: from.list('role_dn_pattern', /#/),
    nameRule: from.rule('rolename'),
    listLength: from.number('max_role_name_list_length'),
    membershipAttribute: from.text('membership_attribute') || 'member',
    memberOfAttribute: trusted ? from.optional('member_of_attribute') : undefined,
    range: from.number('membership_attribute_range'),
    emptyAllowed: from.flag('empty_roles_allowed'),
    nested: from.flag('nested_groups_enabled'),
    createdAttribute: from.optional('group_created_timestamp_attribute'),
    modifiedAttribute: from.optional('group_modified_timestamp_attribute'),
  };
}

function valuesOf(from: Texts, separator: string, kind: LdapKind): ValueSettings {
  return {
    separator,
    immutable: from.names('immutable_attributes'),
    timestamps: from.names('timestamp_attributes'),
    timePattern: parseTimePattern(from.text('date_and_time_pattern')),
    binary: from.names('ldap_binary_attributes'),
    guidAsUuid: from.flag('transform_object_guid_to_uuid'),
    writable: kind !== 'read-only' && from.flag('claim_operations_supported'),
  };
}
