import type { Logger } from '#core/kernel';
import type { Directory } from './directory/directory.js';
import type { SchemaSource } from './directory/directory-schema.js';
import type { EntryFinder } from './entries/entry-finder.js';
import type { ValueCodec } from './entries/value-codec.js';
import type { LdapSettings } from './settings/ldap-settings.js';

/** What the parts of one store share. */
export interface StoreParts {
  /** Domain of the store. */
  readonly domain: string;
  readonly settings: LdapSettings;
  readonly directory: Directory;
  readonly schema: SchemaSource;
  readonly codec: ValueCodec;
  readonly users: EntryFinder;
  readonly groups: EntryFinder;
  readonly logger: Logger;
}
