import type { ScimAttribute, ScimSchema } from '../attributes/resource-model.js';
import { USER_NAME } from './user-attributes.js';
import type { UserSchema } from './user-schema.js';

/**
 * Schemas of users for clients of the RFC: all attributes that answers can have, of each list only what the claims can
 * keep. A list whose values have types names them; `primary` is there where one claim has the primary value.
 */
export function publishedSchemas(schema: UserSchema): readonly ScimSchema[] {
  const { core, extensions } = schema.model;
  return [core, ...extensions].map((one) => {
    const extension = one === core ? undefined : one.id;
    const attributes = one.attributes.map((attribute) =>
      dated(schema, extension, listed(schema, extension, attribute)),
    );
    return { ...one, attributes };
  });
}

function listed(schema: UserSchema, extension: string | undefined, attribute: ScimAttribute): ScimAttribute {
  if (attribute === USER_NAME) return { ...attribute, mutability: 'immutable' };
  const list = schema.claimed.find((one) => one.attribute === attribute && one.extension === extension)?.list;
  if (!list) return attribute;
  const subAttributes = attribute.subAttributes.flatMap((sub) => {
    if (sub.name === 'primary') return list.keepsPrimary ? [sub] : [];
    if (sub.name === 'type') return list.types.length > 0 ? [{ ...sub, canonicalValues: list.types }] : [];
    return [sub];
  });
  return { ...attribute, subAttributes };
}

/** A day, which the model compares like a time, is no `dateTime` of RFC 7643 section 2.3.5. */
function dated(schema: UserSchema, extension: string | undefined, attribute: ScimAttribute): ScimAttribute {
  if (attribute.type !== 'dateTime') return attribute;
  const isDay = schema.slotsOf({ extension, attribute }).some(({ claim }) => claim.dataType === 'date');
  return isDay ? { ...attribute, type: 'string' } : attribute;
}
