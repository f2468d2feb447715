/** A member of an object by name, or an item of a list by position. */
export type DataPath = readonly PropertyKey[];

/** JSON Schema, as far as the reading of a text needs it. */
export interface DataShape {
  readonly type?: string | undefined;
  readonly properties?: Readonly<Record<string, DataShape>> | undefined;
  readonly additionalProperties?: DataShape | boolean | undefined;
  readonly items?: DataShape | undefined;
  readonly anyOf?: readonly DataShape[] | undefined;
}

/** A text that has been read, in whichever format. */
export interface DataText {
  /** What it says. @param shape tells texts from numbers and lists where the format itself does not */
  value(shape: DataShape): unknown;
  /** Where it says something: `line 3, column 5`; undefined when that is not known. */
  placeOf(path: DataPath): string | undefined;
}

/** Characters of a file at most. */
export const LONGEST_FILE = 524_288;
/** Lists and objects within each other at most. */
export const DEEPEST = 32;
