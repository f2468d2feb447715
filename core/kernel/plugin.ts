import type { z } from 'zod';
import type { Problem } from './configuration/problems.js';
import type { Settings } from './configuration/settings.js';
import type { Container } from './container.js';
import type { EventBus } from './events.js';
import type { ExtensionPoint, Registry } from './extension-point.js';
import type { Logger } from './logger.js';

/** The version of the plugin contract. It changes only when an existing plugin would break. */
export const API_VERSION = 1;

/** A class that TypeORM maps to a table. */
export type EntityClass = abstract new (...args: never[]) => object;

/** A numbered schema change; see `core/persistence`. */
export type MigrationClass = new () => { readonly name?: string };

/** A table that is judged when all have contributed, because contributions say what may stand in it. */
export interface LateTable {
  /** Dotted path: `user_store`. */
  readonly path: string;
  readonly schema: z.ZodType;
  readonly values: Readonly<Record<string, unknown>>;
  /** Where the operator has written a key, when it is not directly in the table. */
  readonly place?: (key: PropertyKey) => readonly PropertyKey[];
}

/** What a plugin may own beyond its contributions: sockets, timers, connections. */
export interface RunningPlugin {
  /**
   * Called at the end of the boot, when all have contributed: what is wrong with settings whose meaning depends on
   * contributions. No I/O. Every problem is reported with the others of the file, by `check-config` too.
   *
   * @param judge problems of a table, described as those of all others
   */
  check?(judge: (table: LateTable) => readonly Problem[]): readonly Problem[];
  /** Called in dependency order once all plugins are set up. May do I/O. */
  start?(): void | Promise<void>;
  /** Called in exact reverse order, also when `start` failed half-way. */
  stop?(): void | Promise<void>;
}

/** What `setup` gets: the plugin's own settings and its ways to take part. Nothing of other plugins. */
export interface SetupContext<C> {
  /** The plugin's own table of `deployment.toml`, validated and frozen. */
  readonly config: C;
  readonly container: Container;
  readonly events: EventBus;
  readonly logger: Logger;
  /** Adds `item` to an extension point under `id`. */
  contribute<T>(point: ExtensionPoint<T>, id: string, item: T): void;
  /** The registry of a point that this plugin consumes. Read it from `start` on, when all have contributed. */
  extensions<T>(point: ExtensionPoint<T>): Registry<T>;
  /** Values of a settings table that this module declared in `settings`. */
  settings<T>(table: Settings<T>): T;
}

/** The declaration by which everything, core rooms included, reaches the kernel. */
export interface PluginDefinition<S extends z.ZodType = z.ZodType> {
  /** Dotted id, unique: `authenticator.totp`, `core.oauth`. */
  readonly id: string;
  /** The {@link API_VERSION} it was written for. */
  readonly apiVersion?: number;
  /** Ids of plugins that must be set up and started before this one. */
  readonly requires?: readonly string[];
  /** Path of its table in `deployment.toml`. */
  readonly configPath?: string;
  /** Strict schema of that table: the only description of its settings. */
  readonly configSchema?: S;
  /** Further tables that belong to this module (rooms of core own several). */
  readonly settings?: readonly Settings<unknown>[];
  readonly entities?: readonly EntityClass[];
  readonly migrations?: readonly MigrationClass[];
  /** Wires the plugin. Synchronous, no I/O. */
  setup?(context: SetupContext<z.output<S>>): RunningPlugin | undefined | void;
}

const marker = Symbol.for('gatehouse.plugin');

/** A definition that went through {@link definePlugin}. */
export type DefinedPlugin = PluginDefinition & { readonly [marker]: true };

/** Declares a plugin; the default export of `plugin.ts` and `module.ts`. */
export function definePlugin<S extends z.ZodType>(definition: PluginDefinition<S>): DefinedPlugin {
  return Object.freeze({ apiVersion: API_VERSION, ...definition, [marker]: true as const }) as unknown as DefinedPlugin;
}

/** Whether a value was made by {@link definePlugin}. */
export function isDefinedPlugin(value: unknown): value is DefinedPlugin {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[marker] === true;
}
