import { BootError } from './errors.js';

/** What the order needs to know of a plugin. */
export interface Orderable {
  readonly id: string;
  readonly requires?: readonly string[];
}

/**
 * Sorts plugins so that each comes after all that it requires; among equals the given order stays.
 *
 * @param off ids of plugins that are switched off, for the message
 * @throws BootError when something required is missing or switched off, or when plugins require each other in a circle
 */
export function inOrder<T extends Orderable>(plugins: readonly T[], off: ReadonlySet<string> = new Set()): T[] {
  const byId = new Map(plugins.map((plugin) => [plugin.id, plugin]));
  const done = new Set<string>();
  const sorted: T[] = [];
  const visit = (plugin: T, trail: readonly string[]): void => {
    if (done.has(plugin.id)) return;
    if (trail.includes(plugin.id)) {
      throw new BootError(
        `plugins require each other in a circle: ${[...trail.slice(trail.indexOf(plugin.id)), plugin.id].join(' -> ')}`,
      );
    }
    for (const id of plugin.requires ?? []) {
      const required = byId.get(id);
      if (!required) {
        throw new BootError(
          `plugin ${plugin.id} requires ${id}, which ${off.has(id) ? 'is switched off (enable = false)' : 'is not there'}`,
        );
      }
      visit(required, [...trail, plugin.id]);
    }
    done.add(plugin.id);
    sorted.push(plugin);
  };
  for (const plugin of plugins) visit(plugin, []);
  return sorted;
}
