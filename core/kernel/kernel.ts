import { z } from 'zod';
import { type Clock, ClockToken, systemClock } from './clock.js';
import { isSwitchedOff, type LoadedConfiguration, validateConfiguration } from './configuration/load.js';
import { ConfigurationError, describeProblems } from './configuration/problems.js';
import { sharedTables } from './configuration/shared-tables.js';
import type { TomlTable } from './configuration/toml.js';
import { type Claim, problemsOf } from './configuration/validate.js';
import { Container } from './container.js';
import { type Discovered, discover } from './discovery.js';
import { BootError, reasonOf } from './errors.js';
import { EventBus, EventBusToken } from './events.js';
import { type ExtensionPoint, Extensions, extensionPoint } from './extension-point.js';
import { Lifecycle } from './lifecycle.js';
import { type Logger, LoggerToken } from './logger.js';
import { inOrder } from './order.js';
import type { EntityClass, MigrationClass, RunningPlugin, SetupContext } from './plugin.js';

/** Entities that plugins declared; consumed by `core/persistence`. */
export const Entities = extensionPoint<EntityClass>('entities');
/** Migrations that plugins declared; consumed by `core/persistence`. */
export const Migrations = extensionPoint<MigrationClass>('migrations');

/** The kernel's own table. */
const pluginsSchema = z.strictObject({
  folders: z.array(z.string()).default([]).describe('Folders of plugins outside the tree, relative to this file'),
  packages: z.array(z.string()).default([]).describe('npm packages, installed beside this file, that are plugins'),
});

/** What a server needs to boot. */
export interface KernelOptions {
  /** Folder with the compiled `core/` and `plugins/`. */
  readonly root: string;
  /** Folder of the configuration file. */
  readonly base: string;
  readonly configuration: LoadedConfiguration;
  readonly logger: Logger;
  readonly clock?: Clock;
  /** Limit for one start or stop of a plugin, in milliseconds. */
  readonly limitMs?: number;
  /** Binds what the composition root brings along, before any plugin is set up. */
  readonly provide?: (container: Container) => void;
}

/** A plugin as `gatehouse list-plugins` shows it. */
export interface PluginSummary {
  readonly id: string;
  readonly source: string;
  readonly table: string | undefined;
  readonly enabled: boolean;
  /** `point:id` of each contribution; empty until set up. */
  readonly contributions: readonly string[];
}

/** One booted server: discovered, validated, set up; then started and stopped. */
export class Kernel {
  readonly container = new Container();
  readonly extensions = new Extensions();
  readonly #lifecycle: Lifecycle;
  #running: (readonly [string, RunningPlugin])[] = [];

  private constructor(
    private readonly options: KernelOptions,
    private readonly discovered: readonly Discovered[],
  ) {
    this.#lifecycle = new Lifecycle(options.limitMs ?? 30_000);
  }

  /** Finds the plugins, validates every table and sets all up. No I/O beyond reading the plugins. Throws BootError. */
  static async boot(options: KernelOptions): Promise<Kernel> {
    const own = pluginsSchema.safeParse(options.configuration.table['plugins'] ?? {});
    const places = own.success ? own.data : { folders: [], packages: [] };
    const kernel = new Kernel(options, await discover({ root: options.root, base: options.base, ...places }));
    kernel.#setUp();
    return kernel;
  }

  /** Tables that somebody owns, those of switched-off plugins included. */
  static claims(discovered: readonly Discovered[]): Claim[] {
    return sharedTables(Kernel.#declared(discovered));
  }

  static #declared(discovered: readonly Discovered[]): Claim[] {
    const claims: Claim[] = [
      { path: 'plugins', schema: pluginsSchema, owner: 'kernel', switchable: false },
      {
        path: 'secrets',
        schema: z.record(z.string(), z.string().meta({ secret: true })),
        owner: 'kernel',
        switchable: false,
      },
    ];
    for (const { plugin, origin } of discovered) {
      for (const { path, schema } of plugin.settings ?? [])
        claims.push({ path, schema, owner: plugin.id, switchable: false });
      if (plugin.configPath === undefined) continue;
      const schema = plugin.configSchema ?? z.strictObject({});
      claims.push({ path: plugin.configPath, schema, owner: plugin.id, switchable: origin !== 'core' });
    }
    return claims;
  }

