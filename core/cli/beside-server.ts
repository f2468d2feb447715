import { v4 as uuid } from 'uuid';
import { BootError, inRequest, type Kernel } from '#core/kernel';
import { type OrganizationEntity, OrganizationServiceToken, SUPER_ORGANIZATION } from '#core/organizations';
import { FirstAdministratorToken } from '#core/users';
import { type CommonOptions, serverOptions } from './options.js';

/** Option text for the organization that a command is about. */
export const ORGANIZATION_OPTION = ['--organization <domain>', 'organization', SUPER_ORGANIZATION.handle] as const;

/**
 * Runs a command's work with everything of the server started except its listeners, then stops it again. A server may
 * run on the same data folder meanwhile.
 */
export async function besideServer<T>(options: CommonOptions, work: (kernel: Kernel) => Promise<T>): Promise<T> {
  const { Server } = await import('../server.js');
  const kernel = await Server.open(serverOptions(options, process.stderr));
  try {
    const first = kernel.container.get(FirstAdministratorToken).made;
    if (first?.generatedPassword) {
      const note = `The data folder was new: the administrator ${first.username} was made with the password ${first.generatedPassword} (shown only this once).`;
      process.stderr.write(`${note}\n`);
    }
    return await inRequest({ correlationId: uuid() }, () => work(kernel));
  } finally {
    await kernel.stop();
  }
}

/** The organization with this domain. Throws BootError when there is none. */
export async function organizationNamed(
  { container }: Pick<Kernel, 'container'>,
  handle: string,
): Promise<OrganizationEntity> {
  const found = await container.get(OrganizationServiceToken).byHandle(handle);
  if (!found) throw new BootError(`there is no organization ${handle}`);
  return found;
}
