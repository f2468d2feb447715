import { attribute, type ScimAttribute } from '../attributes/resource-model.js';

const type = attribute('type');
const primary = attribute('primary', { type: 'boolean' });
const typed = [attribute('value'), type, primary];
const typedReference = [attribute('value', { type: 'reference', referenceTypes: ['external'] }), type, primary];
const typedBinary = [attribute('value', { type: 'binary', caseExact: true }), type, primary];

/** Multi-valued attributes of the core schema whose values have a type; each type has a claim of its own. */
export const TYPED_LISTS: readonly ScimAttribute[] = [
  attribute('emails', { multiValued: true, subAttributes: typed }),
  attribute('phoneNumbers', { multiValued: true, subAttributes: typed }),
  attribute('ims', { multiValued: true, subAttributes: typed }),
  attribute('photos', { multiValued: true, subAttributes: typedReference }),
  attribute('addresses', {
    multiValued: true,
    subAttributes: [
      attribute('formatted'),
      attribute('streetAddress'),
      attribute('locality'),
      attribute('region'),
      attribute('postalCode'),
      attribute('country'),
      type,
      primary,
    ],
  }),
  attribute('entitlements', { multiValued: true, subAttributes: typed }),
  attribute('x509Certificates', { multiValued: true, subAttributes: typedBinary }),
];

const readOnly = (name: string) => attribute(name, { mutability: 'readOnly' });
const refersTo = (kind: string) =>
  attribute('$ref', { type: 'reference', referenceTypes: [kind], mutability: 'readOnly' });

/** Groups of a user: changed by the groups. */
export const GROUPS: ScimAttribute = attribute('groups', {
  multiValued: true,
  mutability: 'readOnly',
  subAttributes: [readOnly('value'), readOnly('display'), refersTo('Group'), readOnly('type')],
});

/** Roles of a user: changed by the roles. */
export const ROLES: ScimAttribute = attribute('roles', {
  multiValued: true,
  mutability: 'readOnly',
  subAttributes: [
    ...['value', 'display', 'audienceValue', 'audienceType', 'audienceDisplay'].map(readOnly),
    refersTo('Role'),
    readOnly('type'),
  ],
});

/** Never answered, and no claim. */
export const PASSWORD: ScimAttribute = attribute('password', { mutability: 'writeOnly', returned: 'never' });

/** The name of a user. It stays, but may be said again in other letters, so that the writer looks after it. */
export const USER_NAME: ScimAttribute = attribute('userName', { required: true, uniqueness: 'server' });
