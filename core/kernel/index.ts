export { type Clock, ClockToken, systemClock } from './clock.js';
export {
  type LoadedConfiguration,
  loadConfiguration,
  parseConfiguration,
} from './configuration/load.js';
export type { PlaceholderSources } from './configuration/placeholders.js';
export { ConfigurationError, nearestName, type Problem } from './configuration/problems.js';
export { referenceMarkdown, referenceSchema, referenceToml } from './configuration/reference.js';
export {
  duration,
  flag,
  isSecret,
  type Settings,
  secretText,
  settings,
  shapeOf,
  wholeNumber,
} from './configuration/settings.js';
export { snakeCase } from './configuration/toml.js';
export { Container, type Token, token } from './container.js';
export { type Discovered, discover } from './discovery.js';
export { BootError, GatehouseError, reasonOf, UnavailableError } from './errors.js';
export { EventBus, EventBusToken, type EventType, eventType } from './events.js';
export { type ExtensionPoint, extensionPoint, Registry } from './extension-point.js';
export { Entities, Kernel, Migrations, type PluginSummary } from './kernel.js';
export { createLogger, LOG_LEVELS, type Logger, LoggerToken } from './logger.js';
export {
  /** @public */ API_VERSION,
  type DefinedPlugin,
  definePlugin,
  type EntityClass,
  /** @public */ type LateTable,
  type MigrationClass,
  type PluginDefinition,
  type RunningPlugin,
  type SetupContext,
} from './plugin.js';
export { actingAs, currentRequest, inRequest, type RequestContext } from './request-context.js';
export { type Soon, whenThere } from './soon.js';
