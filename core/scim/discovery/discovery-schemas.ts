import { attribute, type ScimAttribute, type ScimSchema } from '../attributes/resource-model.js';
import { Schemas } from '../protocol/schemas.js';

const text = (name: string, more: Partial<Omit<ScimAttribute, 'name'>> = {}) =>
  attribute(name, { mutability: 'readOnly', ...more });
const needed = (name: string, more: Partial<Omit<ScimAttribute, 'name'>> = {}) =>
  text(name, { required: true, ...more });
const flag = (name: string) => needed(name, { type: 'boolean' });
const whole = (name: string) => needed(name, { type: 'integer' });
const address = (name: string, referenceType: string) =>
  text(name, { type: 'reference', referenceTypes: [referenceType], caseExact: true });
const several = (name: string, subAttributes: readonly ScimAttribute[]) =>
  needed(name, { type: 'complex', multiValued: true, subAttributes });
const one = (name: string, ...subAttributes: readonly ScimAttribute[]) =>
  needed(name, { type: 'complex', subAttributes });

const characteristics: readonly ScimAttribute[] = [
  needed('name', { caseExact: true }),
  needed('type', {
    canonicalValues: ['string', 'boolean', 'decimal', 'integer', 'dateTime', 'reference', 'binary', 'complex'],
  }),
  flag('multiValued'),
  text('description'),
  text('required', { type: 'boolean' }),
  text('canonicalValues', { multiValued: true, caseExact: true }),
  text('caseExact', { type: 'boolean' }),
  text('mutability', { caseExact: true, canonicalValues: ['readOnly', 'readWrite', 'immutable', 'writeOnly'] }),
  text('returned', { caseExact: true, canonicalValues: ['always', 'never', 'default', 'request'] }),
  text('uniqueness', { caseExact: true, canonicalValues: ['none', 'server', 'global'] }),
  text('referenceTypes', { multiValued: true, caseExact: true }),
];

const authenticationSchemes = several('authenticationSchemes', [
  needed('type', { canonicalValues: ['oauth', 'oauth2', 'oauthbearertoken', 'httpbasic', 'httpdigest'] }),
  needed('name'),
  needed('description'),
  address('specUri', 'external'),
  address('documentationUri', 'external'),
  text('primary', { type: 'boolean' }),
]);

/** Schemas of what discovery answers (RFC 7643 section 8.7.2). */
export const DISCOVERY_SCHEMAS: readonly ScimSchema[] = [
  {
    id: Schemas.serviceProviderConfig,
    name: 'ServiceProviderConfig',
    description: 'What the service can do',
    attributes: [
      address('documentationUri', 'external'),
      one('patch', flag('supported')),
      one('bulk', flag('supported'), whole('maxOperations'), whole('maxPayloadSize')),
      one('filter', flag('supported'), whole('maxResults')),
      one('changePassword', flag('supported')),
      one('sort', flag('supported')),
      one('etag', flag('supported')),
      one('pagination', flag('cursor'), flag('index'), whole('defaultPageSize'), whole('maxPageSize')),
      authenticationSchemes,
    ],
  },
  {
    id: Schemas.resourceType,
    name: 'ResourceType',
    description: 'Kind of resources',
    attributes: [
      needed('name'),
      text('description'),
      { ...address('endpoint', 'uri'), required: true },
      { ...address('schema', 'uri'), required: true },
      text('schemaExtensions', {
        type: 'complex',
        multiValued: true,
        subAttributes: [{ ...address('schema', 'uri'), required: true }, flag('required')],
      }),
    ],
  },
  {
    id: Schemas.schema,
    name: 'Schema',
    description: 'Attributes of resources',
    attributes: [
      needed('name'),
      text('description'),
      several('attributes', [...characteristics, { ...several('subAttributes', characteristics), required: false }]),
    ],
  },
];
