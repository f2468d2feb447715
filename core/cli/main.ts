#!/usr/bin/env node
import 'reflect-metadata';
import { Command, Option } from 'commander';
import { LOG_LEVELS } from '#core/kernel';
import { type CommonOptions, fail, start } from './start.js';

const program = new Command('gatehouse').description('An identity server').showHelpAfterError();

const pair = (text: string, before: Record<string, string>) => {
  const equals = text.indexOf('=');
  return { ...before, [text.slice(0, equals < 0 ? undefined : equals)]: equals < 0 ? '' : text.slice(equals + 1) };
};

/** Options that every command has. */
const command = (name: string, description: string) =>
  program
    .command(name)
    .description(description)
    .option('-c, --config <file>', 'configuration file', 'deployment.toml')
    .option('-d, --data <folder>', 'data folder', 'data')
    .option('-D, --define <name=value>', 'value for $sys{name}; may be repeated', pair, {})
    .addOption(new Option('--log-level <level>', 'how talkative the log is').choices(LOG_LEVELS).default('info'));

command('start', 'run the server until SIGTERM')
  .option('-p, --port <number>', 'HTTPS port, instead of the configured one', (text) => {
    const port = Number(text);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) fail(new Error(`--port: ${text} is no port`));
    return port;
  })
  .action((options: CommonOptions) => start(options));

program.parseAsync().catch(fail);
