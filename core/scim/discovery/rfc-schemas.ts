import type { ScimAttribute, ScimSchema } from '../attributes/resource-model.js';
import { Schemas } from '../protocol/schemas.js';

/** A schema as RFC 7643 section 7 writes it. @param baseUrl origin and organization, for the address */
export function rfcSchema({ id, name, description, attributes }: ScimSchema, baseUrl: string) {
  return {
    schemas: [Schemas.schema],
    id,
    name,
    description,
    attributes: attributes.map(rfcAttribute),
    meta: { resourceType: 'Schema', location: `${baseUrl}/scim2/Schemas/${id}` },
  };
}

function rfcAttribute(attribute: ScimAttribute): Record<string, unknown> {
  const { name, type, multiValued, description, required, mutability, returned, caseExact, uniqueness } = attribute;
  const { canonicalValues, referenceTypes, subAttributes } = attribute;
  return {
    name,
    type,
    ...(subAttributes.length === 0 ? {} : { subAttributes: subAttributes.map(rfcAttribute) }),
    multiValued,
    ...(description === '' ? {} : { description }),
    required,
    ...(canonicalValues.length === 0 ? {} : { canonicalValues }),
    caseExact,
    mutability,
    returned,
    uniqueness,
    ...(type === 'reference' && referenceTypes.length > 0 ? { referenceTypes } : {}),
  };
}
