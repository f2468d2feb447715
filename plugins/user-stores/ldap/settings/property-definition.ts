import type { StoreProperty } from '#core/users';

/** Families of directories. */
export type LdapKind = 'read-only' | 'read-write' | 'active-directory';

/** How the text of a setting must be written. */
export type SettingForm =
  | 'text'
  | 'secret'
  | 'flag'
  | 'number'
  | 'duration'
  | 'pattern'
  | 'filter'
  | 'filter-with-value'
  | 'attribute'
  | 'time-pattern'
  | 'referral'
  | 'file'
  | 'urls';

/** A setting of the stores, from which their schema and the list of their properties are made. */
export interface PropertyDefinition {
  readonly name: string;
  readonly key: string;
  readonly displayName: string;
  readonly description: string;
  readonly category: StoreProperty['category'];
  readonly need: StoreProperty['need'];
  readonly form: SettingForm;
  /** By kind; a kind without a default does not have the setting. */
  readonly defaults: Partial<Readonly<Record<LdapKind, string>>>;
  /** The default of a primary store where it is another one. */
  readonly primaryDefaults?: Partial<Readonly<Record<LdapKind, string>>>;
  /** The only values that are taken, and why. */
  readonly only?: { readonly values: readonly string[]; readonly reason: string };
}

/** The same default for every kind. */
export const everywhere = (text: string): PropertyDefinition['defaults'] => ({
  'read-only': text,
  'read-write': text,
  'active-directory': text,
});

/** A default for plain LDAP, and another for Active Directory. */
export const differing = (ldap: string, activeDirectory: string): PropertyDefinition['defaults'] => ({
  'read-only': ldap,
  'read-write': ldap,
  'active-directory': activeDirectory,
});

/** Only where it is written to. */
export const writable = (
  readWrite: string,
  activeDirectory: string | undefined = readWrite,
): PropertyDefinition['defaults'] => ({ 'read-write': readWrite, 'active-directory': activeDirectory });
