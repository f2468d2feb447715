import type { Command } from 'commander';
import type { Kernel } from '#core/kernel';
import { DatabaseToken } from '#core/persistence';
import { AdministratorsToken, claimUri, UserServiceToken } from '#core/users';
import { besideServer, ORGANIZATION_OPTION, organizationNamed } from './beside-server.js';
import { type CommonOptions, claimOption, serverCommand } from './options.js';
import { readPassword } from './read-secret.js';

interface UserAddOptions extends CommonOptions {
  readonly username: string;
  readonly organization: string;
  readonly passwordEnv?: string;
  readonly admin?: true;
  readonly claim: Readonly<Record<string, readonly string[]>>;
}

/** `gatehouse user add` */
export function addUserAdd(user: Command): void {
  serverCommand(user, 'add', 'make a user; the password is asked for, or read from standard input')
    .requiredOption('-u, --username <name>', 'user name, or DOMAIN/name')
    .option(...ORGANIZATION_OPTION)
    .option('--password-env <name>', 'take the password from this environment variable')
    .option('--admin', 'give the user the administrator role')
    .option(
      '--claim <uri=value>',
      'claim, by local URI or short name (givenname=Ann); may be repeated',
      claimOption,
      {},
    )
    .addHelpText('after', '\nExample: gatehouse user add -u ann --claim emailaddress=ann@example.com < password.txt')
    .action(async (options: UserAddOptions) => {
      const password = await readPassword(options.passwordEnv);
      const id = await besideServer(options, (kernel) => addUser(kernel, options, password));
      process.stdout.write(`made ${options.username} (${id})\n`);
    });
}

async function addUser({ container }: Kernel, options: UserAddOptions, password: string): Promise<string> {
  const organization = await organizationNamed({ container }, options.organization);
  const claims = Object.fromEntries(
    Object.entries(options.claim).map(([name, values]) => [name.includes('://') ? name : claimUri(name), values]),
  );
  const user = await container.get(DatabaseToken).run(async () => {
    const made = await container.get(UserServiceToken).create(organization.id, {
      username: options.username,
      password,
      claims,
    });
    if (options.admin) await container.get(AdministratorsToken).promote(made);
    return made;
  });
  return user.id;
}
