import { z } from 'zod';
import { jsonBody } from '#core/http';
import type { ClaimDialects } from '../claims/claim-dialects.js';
import type { SecondaryStoreEntity } from './secondary-store.entity.js';
import { fullClassName, idOfName } from './store-kinds.js';
import type { StoreProperty } from './store-property.js';
import { ENCRYPTED, type GivenProperty } from './store-rules.js';
import type { UserStoreManager } from './user-store.js';

const MAX_PROPERTIES = 300;
const MAX_MAPPINGS = 500;

const property = z.object({
  name: z.string().min(1).max(100),
  // Some clients send numbers and booleans as what they are.
  value: z.union([z.string().max(8000), z.number().transform(String), z.boolean().transform(String)]).default(''),
});

const properties = z.array(property).max(MAX_PROPERTIES);

const mapping = z.object({ claimURI: z.string().min(1).max(255), mappedAttribute: z.string().max(100) });

/** Body of a change of mappings. */
export const mappingsBody = jsonBody(z.array(mapping).min(1).max(MAX_MAPPINGS));

/** Body that describes a whole store. */
export const storeBody = jsonBody(
  z.object({
    typeId: z.string().max(400),
    name: z.string().max(255).default(''),
    description: z.string().max(1000).default(''),
    properties: properties.default([]),
    claimAttributeMappings: z.array(mapping).max(MAX_MAPPINGS).optional(),
  }),
);

/** Body of a PATCH. */
export const patchBody = jsonBody(
  z
    .array(
      z.object({
        operation: z
          .string()
          .transform((text) => text.toUpperCase())
          .pipe(z.enum(['ADD', 'REMOVE', 'REPLACE'])),
        path: z.string().max(200),
        value: z.union([z.string().max(8000), z.number().transform(String), z.boolean().transform(String)]).optional(),
      }),
    )
    .max(MAX_PROPERTIES),
);

/** Body of a test of a connection: that of a database as published, or any kind by its type and settings. */
export const trialBody = jsonBody(
  z.object({
    typeId: z.string().max(400).optional(),
    properties: properties.optional(),
    domain: z.string().max(255).optional(),
    driverName: z.string().max(500).optional(),
    connectionURL: z.string().max(2000).optional(),
    username: z.string().max(1000).optional(),
    connectionPassword: z.string().max(1000).optional(),
  }),
);

const mappings = z.array(z.object({ claimURI: z.string(), mappedAttribute: z.string() }));
const shownProperties = z.array(z.object({ name: z.string(), value: z.string() }));
const kind = { typeId: z.string(), typeName: z.string(), className: z.string(), isLocal: z.boolean() };

/** One store in a list. */
export const listAnswer = z.array(
  z.object({
    id: z.string(),
    name: z.string(),
    enabled: z.boolean(),
    description: z.string(),
    isLocal: z.boolean(),
    self: z.string(),
    typeName: z.string(),
    properties: shownProperties.optional(),
  }),
);

/** A store that has just been made or changed. */
export const storeAnswer = z.object({
  id: z.string(),
  name: z.string(),
  typeName: z.string(),
  typeId: z.string(),
  description: z.string(),
  properties: shownProperties,
  claimAttributeMappings: mappings,
});

/** A store as it is set up. */
export const configurationAnswer = z.object({
  ...kind,
  name: z.string(),
  description: z.string(),
  properties: shownProperties,
  claimAttributeMappings: mappings,
});

/** Kinds of stores. */
export const typesAnswer = z.array(z.object({ ...kind, self: z.string() }));

const described = z.array(
  z.object({
    name: z.string(),
    defaultValue: z.string(),
    description: z.string(),
    attributes: z.array(z.object({ name: z.string(), value: z.string() })),
  }),
);

/** One kind with what can be set. */
export const typeAnswer = z.object({
  ...kind,
  properties: z.object({ Mandatory: described, Optional: described, Advanced: described }),
});

/** Attributes of a kind. */
export const attributesAnswer = z.object({
  typeName: z.string(),
  typeId: z.string(),
  isLocal: z.boolean(),
  attributeMappings: z.array(
    z.object({ claimId: z.string(), claimURI: z.string(), mappedAttribute: z.string(), displayName: z.string() }),
  ),
});

/** Whether a connection stands. */
export const trialAnswer = z.object({ connection: z.boolean() });

/** A kind as it is shown. */
export function shownKind(manager: UserStoreManager): z.output<z.ZodObject<typeof kind>> {
  const { className } = manager;
  return { typeId: idOfName(className), typeName: className, className: fullClassName(manager), isLocal: true };
}

/** Settings of a store as they are shown: no secret ever. */
export function shownSettings(row: SecondaryStoreEntity): GivenProperty[] {
  const given = row.properties.map(({ name, value, sealed }) => ({ name, value: sealed ? ENCRYPTED : value }));
  return [...given, { name: 'Disabled', value: String(row.status === 'DISABLED') }];
}

const DISABLED: StoreProperty = {
  name: 'Disabled',
  key: 'disabled',
  displayName: 'Disabled',
  description: 'Whether the user store is switched off',
  category: 'basic',
  type: 'boolean',
  need: 'optional',
  defaultValue: 'false',
};

/** What can be set of a kind. */
export function shownType(manager: UserStoreManager): z.output<typeof typeAnswer> {
  const all = manager.properties.some(({ name }) => name === DISABLED.name)
    ? manager.properties
    : [...manager.properties, DISABLED];
  const of = (need: StoreProperty['need']) => all.filter((one) => one.need === need).map(describedProperty);
  return {
    ...shownKind(manager),
    properties: { Mandatory: of('mandatory'), Optional: of('optional'), Advanced: of('advanced') },
  };
}

function describedProperty(one: StoreProperty): z.output<typeof described>[number] {
  const { name, defaultValue, displayName, description, category, type, need } = one;
  return {
    name,
    defaultValue,
    description: [displayName, description, ...(type === 'password' ? ['encrypt'] : [])].join('#'),
    attributes: [
      { name: 'category', value: category },
      { name: 'type', value: type },
      { name: 'required', value: String(need === 'mandatory') },
    ],
  };
}

/** Attributes that a kind has for claims unless a store says otherwise. */
export function shownAttributes(
  manager: UserStoreManager,
  claims: ClaimDialects,
  isIdentityIncluded: boolean,
): z.output<typeof attributesAnswer> {
  const { typeId, typeName, isLocal } = shownKind(manager);
  const shown = claims.locals.filter(
    ({ claimURI }) => isIdentityIncluded || claims.placeOf(claimURI, '')?.in === 'store',
  );
  return {
    typeName,
    typeId,
    isLocal,
    attributeMappings: shown.map(({ claimURI, attribute, displayName }) => ({
      claimId: idOfName(claimURI),
      claimURI,
      mappedAttribute: attribute,
      displayName,
    })),
  };
}
