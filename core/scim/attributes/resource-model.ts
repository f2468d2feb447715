import type { AttributePath } from '../filter/filter.js';
import { Schemas } from '../protocol/schemas.js';

/** How values of an attribute are to be read (RFC 7643 section 2.3). */
export type AttributeType =
  | 'string'
  | 'boolean'
  | 'integer'
  | 'decimal'
  | 'dateTime'
  | 'reference'
  | 'binary'
  | 'complex';

/** An attribute of a resource, with its characteristics (RFC 7643 section 2.2). */
export interface ScimAttribute {
  readonly name: string;
  readonly type: AttributeType;
  readonly multiValued: boolean;
  readonly mutability: 'readWrite' | 'readOnly' | 'immutable' | 'writeOnly';
  /** `always`, `default`, only on `request` by name, or `never`. */
  readonly returned: 'always' | 'default' | 'request' | 'never';
  /** Whether comparisons mind the case of letters. */
  readonly caseExact: boolean;
  /** Of complex attributes; by name, see {@link subAttribute}. */
  readonly subAttributes: readonly ScimAttribute[];
}

/** A schema: the core one of a resource, or an extension. */
export interface ScimSchema {
  readonly id: string;
  readonly attributes: readonly ScimAttribute[];
}

/** What is usual: optional, single text that everybody may read and write. */
export function attribute(
  name: string,
  more: Partial<Omit<ScimAttribute, 'name'>> & { readonly type?: AttributeType } = {},
): ScimAttribute {
  return {
    name,
    type: more.subAttributes ? 'complex' : 'string',
    multiValued: false,
    mutability: 'readWrite',
    returned: 'default',
    caseExact: false,
    subAttributes: [],
    ...more,
  };
}

/** Attributes of every resource (RFC 7643 section 3.1). */
const COMMON_ATTRIBUTES: readonly ScimAttribute[] = [
  attribute('schemas', { type: 'reference', multiValued: true, returned: 'always', mutability: 'readOnly' }),
  attribute('id', { mutability: 'readOnly', returned: 'always', caseExact: true }),
  attribute('externalId', { caseExact: true }),
  attribute('meta', {
    mutability: 'readOnly',
    subAttributes: [
      attribute('resourceType', { mutability: 'readOnly', caseExact: true }),
      attribute('created', { type: 'dateTime', mutability: 'readOnly' }),
      attribute('lastModified', { type: 'dateTime', mutability: 'readOnly' }),
      attribute('location', { type: 'reference', mutability: 'readOnly', caseExact: true }),
      attribute('version', { mutability: 'readOnly', caseExact: true }),
    ],
  }),
];

/** Where an attribute stands. */
export interface ResolvedAttribute {
  /** URI of the extension; undefined: at the top of the resource. */
  readonly extension: string | undefined;
  readonly attribute: ScimAttribute;
  readonly sub: ScimAttribute | undefined;
}

/** What a path names: an attribute, or all of a schema. */
export type Resolved =
  | { readonly is: 'attribute'; readonly at: ResolvedAttribute }
  | { readonly is: 'schema'; readonly schema: ScimSchema };

type ByName = ReadonlyMap<string, ScimAttribute>;

/**
 * The attributes of a kind of resource. Names and URIs are found whatever their case; only what is declared is found,
 * so no name of a client reaches a prototype.
 */
export class ResourceModel {
  readonly #core: ByName;
  /** Attributes of extensions, by URI in lower case. */
  readonly #extensions = new Map<string, { readonly schema: ScimSchema; readonly attributes: ByName }>();

  /**
   * @param name of the resource type: `User`
   * @param core its core schema; `id`, `meta` and the like belong to it without being listed
   * @param extensions further schemas, in the order in which they are shown
   */
  constructor(
    readonly name: string,
    readonly core: ScimSchema,
    readonly extensions: readonly ScimSchema[] = [],
  ) {
    this.#core = byName([...COMMON_ATTRIBUTES, ...core.attributes]);
    for (const schema of extensions)
      this.#extensions.set(schema.id.toLowerCase(), { schema, attributes: byName(schema.attributes) });
  }

  /** All attributes, with the URI of their extension. */
  *attributes(): Iterable<Omit<ResolvedAttribute, 'sub'>> {
    for (const one of this.#core.values()) yield { extension: undefined, attribute: one };
    for (const { schema, attributes } of this.#extensions.values())
      for (const one of attributes.values()) yield { extension: schema.id, attribute: one };
  }

  /** An attribute at the top of the resource, by name. */
  coreAttribute(name: string): ScimAttribute | undefined {
    return this.#core.get(name.toLowerCase());
  }

  /** An extension by URI. */
  extension(urn: string): ScimSchema | undefined {
    return this.#extensions.get(urn.toLowerCase())?.schema;
  }

  /** An attribute of an extension, by name. */
  extensionAttribute(urn: string, name: string): ScimAttribute | undefined {
    return this.#extensions.get(urn.toLowerCase())?.attributes.get(name.toLowerCase());
  }

  /**
   * What a path names; undefined: nothing of this resource. A name without a URI is one of the core schema, else one
   * that a single extension has.
   */
  resolve(path: AttributePath): Resolved | undefined {
    const whole = path.urn === undefined ? undefined : this.#schema(path.text);
    if (whole) return { is: 'schema', schema: whole };
    const found = this.#find(path);
    if (!found) return undefined;
    const sub = path.sub === undefined ? undefined : subAttribute(found.attribute, path.sub);
    if (path.sub !== undefined && !sub) return undefined;
    return { is: 'attribute', at: { ...found, sub } };
  }

  #schema(urn: string): ScimSchema | undefined {
    return urn.toLowerCase() === this.core.id.toLowerCase() ? this.core : this.extension(urn);
  }

  #find({ urn, name }: AttributePath): Omit<ResolvedAttribute, 'sub'> | undefined {
    const key = name.toLowerCase();
    const core = this.#core.get(key);
    if (urn === undefined) return core ? { extension: undefined, attribute: core } : this.#inOneExtension(key);
    const wanted = urn.toLowerCase();
    if (core && (wanted === this.core.id.toLowerCase() || wanted === Schemas.common.toLowerCase()))
      return { extension: undefined, attribute: core };
    const extension = this.#extensions.get(wanted);
    const found = extension?.attributes.get(key);
    return extension && found ? { extension: extension.schema.id, attribute: found } : undefined;
  }

  #inOneExtension(key: string): Omit<ResolvedAttribute, 'sub'> | undefined {
    const found = [...this.#extensions.values()].flatMap(({ schema, attributes }) => {
      const one = attributes.get(key);
      return one ? [{ extension: schema.id, attribute: one }] : [];
    });
    return found.length === 1 ? found[0] : undefined;
  }
}

/** A sub-attribute of a complex attribute, by name in any case. */
export function subAttribute({ subAttributes }: ScimAttribute, name: string): ScimAttribute | undefined {
  const wanted = name.toLowerCase();
  return subAttributes.find((one) => one.name.toLowerCase() === wanted);
}

const byName = (attributes: readonly ScimAttribute[]): ByName =>
  new Map(attributes.map((one) => [one.name.toLowerCase(), one]));
