import { claimUri, type LocalClaim } from '#core/users';
import { TYPED_LISTS } from '../users/user-attributes.js';

const TYPES: Readonly<Record<LocalClaim['dataType'], string>> = {
  string: 'STRING',
  integer: 'INTEGER',
  decimal: 'DECIMAL',
  boolean: 'BOOLEAN',
  date: 'DATE_TIME',
  datetime: 'DATE_TIME',
  epoch: 'STRING',
  complex: 'COMPLEX',
};

const LISTS: ReadonlySet<string> = new Set([...TYPED_LISTS.map(({ name }) => name), 'groups', 'roles']);
const ALWAYS: ReadonlySet<string> = new Set([claimUri('userid'), claimUri('username')]);

/** An attribute as `/Schemas` shows it: beside the RFC what forms need to know. */
interface SchemaAttribute {
  readonly name: string;
  readonly subAttributes?: readonly SchemaAttribute[];
  readonly [member: string]: unknown;
}

/** A schema with the claims that are displayed, by their names. */
export function schemaBody(
  schema: { readonly id: string; readonly name: string; readonly description: string },
  claims: readonly (readonly [name: string, claim: LocalClaim])[],
) {
  const names = [...new Set(claims.map(([name]) => name.split('.')[0] as string))];
  const attributes = names.map((name) => {
    const parts = claims.flatMap(([path, claim]) =>
      path.startsWith(`${name}.`) ? [attributeBody(path.slice(name.length + 1), claim)] : [],
    );
    const own = claims.find(([path]) => path === name)?.[1];
    return attributeBody(name, own, parts);
  });
  return { ...schema, attributes };
}

function attributeBody(
  name: string,
  claim: LocalClaim | undefined,
  subAttributes: readonly SchemaAttribute[] = [],
): SchemaAttribute {
  const isList = LISTS.has(name);
  const shown = claim
    ? formOf(claim)
    : { displayName: name, displayOrder: 0, supportedByDefault: true, required: false };
  const isReadOnly = claim?.readOnly === true;
  return {
    name,
    type: subAttributes.length > 0 || isList ? 'COMPLEX' : TYPES[claim?.dataType ?? 'string'],
    multiValued: isList || claim?.multiValued === true,
    mutability: isReadOnly ? 'READ_ONLY' : 'READ_WRITE',
    returned: claim && ALWAYS.has(claim.claimURI) ? 'ALWAYS' : 'DEFAULT',
    uniqueness: uniquenessOf(claim),
    caseExact: false,
    ...shown,
    ...(subAttributes.length > 0 ? { subAttributes } : {}),
  };
}

function uniquenessOf(claim: LocalClaim | undefined): string {
  if (claim?.claimURI === claimUri('username') || claim?.claimURI === claimUri('userid')) return 'SERVER';
  return claim && claim.uniquenessScope !== 'NONE' ? 'SERVER' : 'NONE';
}

function formOf(claim: LocalClaim) {
  const { displayName, description, displayOrder, supportedByDefault, required, regEx, canonicalValues } = claim;
  const { inputFormat, profiles } = claim;
  return {
    displayName,
    ...(description === '' ? {} : { description }),
    displayOrder,
    supportedByDefault,
    required,
    ...(regEx === undefined ? {} : { regEx }),
    ...(canonicalValues.length > 0 ? { canonicalValues } : {}),
    ...(inputFormat ? { inputFormat } : {}),
    ...(Object.keys(profiles).length > 0 ? { profiles } : {}),
  };
}
