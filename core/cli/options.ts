import { type Command, InvalidArgumentError, Option } from 'commander';
import { createLogger, LOG_LEVELS } from '#core/kernel';
import type { ServerOptions } from '../server.js';

/** What every command line that concerns one server says. */
export interface CommonOptions {
  readonly config: string;
  readonly data: string;
  readonly port?: number | undefined;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly define: Readonly<Record<string, string>>;
}

/** Splits `name=value`; the value is empty when there is no equals sign. */
function nameAndValue(text: string): [string, string] {
  const equals = text.indexOf('=');
  return equals < 0 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)];
}

const definition = (text: string, before: Record<string, string>) => {
  const [name, value] = nameAndValue(text);
  return { ...before, [name]: value };
};

/** A claim of a user, `uri=value`; given twice with one URI it has two values. */
export function claimOption(text: string, before: Record<string, string[]>): Record<string, string[]> {
  const [uri, value] = nameAndValue(text);
  if (uri === '' || value === '') throw new InvalidArgumentError('Expected uri=value.');
  return { ...before, [uri]: [...(before[uri] ?? []), value] };
}

/** A whole number in a range. */
export const numberOption = (minimum: number, maximum: number) => (text: string) => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < minimum || value > maximum)
    throw new InvalidArgumentError(`Expected a whole number from ${minimum} to ${maximum}.`);
  return value;
};

/** A command that concerns one server, with the options that all of those have. */
export function serverCommand(parent: Command, name: string, description: string, logLevel = 'warn'): Command {
  return parent
    .command(name)
    .description(description)
    .option('-c, --config <file>', 'configuration file', 'deployment.toml')
    .option('-d, --data <folder>', 'data folder', 'data')
    .option('-D, --define <name=value>', 'value for $sys{name}; may be repeated', definition, {})
    .addOption(new Option('--log-level <level>', 'how talkative the log is').choices(LOG_LEVELS).default(logLevel));
}

/** The options of the server that the command line stands for. `log` tells where the log goes. */
export function serverOptions(options: CommonOptions, log: NodeJS.WritableStream & { write(text: string): boolean }) {
  const { config, data, port, define, logLevel } = options;
  return { config, data, port, define, logger: createLogger(logLevel, log) } satisfies ServerOptions;
}
