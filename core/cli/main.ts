#!/usr/bin/env node
import 'reflect-metadata';
import { Command, CommanderError } from 'commander';
import { addAuditCommands } from './audit-verify.js';
import { addCheckConfig } from './check-config.js';
import { fail, USAGE } from './failure.js';
import { addGenReference } from './gen-reference.js';
import { addKeysCommands } from './keys-rotate.js';
import { addListPlugins } from './list-plugins.js';
import { addOutboxCommands } from './outbox.js';
import { addSecretsCommands } from './secrets-encrypt.js';
import { addStart } from './start.js';
import { addUserAdd } from './user-add.js';
import { addUserSetPassword } from './user-set-password.js';

const program = new Command('gatehouse')
  .description('An identity server: run it, and look after it')
  .showHelpAfterError('(--help says more)')
  .exitOverride()
  .addHelpText('after', '\nExit codes: 0 done; 1 not done, or something is wrong; 2 wrong usage.');

addStart(program);
addCheckConfig(program);
addListPlugins(program);
addGenReference(program);
const user = program.command('user').description('users of an organization');
addUserAdd(user);
addUserSetPassword(user);
addKeysCommands(program);
addAuditCommands(program);
addSecretsCommands(program);
addOutboxCommands(program);

program.parseAsync().catch((error: unknown) => {
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : USAGE);
  fail(error);
});
