import type { Projection } from './projection.js';
import { type AttributeValue, bare, isComplex, type ScimResource, type SingleValue } from './resource.js';
import type { ResourceModel, ScimAttribute } from './resource-model.js';

/** Changes how a value is shown, where the contract wants another shape than the RFC. */
export type Shape = (value: AttributeValue, attribute: ScimAttribute, extension: string | undefined) => unknown;

/** A resource as JSON: what the projection lets through, extensions below their URIs, `schemas` naming them. */
export function writeResource(
  model: ResourceModel,
  resource: ScimResource,
  projection: Projection,
  shape: Shape = (value) => value,
): Record<string, unknown> {
  const json = bare<Record<string, unknown>>({ schemas: schemasOf(model, resource) });
  for (const { extension, attribute } of model.attributes()) {
    const bag = extension === undefined ? resource.core : resource.extensions.get(extension);
    const value = bag?.[attribute.name];
    if (value === undefined || !projection.includes(extension, attribute)) continue;
    const part = partOf(value, extension, attribute, projection);
    if (part === undefined) continue;
    const shown = shape(part, attribute, extension);
    if (extension === undefined) json[attribute.name] = shown;
    else {
      json[extension] ??= bare<Record<string, unknown>>();
      (json[extension] as Record<string, unknown>)[attribute.name] = shown;
    }
  }
  return json;
}

/** URIs of the schemas of which a resource has something to show. */
function schemasOf(model: ResourceModel, resource: ScimResource): readonly string[] {
  const isShown = (id: string, name: string) => model.extensionAttribute(id, name)?.returned === 'default';
  const used = model.extensions.filter(({ id }) =>
    Object.keys(resource.extensions.get(id) ?? {}).some((name) => isShown(id, name)),
  );
  return [model.core.id, ...used.map(({ id }) => id)];
}

function partOf(
  value: AttributeValue,
  extension: string | undefined,
  attribute: ScimAttribute,
  projection: Projection,
): AttributeValue | undefined {
  if (attribute.type !== 'complex') return value;
  const shown = attribute.subAttributes.filter((sub) => projection.includesSub(extension, attribute, sub));
  const one = (single: SingleValue): SingleValue | undefined => {
    if (!isComplex(single)) return single;
    const left = shown.filter(({ name }) => single[name] !== undefined).map(({ name }) => [name, single[name]]);
    return left.length === 0 ? undefined : bare(Object.fromEntries(left) as Record<string, unknown>);
  };
  if (!Array.isArray(value)) return one(value);
  const list = value.map(one).filter((single) => single !== undefined);
  return list.length === 0 ? undefined : list;
}
