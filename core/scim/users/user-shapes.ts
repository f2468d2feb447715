import type { Projection } from '../attributes/projection.js';
import { type ComplexValue, isComplex } from '../attributes/resource.js';
import { subAttribute } from '../attributes/resource-model.js';
import type { Shape } from '../attributes/write-resource.js';
import { Schemas } from '../protocol/schemas.js';
import type { ScimConfig } from '../settings.js';
import { TYPED_LISTS } from './user-attributes.js';
import type { UserSchema } from './user-schema.js';

/** How clients of the contract get users: the primary address as text, and what the system schema has as text. */
export function contractShape(config: ScimConfig): Shape {
  return (value, { name }, extension) => {
    if (extension === Schemas.system && (typeof value === 'boolean' || typeof value === 'number')) return String(value);
    const isEmails = name === 'emails' && extension === undefined && Array.isArray(value);
    if (!isEmails || config.enable_spec_compliant_email_handling) return value;
    return (value as ComplexValue[]).flatMap(({ primary, ...rest }) => {
      if (primary !== true) return [rest];
      const isTyped = rest['type'] !== undefined;
      return [...(rest['value'] === undefined ? [] : [rest['value']]), ...(isTyped ? [rest] : [])];
    });
  };
}

/** How clients of the RFC get them: values of the types that the schema names, each told primary or not. */
export function rfcShape(schema: UserSchema, projection: Projection): Shape {
  return (value, attribute, extension) => {
    if (!TYPED_LISTS.includes(attribute) || !Array.isArray(value)) return value;
    const primary = subAttribute(attribute, 'primary');
    const list = schema.claimed.find((one) => one.attribute === attribute)?.list;
    if (!primary || list?.keepsPrimary !== true || !projection.includesSub(extension, attribute, primary)) return value;
    return value.map((one) => (isComplex(one) ? { ...one, primary: one['primary'] === true } : one));
  };
}
