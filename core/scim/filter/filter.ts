/** How two values are compared (RFC 7644 section 3.4.2.2); `pr`: there is a value at all. */
export const COMPARISONS = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le', 'pr'] as const;
/** One of {@link COMPARISONS}. */
export type FilterComparison = (typeof COMPARISONS)[number];

/** What an attribute is compared with. */
export type FilterValue = string | number | boolean | null;

/** A path as a client writes it: `[urn:]name[.sub]`. Nothing is known yet of whether there is such an attribute. */
export interface AttributePath {
  /** As it was written. */
  readonly text: string;
  /** URI of the schema; undefined: not named. */
  readonly urn: string | undefined;
  readonly name: string;
  readonly sub: string | undefined;
}

/** One comparison. */
export interface Compare {
  readonly op: 'compare';
  readonly path: AttributePath;
  readonly comparison: FilterComparison;
  /** Null for `pr`. */
  readonly value: FilterValue;
}

/** A filter as a tree; `and` and `or` have two or more parts. */
export type Filter =
  | Compare
  | { readonly op: 'and' | 'or'; readonly filters: readonly Filter[] }
  | { readonly op: 'not'; readonly filter: Filter }
  /** One value of a multi-valued attribute fits the whole inner filter: `emails[type eq "work" and value co "@x"]`. */
  | { readonly op: 'values'; readonly path: AttributePath; readonly filter: Filter };

/** A path of PATCH: `name.sub`, `name[filter].sub`, or the URI of a schema. */
export interface PatchPath {
  readonly path: AttributePath;
  readonly filter: Filter | undefined;
}
