import type { SecondaryStoreEntity } from './secondary-store.entity.js';
import { storeErrors } from './store-errors.js';
import { shownSettings } from './store-model.js';
import type { GivenProperty } from './store-rules.js';

/** One change of a PATCH. */
export interface StoreChange {
  readonly operation: 'ADD' | 'REMOVE' | 'REPLACE';
  /** `/description` or `/properties/NAME`. */
  readonly path: string;
  readonly value?: string | undefined;
}

/**
 * A store with changes: what a PUT of the whole would say.
 *
 * @throws ApiError SUS-60004 for a path that cannot be changed, SUS-60009 for the name, SUS-60010 without any change
 */
export function patched(
  row: SecondaryStoreEntity,
  changes: readonly StoreChange[],
): { readonly description: string; readonly properties: readonly GivenProperty[] } {
  if (changes.length === 0) throw storeErrors.noBody();
  let { description } = row;
  const properties = new Map(shownSettings(row).map((one) => [one.name.toLowerCase(), one]));
  for (const { operation, path, value } of changes) {
    const isRemoval = operation === 'REMOVE';
    if (!isRemoval && value === undefined) throw storeErrors.invalid(`${path}: ${operation} needs a value.`);
    const name = /^\/properties\/([^/]+)$/.exec(path)?.[1]?.replaceAll('~1', '/').replaceAll('~0', '~');
    if (path === '/description') description = isRemoval ? '' : (value ?? '');
    else if (/^\/(name|domainName|typeId|typeName|className)$/.test(path)) throw storeErrors.fixed(path.slice(1));
    else if (name === undefined) throw storeErrors.invalid(`${path}: expected /description or /properties/NAME.`);
    else if (isRemoval) properties.delete(name.toLowerCase());
    else
      properties.set(name.toLowerCase(), {
        name: properties.get(name.toLowerCase())?.name ?? name,
        value: value ?? '',
      });
  }
  return { description, properties: [...properties.values()] };
}
