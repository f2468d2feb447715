import type { Command } from 'commander';
import { AuditLogToken } from '#core/audit';
import { BootError } from '#core/kernel';
import { besideServer } from './beside-server.js';
import { type CommonOptions, serverCommand } from './options.js';

/** `gatehouse audit verify` */
export function addAuditCommands(program: Command): void {
  const audit = program.command('audit').description('the audit log');
  serverCommand(audit, 'verify', 'recompute the chain of audit records; exit code 1 when it is broken')
    .option('--json', 'answer as JSON: {"checked", "brokenAt"}')
    .action(async (options: CommonOptions & { readonly json?: true }) => {
      const report = await besideServer(options, ({ container }) => container.get(AuditLogToken).verify());
      const { checked, brokenAt } = report;
      if (options.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
      if (brokenAt) {
        const id = brokenAt.id === '' ? '' : ` (${brokenAt.id})`;
        throw new BootError(
          `the audit chain is broken at record ${brokenAt.seq}${id}: ${brokenAt.why}; the ${checked} before it are as they were written`,
        );
      }
      if (!options.json) process.stdout.write(`${checked} audit records, the chain is whole\n`);
    });
}
