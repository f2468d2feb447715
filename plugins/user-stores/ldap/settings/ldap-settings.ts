import type { Filter } from 'ldapts';
import type { TimePattern } from '../entries/time-pattern.js';
import type { FilterTemplate } from '../filters/filter-template.js';
import type { LdapKind } from './property-definition.js';

/** What a referral to another server leads to. */
export type ReferralPolicy = 'follow' | 'ignore' | 'throw';

/** What a name or a password must match, and what to say when it does not. */
export interface PatternRule {
  /** Whether the whole of it matches the pattern. */
  readonly fits: (text: string) => boolean;
  readonly message: string;
}

/** How the directory is reached. Times in milliseconds. */
export interface ConnectionSettings {
  readonly urls: readonly URL[];
  readonly name: string;
  readonly password: string;
  readonly anonymous: boolean;
  readonly pooled: boolean;
  readonly connectTimeout: number;
  readonly readTimeout: number;
  readonly retryAttempts: number;
  readonly retryDelay: number;
  readonly startTls: boolean;
  /** PEM file; undefined: the authorities of Node.js. */
  readonly caFile: string | undefined;
  readonly referral: ReferralPolicy;
  readonly tracing: boolean;
}

/** What users and groups have in common. */
interface EntrySettings {
  /** Where they are; new ones are made in the first. */
  readonly bases: readonly string[];
  readonly objectClasses: readonly string[];
  readonly nameAttribute: string;
  readonly nameSearch: FilterTemplate;
  readonly listFilter: Filter;
  /** Attribute with the id; undefined: the one that the directory itself gives to entries. */
  readonly idAttribute: string | undefined;
  readonly dnPatterns: readonly string[];
  readonly nameRule: PatternRule;
  /** How many in one list; 0: no limit. */
  readonly listLength: number;
}

/** Which entries are users. */
export interface UserSettings extends EntrySettings {
  readonly idSearch: FilterTemplate;
  readonly displayNameAttribute: string | undefined;
  readonly passwordRule: PatternRule;
  readonly caseInsensitive: boolean;
}

/** Which entries are groups. */
export interface GroupSettings extends EntrySettings {
  readonly readable: boolean;
  readonly writable: boolean;
  readonly membershipAttribute: string;
  /** Attribute of users that is trusted to name their groups. */
  readonly memberOfAttribute: string | undefined;
  /** How many members come at once; 0: all. */
  readonly range: number;
  readonly emptyAllowed: boolean;
  readonly nested: boolean;
  readonly createdAttribute: string | undefined;
  readonly modifiedAttribute: string | undefined;
}

/** How values are read and written. Names in lower case. */
export interface ValueSettings {
  readonly separator: string;
  readonly immutable: ReadonlySet<string>;
  readonly timestamps: ReadonlySet<string>;
  readonly timePattern: TimePattern;
  readonly binary: ReadonlySet<string>;
  readonly guidAsUuid: boolean;
  /** Whether attributes of users may be written. */
  readonly writable: boolean;
}

/** All settings of a store. */
export interface LdapSettings {
  readonly kind: LdapKind;
  /** Whether SCIM may use the store. */
  readonly forScim: boolean;
  readonly connection: ConnectionSettings;
  readonly users: UserSettings;
  readonly groups: GroupSettings;
  readonly values: ValueSettings;
  /** Of Active Directory only. */
  readonly activeDirectory: { readonly lightweight: boolean; readonly accountControl: number } | undefined;
}
