import { attributePath } from '../filter/filter-parser.js';
import { badRequest } from '../protocol/scim-error.js';
import type { ResourceModel, ScimAttribute } from './resource-model.js';

/** Names in one of the parameters at most. */
const MOST_NAMES = 500;

/** What a client asks for, as names (RFC 7644 section 3.9). */
export interface AskedAttributes {
  readonly attributes: readonly string[];
  readonly excludedAttributes: readonly string[];
}

/** Which attributes of a resource are answered. */
export class Projection {
  /** Keys of what was named; `only` when `attributes` was given, else what is left out. */
  readonly #named: ReadonlySet<string>;
  readonly #only: boolean;

  /**
   * Names that the model does not know are passed over. When both are given, `attributes` counts.
   *
   * @throws ScimError 400 invalidValue for more names than any resource has
   */
  constructor(model: ResourceModel, { attributes, excludedAttributes }: AskedAttributes) {
    if (attributes.length > MOST_NAMES || excludedAttributes.length > MOST_NAMES)
      throw badRequest('invalidValue', `No more than ${MOST_NAMES} attributes can be named.`);
    this.#only = attributes.length > 0;
    const names = this.#only ? attributes : excludedAttributes;
    this.#named = new Set(names.flatMap((name) => keysOf(model, name, this.#only)));
  }

  /** Whether all is answered that is answered when nothing is asked for. */
  get isDefault(): boolean {
    return !this.#only && this.#named.size === 0;
  }

  /** Whether an attribute is answered, or a part of it. */
  includes(extension: string | undefined, { name, returned }: ScimAttribute): boolean {
    if (returned === 'always' || returned === 'never') return returned === 'always';
    const key = keyOf(extension, name);
    const isNamed = this.#named.has(key);
    if (!this.#only) return returned === 'default' && !isNamed && !this.#isSchemaNamed(extension);
    // Clients of the contract get `meta` whatever they ask for.
    if (key === META) return true;
    return isNamed || this.#named.has(`${key}.`) || (returned === 'default' && this.#isSchemaNamed(extension));
  }

  /** Whether a sub-attribute of an attribute that is answered is answered. */
  includesSub(extension: string | undefined, { name }: ScimAttribute, sub: ScimAttribute): boolean {
    if (sub.returned === 'always' || sub.returned === 'never') return sub.returned === 'always';
    const key = keyOf(extension, name);
    const isNamed = this.#named.has(keyOf(extension, name, sub.name));
    if (!this.#only) return sub.returned === 'default' && !isNamed;
    const isWhole = this.#named.has(key) || this.#isSchemaNamed(extension) || key === META;
    return isNamed || (isWhole && sub.returned === 'default');
  }

  #isSchemaNamed(extension: string | undefined): boolean {
    return this.#named.has(schemaKey(extension));
  }
}

/** Names in a parameter: a list with commas. */
export function namesIn(text: string | null): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

const META = keyOf(undefined, 'meta');

/** The key of what a name stands for; an attribute of which only a part is asked for is marked by `name.`. */
function keysOf(model: ResourceModel, name: string, isAsked: boolean): readonly string[] {
  const path = attributePath(name);
  const resolved = path && model.resolve(path);
  if (!resolved) return [];
  if (resolved.is === 'schema') return [schemaKey(resolved.schema === model.core ? undefined : resolved.schema.id)];
  const { extension, attribute, sub } = resolved.at;
  if (!sub) return [keyOf(extension, attribute.name)];
  const part = keyOf(extension, attribute.name, sub.name);
  return isAsked ? [part, `${keyOf(extension, attribute.name)}.`] : [part];
}

const schemaKey = (extension: string | undefined) => `${extension ?? ''}|`;

function keyOf(extension: string | undefined, name: string, sub?: string): string {
  return `${extension ?? ''}|${name}${sub === undefined ? '' : `|${sub}`}`;
}
