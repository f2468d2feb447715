import type { TableColumnOptions, ValueTransformer } from 'typeorm';

/**
 * Column vocabulary shared by entities and migrations, so that both always say the same. Portable types only: no enum,
 * no native JSON, no native timestamps.
 */

/** Drivers disagree on whether a 64-bit integer is a number or a string; here it is a number. */
export const epochMillis: ValueTransformer = {
  to: (value: number | null | undefined) => value,
  from: (value: string | number | null) => (value === null ? null : Number(value)),
};

/** JSON kept as text. */
export const json: ValueTransformer = {
  to: (value: unknown) => (value === undefined || value === null ? null : JSON.stringify(value)),
  from: (value: string | null) => (value === null ? null : (JSON.parse(value) as unknown)),
};

/** Migration column: identifier of at most 36 characters (a UUID). */
export const idColumn = (name: string, options: Partial<TableColumnOptions> = {}): TableColumnOptions => ({
  name,
  type: 'varchar',
  length: '36',
  ...options,
});

/** Migration column: short text. */
export const textColumn = (
  name: string,
  length: number,
  options: Partial<TableColumnOptions> = {},
): TableColumnOptions => ({
  name,
  type: 'varchar',
  length: String(length),
  ...options,
});

/** Migration column: text without a practical limit. */
export const longTextColumn = (name: string, options: Partial<TableColumnOptions> = {}): TableColumnOptions => ({
  name,
  type: 'text',
  ...options,
});

/** Migration column: a time, in milliseconds since the epoch. */
export const timeColumn = (name: string, options: Partial<TableColumnOptions> = {}): TableColumnOptions => ({
  name,
  type: 'bigint',
  ...options,
});

/** Migration column: a whole number. */
export const integerColumn = (name: string, options: Partial<TableColumnOptions> = {}): TableColumnOptions => ({
  name,
  type: 'integer',
  ...options,
});
