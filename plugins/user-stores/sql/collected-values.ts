/** Adds values of an attribute to those that were read already, whatever the attribute is called. */
export function collect(values: Record<string, string[]>, name: string, more: readonly string[]): void {
  // `constructor` is there in every object.
  values[name] = [...((Object.hasOwn(values, name) ? values[name] : undefined) ?? []), ...more];
}
