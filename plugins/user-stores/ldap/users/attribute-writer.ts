import { Attribute, Change } from 'ldapts';
import type { StoreAttributes } from '#core/users';
import { type DirectorySchema, SYNTAX } from '../directory/directory-schema.js';
import type { ValueCodec } from '../entries/value-codec.js';
import { isAttributeName } from '../filters/attribute-name.js';
import { changeRefused } from '../refusals.js';
import type { LdapSettings } from '../settings/ldap-settings.js';

/** Values as the directory takes them. */
export type PreparedValues = readonly (string | Buffer)[];

/** Makes values of the store ready for the directory. */
export class AttributeWriter {
  constructor(
    private readonly settings: LdapSettings,
    private readonly codec: ValueCodec,
    private readonly schema: DirectorySchema,
  ) {}

  /** Whether only the directory writes it. */
  isReadOnly(attribute: string): boolean {
    const name = attribute.toLowerCase();
    return this.settings.values.immutable.has(name) || this.schema.attribute(name)?.readOnly === true;
  }

  /** Attributes of a new user; those that only the directory writes are left out. @throws ApiError 400 */
  forNew(attributes: StoreAttributes, attributeOf: (name: string) => string): Record<string, PreparedValues> {
    const prepared: Record<string, PreparedValues> = {};
    for (const [name, values] of Object.entries(attributes)) {
      const attribute = attributeOf(name);
      if (this.isReadOnly(attribute)) continue;
      const ready = this.values(attribute, values);
      if (ready.length > 0) prepared[attribute] = ready;
    }
    return prepared;
  }

  /** The change that gives an attribute these values; none: it is removed. @throws ApiError 400 */
  replacement(attribute: string, values: readonly string[]): Change {
    if (this.isReadOnly(attribute)) throw changeRefused(`The attribute ${attribute} is written by the directory only.`);
    return replacementOf(attribute, this.values(attribute, values));
  }

  /** Values without those that the directory would take for the same. @throws ApiError 400 */
  values(attribute: string, given: readonly string[]): PreparedValues {
    const known = this.schema.attribute(attribute);
    if (!isAttributeName(attribute) || (this.schema.isKnown && !known))
      throw changeRefused(`The directory has no attribute ${attribute}.`);
    const filled = given.filter((value) => value !== '');
    const single = known?.single === true && filled.length > 1;
    const one = single ? [filled.join(this.settings.values.separator)] : filled;
    const isExact = /exact|octet/i.test(known?.equality ?? '');
    const seen = new Set<string>();
    return one.flatMap((value) => {
      const key = isExact ? value : value.toLowerCase().trim().replace(/ +/g, ' ');
      if (seen.has(key)) return [];
      seen.add(key);
      const written = this.codec.write(attribute, known?.syntax === SYNTAX.boolean ? value.toUpperCase() : value);
      if (written === undefined) throw changeRefused(`A value of the attribute ${attribute} cannot be read.`);
      return [written];
    });
  }
}

/** A change that replaces all values of an attribute. */
export function replacementOf(attribute: string, values: PreparedValues): Change {
  return changeOf('replace', attribute, values);
}

/** A change of an attribute. */
export function changeOf(operation: 'add' | 'delete' | 'replace', attribute: string, values: PreparedValues): Change {
  const bytes = values.map((value) => Buffer.from(value));
  return new Change({ operation, modification: new Attribute({ type: attribute, values: bytes }) });
}
