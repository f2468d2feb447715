import { Ajv2020 } from 'ajv/dist/2020.js';

/** What a schema may come to: whoever registers one must not be able to make every request slow. */
const MAX_BYTES = 16_384;
const MAX_NODES = 2000;
const MAX_PATTERN = 200;
const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
/** Keywords that make a schema point elsewhere than below its own `$defs`. */
const FAR: readonly string[] = ['$id', '$anchor', '$dynamicRef', '$dynamicAnchor', '$recursiveRef', '$vocabulary'];

/** Checks a value; returns what is wrong with it, undefined when nothing is. */
export type DetailsValidator = (value: unknown) => string | undefined;

/** A JSON Schema that cannot be used. The message says why. */
export class DetailsSchemaError extends Error {
  override readonly name = 'DetailsSchemaError';
}

/**
 * The validator of a JSON Schema 2020-12. The schema has to be bounded in all that it can cost: no recursion, no
 * references that multiply, no patterns that backtrack.
 *
 * @throws DetailsSchemaError when it is not
 */
export function detailsValidator(schema: unknown): DetailsValidator {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema))
    throw new DetailsSchemaError('The schema is no object.');
  if (Buffer.byteLength(JSON.stringify(schema)) > MAX_BYTES)
    throw new DetailsSchemaError(`The schema is longer than ${MAX_BYTES} bytes.`);
  const root = schema as Record<string, unknown>;
  if (root['$schema'] !== undefined && root['$schema'] !== DIALECT)
    throw new DetailsSchemaError(`The schema is not one of ${DIALECT}.`);
  new SchemaMeasure(root).check();
  const ajv = new Ajv2020({ strict: false, validateFormats: false, inlineRefs: false, logger: false });
  try {
    const validate = ajv.compile({ ...root, $schema: DIALECT });
    return (value) => (validate(value) ? undefined : ajv.errorsText(validate.errors));
  } catch (cause) {
    throw new DetailsSchemaError(`The schema is not JSON Schema 2020-12: ${messageOf(cause)}.`, { cause });
  }
}

/** Measures a schema with its references written out. */
class SchemaMeasure {
  readonly #sizes = new Map<unknown, number>();
  readonly #open = new Set<unknown>();

  constructor(private readonly root: Record<string, unknown>) {}

  /** Throws DetailsSchemaError when the schema is too large, or refers to itself. */
  check(): void {
    if (this.#size(this.root) > MAX_NODES)
      throw new DetailsSchemaError(`The schema has more than ${MAX_NODES} parts once its references are followed.`);
  }

  #size(node: unknown): number {
    if (typeof node !== 'object' || node === null) return 1;
    const known = this.#sizes.get(node);
    if (known !== undefined) return known;
    if (this.#open.has(node)) throw new DetailsSchemaError('The schema refers to itself.');
    this.#open.add(node);
    let size = 1;
    for (const [key, value] of Object.entries(node)) {
      checkKeyword(key, value);
      size += key === '$ref' && typeof value === 'string' ? this.#size(this.#target(value)) : this.#size(value);
    }
    this.#open.delete(node);
    const bounded = Math.min(size, MAX_NODES + 1);
    this.#sizes.set(node, bounded);
    return bounded;
  }

  #target(reference: string): unknown {
    const name = /^#\/\$defs\/([A-Za-z0-9_-]+)$/.exec(reference)?.[1];
    const definitions = this.root['$defs'];
    const target =
      name !== undefined && typeof definitions === 'object' && definitions !== null
        ? (Object.entries(definitions).find(([key]) => key === name) ?? [])[1]
        : undefined;
    if (target === undefined)
      throw new DetailsSchemaError(`The reference ${reference.slice(0, 100)} is not one to #/$defs/<name>.`);
    return target;
  }
}

function checkKeyword(key: string, value: unknown): void {
  if (FAR.includes(key) && typeof value === 'string')
    throw new DetailsSchemaError(`The keyword ${key} is not supported.`);
  const patterns =
    key === 'patternProperties' && typeof value === 'object' && value !== null ? Object.keys(value) : [value];
  if (key !== 'pattern' && key !== 'patternProperties') return;
  const bad = patterns.find((pattern) => typeof pattern === 'string' && !isTame(pattern));
  if (bad !== undefined)
    throw new DetailsSchemaError(
      `The pattern ${String(bad).slice(0, 100)} could take very long; do without repeated groups, look-around, and more than one repetition (two after ^).`,
    );
}

/** Whether a pattern takes at most quadratic time: no repeated groups, few repetitions of unknown length. */
function isTame(pattern: string): boolean {
  if (pattern.length > MAX_PATTERN || /\(\?[=!<]|\\[1-9k]/.test(pattern)) return false;
  const plain = pattern.replace(/\\./g, 'x').replace(/\[[^\]]*\]/g, 'x');
  if (/\)[*+{]/.test(plain)) return false;
  const repetitions = plain.match(/[*+]|\{\d+,\d*\}/g) ?? [];
  const optional = plain.match(/[^*+?}(]\?/g) ?? [];
  return repetitions.length <= (plain.startsWith('^') ? 2 : 1) && optional.length <= 8;
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message.slice(0, 200) : 'unknown');
