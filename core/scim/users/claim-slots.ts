import { type ClaimDialects, claimUri, type LocalClaim } from '#core/users';
import { Schemas } from '../protocol/schemas.js';

/** One claim of a user and where the resource shows it. */
export interface ClaimSlot {
  readonly claim: LocalClaim;
  /** URI of the extension; undefined: at the top. */
  readonly extension: string | undefined;
  /** Name of the attribute. */
  readonly name: string;
  /**
   * Of a complex attribute the sub-attribute, of a list with types the type. Undefined: the whole attribute, or the
   * values of a list that have no type of their own.
   */
  readonly part: string | undefined;
}

/** Which of the extensions there are. */
export interface ShownExtensions {
  readonly enterprise: boolean;
  readonly custom: boolean;
}

/** Claims that are no attributes like others: the resource gets them in other ways. */
const APART: ReadonlySet<string> = new Set(
  ['username', 'userid', 'created', 'modified', 'location', 'resourceType', 'groups', 'roles'].map(claimUri),
);
/** What the contract calls the values of a list that have no type. */
const NO_TYPE = 'default';

/** Claims of the SCIM dialects with their places in the resource. */
export function claimSlots(dialects: ClaimDialects, shown: ShownExtensions): readonly ClaimSlot[] {
  const places: readonly (readonly [dialect: string, extension: string | undefined])[] = [
    [Schemas.common, undefined],
    [Schemas.user, undefined],
    ...(shown.enterprise ? ([[Schemas.enterpriseUser, Schemas.enterpriseUser]] as const) : []),
    [Schemas.system, Schemas.system],
    ...(shown.custom ? ([[dialects.customSchema, dialects.customSchema]] as const) : []),
  ];
  return places.flatMap(([dialect, extension]) =>
    dialects.external(dialect).flatMap(({ claimURI, mappedLocalClaimURI }) => {
      const claim = dialects.local(mappedLocalClaimURI);
      if (!claim || APART.has(claim.claimURI)) return [];
      const [name = '', part] = nameIn(claimURI, dialect);
      return [{ claim, extension, name, part: part === NO_TYPE ? undefined : part }];
    }),
  );
}

/** `urn:…:User:name.givenName` as its two names. */
function nameIn(claim: string, dialect: string): readonly [string, string | undefined] {
  const name = claim.slice(dialect.length + 1);
  const point = name.indexOf('.');
  return point < 0 ? [name, undefined] : [name.slice(0, point), name.slice(point + 1)];
}
