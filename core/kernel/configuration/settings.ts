import { z } from 'zod';

/** A table of `deployment.toml` that a module owns, with the strict schema that is its only description. */
export interface Settings<T> {
  /** Dotted path of the table: `oauth.token_validation`. */
  readonly path: string;
  readonly schema: z.ZodType<T>;
  readonly __type?: T;
}

/** Declares a settings table. The schema must accept `{}`: a table that is absent is an empty one. */
export function settings<S extends z.ZodType>(path: string, schema: S): Settings<z.output<S>> {
  return { path, schema: schema as unknown as z.ZodType<z.output<S>> };
}

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A duration: `"30s"`, `"5m"`, `"1h"`, `"1d"`, or a plain number in `unit`. Parsed to milliseconds. */
export function duration(unit: keyof typeof units) {
  return z.union(
    [
      z
        .number()
        .min(0)
        .transform((count) => count * units[unit]),
      z
        .string()
        .regex(/^\d+(ms|s|m|h|d)?$/)
        .transform((text) => {
          const [, count, given] = /^(\d+)(ms|s|m|h|d)?$/.exec(text) as RegExpExecArray;
          return Number(count) * units[(given as keyof typeof units | undefined) ?? unit];
        }),
    ],
    { error: `expected a duration such as "30s", "5m", "1h" or "1d" (a plain number counts ${unit})` },
  );
}

/** true or false; the quoted forms are accepted too. */
export function flag() {
  return z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')], {
    error: 'expected true or false',
  });
}

/** A whole number in a range; the quoted form is accepted too. */
export function wholeNumber(minimum = 0, maximum: number = Number.MAX_SAFE_INTEGER) {
  const inRange = z.int().min(minimum).max(maximum);
  const upTo = maximum === Number.MAX_SAFE_INTEGER ? 'or more' : `to ${maximum}`;
  return z.union([inRange, z.string().regex(/^\d+$/).transform(Number).pipe(inRange)], {
    error: `expected a whole number, ${minimum} ${upTo}`,
  });
}

/** Text that is never printed: passwords, keys. */
export function secretText() {
  return z.string().meta({ secret: true });
}

interface Definition {
  readonly innerType?: z.ZodType;
  readonly in?: z.ZodType;
  readonly element?: z.ZodType;
  readonly valueType?: z.ZodType;
  readonly shape?: Record<string, z.ZodType>;
}

function layers(schema: z.ZodType): z.ZodType[] {
  const definition = schema._zod.def as Definition;
  const inner = definition.innerType ?? definition.in;
  return inner ? [schema, ...layers(inner)] : [schema];
}

function innermost(schema: z.ZodType): Definition {
  const definition = schema._zod.def as Definition;
  const inner = definition.innerType ?? definition.in;
  return inner ? innermost(inner) : definition;
}

/** The keys of an object schema behind its wrappers, or undefined when it is no object. */
export function shapeOf(schema: z.ZodType): Record<string, z.ZodType> | undefined {
  return innermost(schema).shape;
}

/** The schema of what stands under one key or index. */
export function childSchema(schema: z.ZodType, key: PropertyKey): z.ZodType | undefined {
  const definition = innermost(schema);
  return definition.shape?.[String(key)] ?? definition.element ?? definition.valueType;
}

/** Whether a schema, or anything it wraps, is marked secret. */
export function isSecret(schema: z.ZodType): boolean {
  return layers(schema).some((layer) => (z.globalRegistry.get(layer) as { secret?: boolean } | undefined)?.secret);
}
