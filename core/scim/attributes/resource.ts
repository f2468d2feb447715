import type { ResolvedAttribute } from './resource-model.js';

/** A single value that is not complex. */
export type SimpleValue = string | number | boolean;
/** A complex value: sub-attributes by name, as the model writes them. Without a prototype. */
export interface ComplexValue {
  [name: string]: SimpleValue | SimpleValue[] | ComplexValue;
}
/** One value of an attribute. */
export type SingleValue = SimpleValue | ComplexValue;
/** What an attribute has: one value, or those of a multi-valued one. */
export type AttributeValue = SingleValue | SingleValue[];

/**
 * A resource in the one form that all of the server works with: names as the model writes them, values of the right
 * type, multi-valued attributes always lists, nothing unassigned. Extensions stand apart by URI. No object in it has a
 * prototype.
 */
export interface ScimResource {
  readonly core: AttributeBag;
  readonly extensions: Map<string, AttributeBag>;
}

/** Attributes by name. */
export type AttributeBag = Record<string, AttributeValue>;

/** An object without a prototype: no name can reach what it should not. */
export function bare<T extends object>(members: Readonly<Record<string, unknown>> = {}): T {
  return Object.assign(Object.create(null) as T, members);
}

/** A resource without any attribute. */
export function emptyResource(): ScimResource {
  return { core: bare<AttributeBag>(), extensions: new Map() };
}

/** The attributes among which one stands; those of an extension that has none yet are made. */
export function bagOf(resource: ScimResource, extension: string | undefined): AttributeBag {
  if (extension === undefined) return resource.core;
  const bag = resource.extensions.get(extension) ?? bare<AttributeBag>();
  resource.extensions.set(extension, bag);
  return bag;
}

/** Value of an attribute; undefined: unassigned. */
export function attributeOf(
  resource: ScimResource,
  { extension, attribute }: Pick<ResolvedAttribute, 'extension' | 'attribute'>,
): AttributeValue | undefined {
  return (extension === undefined ? resource.core : resource.extensions.get(extension))?.[attribute.name];
}

/** A copy that shares nothing. */
export function copyOf(resource: ScimResource): ScimResource {
  const copy = emptyResource();
  Object.assign(copy.core, copyBag(resource.core));
  for (const [urn, bag] of resource.extensions) copy.extensions.set(urn, copyBag(bag));
  return copy;
}

/** Whether two values are the same, whatever the order of sub-attributes. */
export function isSame(a: AttributeValue | undefined, b: AttributeValue | undefined): boolean {
  return canonical(a) === canonical(b);
}

/** Whether a value is complex. */
export function isComplex(value: unknown): value is ComplexValue {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function copyBag(bag: AttributeBag): AttributeBag {
  const copy = bare<AttributeBag>();
  for (const [name, value] of Object.entries(bag)) copy[name] = copyValue(value);
  return copy;
}

function copyValue<V extends AttributeValue>(value: V): V {
  if (Array.isArray(value)) return value.map(copyValue) as V;
  return isComplex(value) ? (copyBag(value as AttributeBag) as V) : value;
}

function canonical(value: AttributeValue | undefined): string {
  return (
    JSON.stringify(value, (_, member: unknown) => (isComplex(member) ? Object.entries(member).sort(byKey) : member)) ??
    ''
  );
}

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1);
