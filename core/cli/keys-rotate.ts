import type { Command } from 'commander';
import { AuditLogToken } from '#core/audit';
import { KeySetsToken } from '#core/crypto';
import type { Kernel } from '#core/kernel';
import { DatabaseToken } from '#core/persistence';
import { besideServer, ORGANIZATION_OPTION, organizationNamed } from './beside-server.js';
import { type CommonOptions, serverCommand } from './options.js';

interface RotateOptions extends CommonOptions {
  readonly organization: string;
}

/** `gatehouse keys rotate` */
export function addKeysCommands(program: Command): void {
  const keys = program.command('keys').description('signing keys of an organization');
  serverCommand(
    keys,
    'rotate',
    'make new signing keys, which sign after six minutes; the ones before stay published for seven days',
  )
    .option(...ORGANIZATION_OPTION)
    .action(async (options: RotateOptions) => {
      const kids = await besideServer(options, (kernel) => rotate(kernel, options.organization));
      process.stdout.write(
        `${options.organization} signs with new keys in six minutes:\n${kids.map((kid) => `  ${kid}\n`).join('')}`,
      );
    });
}

async function rotate({ container }: Kernel, handle: string): Promise<string[]> {
  const { id: orgId } = await organizationNamed({ container }, handle);
  return container.get(DatabaseToken).run(async () => {
    const kids = await container.get(KeySetsToken).rotate(orgId, handle);
    await container.get(AuditLogToken).record({
      orgId,
      action: 'rotate-signing-keys',
      targetId: orgId,
      targetType: 'Organization',
      data: { kids },
    });
    return kids;
  });
}
