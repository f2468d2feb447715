import type { Command } from 'commander';
import { BootError, type Kernel } from '#core/kernel';
import { UserServiceToken } from '#core/users';
import { besideServer, ORGANIZATION_OPTION, organizationNamed } from './beside-server.js';
import { type CommonOptions, serverCommand } from './options.js';
import { readPassword } from './read-secret.js';

interface SetPasswordOptions extends CommonOptions {
  readonly username: string;
  readonly organization: string;
  readonly passwordEnv?: string;
}

/** `gatehouse user set-password` */
export function addUserSetPassword(user: Command): void {
  serverCommand(
    user,
    'set-password',
    'set a password; it is asked for, or read from standard input. Ends what was granted with the old one',
  )
    .requiredOption('-u, --username <name>', 'user name, or DOMAIN/name')
    .option(...ORGANIZATION_OPTION)
    .option('--password-env <name>', 'take the password from this environment variable')
    .action(async (options: SetPasswordOptions) => {
      const password = await readPassword(options.passwordEnv);
      await besideServer(options, (kernel) => setPassword(kernel, options, password));
      process.stdout.write(`the password of ${options.username} is set\n`);
    });
}

async function setPassword(kernel: Kernel, options: SetPasswordOptions, password: string): Promise<void> {
  const organization = await organizationNamed(kernel, options.organization);
  const users = kernel.container.get(UserServiceToken);
  const user = await users.findByUsername(organization.id, options.username);
  if (!user) throw new BootError(`there is no user ${options.username} in ${organization.handle}`);
  await users.setPassword(organization.id, user.id, password, 'administrator');
}
