import { z } from 'zod';
import { reasonOf } from '#core/kernel';
import type { StoreProperty } from '#core/users';
import { basicProperties } from './basic-properties.js';
import { connectionProperties } from './connection-properties.js';
import { groupProperties } from './group-properties.js';
import type { LdapSettings } from './ldap-settings.js';
import type { LdapKind, PropertyDefinition } from './property-definition.js';
import { checkForm } from './setting-forms.js';
import { readSettings, type SettingTexts } from './settings-reader.js';
import { userProperties } from './user-properties.js';

/** A kind of store: a family of directories, with ids that the store keeps or with those of the directory. */
export interface StoreKind {
  readonly kind: LdapKind;
  /** Whether UserIDAttribute has a default; if not, ids are those of the directory until it is set. */
  readonly uniqueIds: boolean;
}

const definitions = [...connectionProperties, ...userProperties, ...groupProperties, ...basicProperties];
const types: Partial<Record<PropertyDefinition['form'], StoreProperty['type']>> = {
  secret: 'password',
  flag: 'boolean',
  number: 'number',
};

function definitionsOf(kind: LdapKind): readonly PropertyDefinition[] {
  return definitions.filter(({ defaults }) => defaults[kind] !== undefined);
}

function defaultOf({ key, defaults }: PropertyDefinition, { kind, uniqueIds }: StoreKind): string {
  if (!uniqueIds && key === 'user_id_attribute') return '';
  return defaults[kind] ?? '';
}

/** The properties of a kind of store, as the user-store API shows them. */
export function propertiesOf(kind: StoreKind): readonly StoreProperty[] {
  return definitionsOf(kind.kind).map((definition) => {
    const { name, key, displayName, description, category, form } = definition;
    const optional = !kind.uniqueIds && key === 'user_id_attribute';
    const isMandatory = definition.need === 'mandatory' && !optional;
    return {
      name,
      key,
      displayName,
      description,
      category,
      type: types[form] ?? 'string',
      need: definition.need === 'mandatory' && !isMandatory ? 'optional' : definition.need,
      ...(form === 'file' ? { isFile: true as const } : {}),
      defaultValue: defaultOf(definition, kind),
    };
  });
}

/** Defaults of a primary store, by key, where they are not those that the properties show. */
export function primaryDefaultsOf({ kind }: StoreKind): Readonly<Record<string, string>> {
  const differing = definitionsOf(kind).flatMap(({ key, primaryDefaults }): [string, string][] => {
    const value = primaryDefaults?.[kind];
    return value === undefined ? [] : [[key, value]];
  });
  return Object.fromEntries(differing);
}

function textOf(definition: PropertyDefinition, kind: StoreKind) {
  const plain = z.union([z.string(), z.number(), z.boolean()], { error: 'expected text' }).transform(String);
  const checked = plain.superRefine((text, { addIssue }) => {
    try {
      checkForm(definition.form, text);
    } catch (error) {
      addIssue({ code: 'custom', message: reasonOf(error) });
    }
    const { only } = definition;
    if (only && !only.values.includes(text))
      addIssue({ code: 'custom', message: `only ${only.values.join(', ')} is possible: ${only.reason}` });
  });
  const described = checked.prefault(defaultOf(definition, kind)).describe(definition.description);
  return definition.form === 'secret' ? described.meta({ secret: true }) : described;
}

/** The schema of the settings of a kind of store: the keys of `[user_store]` beside `type`. */
export function schemaOf(kind: StoreKind): z.ZodType<LdapSettings> {
  const known = definitionsOf(kind.kind);
  const shape = Object.fromEntries(known.map((definition) => [definition.key, textOf(definition, kind)]));
  // Another name of a key, from older files.
  const older = z
    .union([z.string(), z.number()])
    .transform(String)
    .optional()
    .describe('The same as max_user_name_list_length');
  return z.strictObject({ ...shape, max_user_list: older }).transform((values, { addIssue }): LdapSettings => {
    const { max_user_list, ...texts } = values as SettingTexts;
    const length = max_user_list === undefined ? {} : { max_user_name_list_length: max_user_list };
    const read = readSettings(kind.kind, { ...texts, ...length });
    if ('settings' in read) return read.settings;
    for (const { key, message } of read.problems) addIssue({ code: 'custom', path: [key], message });
    return z.NEVER;
  });
}
