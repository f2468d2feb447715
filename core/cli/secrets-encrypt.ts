import type { Command } from 'commander';
import { BootError } from '#core/kernel';
import { encryptSecrets } from './encrypt-secrets.js';
import { type CommonOptions, serverCommand } from './options.js';
import { readInput } from './read-secret.js';

interface EncryptOptions extends CommonOptions {
  readonly value?: string;
}

/** `gatehouse secrets encrypt` */
export function addSecretsCommands(program: Command): void {
  const secrets = program.command('secrets').description('the [secrets] table of the configuration');
  serverCommand(secrets, 'encrypt', 'replace each "[plain text]" of [secrets] by its cipher text, in the file itself')
    .option('--value <->', 'read one plain text from standard input and print its cipher text instead')
    .addHelpText('after', '\nThe cipher text can be opened with the master key of the data folder only.')
    .action((options: EncryptOptions) => encrypt(options));
}

async function encrypt(options: EncryptOptions): Promise<void> {
  const { CONFIG_PURPOSE, placeholderSources } = await import('../server.js');
  const { box } = placeholderSources(options);
  const seal = (plain: string) => box().seal(CONFIG_PURPOSE, plain);
  if (options.value === undefined) {
    const done = encryptSecrets(options.config, seal);
    process.stdout.write(done.length === 0 ? 'nothing to encrypt\n' : `encrypted ${done.join(', ')}\n`);
    return;
  }
  if (options.value !== '-')
    throw new BootError('--value takes only "-": a secret on the command line can be read by others');
  process.stdout.write(`${seal(await readInput())}\n`);
}