  /** All discovered plugins, switched off ones included, in the order of discovery. */
  summaries(): PluginSummary[] {
    const points = this.extensions.points().map((id) => ({ id, entries: this.extensions.of({ id }).entries() }));
    return this.discovered.map(({ plugin, source }) => ({
      id: plugin.id,
      source,
      table: plugin.configPath,
      enabled: !isSwitchedOff(this.options.configuration, plugin.configPath),
      contributions: points.flatMap((point) =>
        point.entries.filter((entry) => entry.owner === plugin.id).map((entry) => `${point.id}:${entry.id}`),
      ),
    }));
  }

  /** Starts every plugin; when one fails, what had started is stopped again and a BootError is thrown. */
  async start(): Promise<void> {
    await this.#lifecycle.start(this.#running);
  }

  /** Stops every plugin in reverse order. */
  async stop(): Promise<void> {
    await this.#lifecycle.stop();
  }

  #setUp(): void {
    const { configuration } = this.options;
    const on = this.discovered.filter(({ plugin }) => !isSwitchedOff(configuration, plugin.configPath));
    const off = new Set(this.discovered.filter((entry) => !on.includes(entry)).map(({ plugin }) => plugin.id));
    const enabled = new Set(on.map(({ plugin }) => plugin.id));
    const claims = Kernel.#declared(this.discovered).map((claim) =>
      enabled.has(claim.owner) || claim.owner === 'kernel' ? claim : { ...claim, schema: undefined },
    );
    const values = validateConfiguration(configuration, sharedTables(claims));
    const plugins = inOrder(
      on.map(({ plugin }) => plugin),
      off,
    );
    this.#provideOwn();
    for (const plugin of plugins) {
      for (const entity of plugin.entities ?? []) this.extensions.of(Entities).add(entity.name, entity, plugin.id);
      for (const one of plugin.migrations ?? []) this.extensions.of(Migrations).add(one.name, one, plugin.id);
    }
    this.#running = plugins.map((plugin) => {
      try {
        const running = plugin.setup?.(this.#contextOf(plugin.id, values, plugin.configPath));
        if (running instanceof Promise) throw new Error('setup must be synchronous');
        return [plugin.id, running ?? {}] as const;
      } catch (cause) {
        throw new BootError(`plugin ${plugin.id} cannot be set up: ${reasonOf(cause)}`, { cause });
      }
    });
    this.extensions.seal();
    this.#checkLate();
  }

  /** Settings whose meaning depends on what others have contributed. */
  #checkLate(): void {
    const { document, hidden } = this.options.configuration;
    const problems = this.#running.flatMap(([owner, plugin]) => [
      ...(plugin.check?.(({ values, ...table }) =>
        problemsOf(values as TomlTable, { ...table, owner, switchable: false }, hidden),
      ) ?? []),
    ]);
    if (problems.length > 0) throw new ConfigurationError(describeProblems(document, problems));
  }

  #provideOwn(): void {
    const { logger, clock, provide } = this.options;
    this.container.provideValue(LoggerToken, logger);
    this.container.provideValue(ClockToken, clock ?? systemClock);
    this.container.provideValue(EventBusToken, new EventBus(logger));
    provide?.(this.container);
  }

  #contextOf(id: string, values: ReadonlyMap<string, unknown>, path: string | undefined): SetupContext<never> {
    const { container, extensions } = this;
    return {
      config: (path === undefined ? undefined : values.get(path)) as never,
      container,
      events: container.get(EventBusToken),
      logger: container.get(LoggerToken).child({ plugin: id }),
      contribute<T>(point: ExtensionPoint<T>, item: string, value: T) {
        extensions.of(point).add(item, value, id);
      },
      extensions: (point) => extensions.of(point),
      settings: (table) => {
        if (!values.has(table.path)) throw new Error(`settings ${table.path} were not declared by an enabled plugin`);
        return values.get(table.path) as never;
      },
    };
  }
}
