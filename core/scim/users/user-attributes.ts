import { attribute, type ScimAttribute } from '../attributes/resource-model.js';

const typed = [attribute('value'), attribute('type'), attribute('primary', { type: 'boolean' })];

/** Multi-valued attributes of the core schema whose values have a type; each type has a claim of its own. */
export const TYPED_LISTS: readonly ScimAttribute[] = [
  attribute('emails', { multiValued: true, subAttributes: typed }),
  attribute('phoneNumbers', { multiValued: true, subAttributes: typed }),
  attribute('ims', { multiValued: true, subAttributes: typed }),
  attribute('photos', { multiValued: true, subAttributes: typed }),
  attribute('addresses', {
    multiValued: true,
    subAttributes: [
      attribute('formatted'),
      attribute('streetAddress'),
      attribute('locality'),
      attribute('region'),
      attribute('postalCode'),
      attribute('country'),
      attribute('type'),
      attribute('primary', { type: 'boolean' }),
    ],
  }),
  attribute('entitlements', { multiValued: true, subAttributes: typed }),
  attribute('x509Certificates', { multiValued: true, subAttributes: typed }),
];

const readOnly = (name: string) => attribute(name, { mutability: 'readOnly' });

/** Groups of a user: changed by the groups. */
export const GROUPS: ScimAttribute = attribute('groups', {
  multiValued: true,
  mutability: 'readOnly',
  subAttributes: [readOnly('value'), readOnly('display'), readOnly('$ref'), readOnly('type')],
});

/** Roles of a user: changed by the roles. */
export const ROLES: ScimAttribute = attribute('roles', {
  multiValued: true,
  mutability: 'readOnly',
  subAttributes: ['value', 'display', 'audienceValue', 'audienceType', 'audienceDisplay', '$ref', 'type'].map(readOnly),
});

/** Never answered, and no claim. */
export const PASSWORD: ScimAttribute = attribute('password', { mutability: 'writeOnly', returned: 'never' });
