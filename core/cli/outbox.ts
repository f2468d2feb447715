import type { Command } from 'commander';
import { Option } from 'commander';
import { BootError, type Kernel } from '#core/kernel';
import { OutboxToken } from '#core/persistence';
import { besideServer, ORGANIZATION_OPTION, organizationNamed } from './beside-server.js';
import { type CommonOptions, numberOption, serverCommand } from './options.js';

interface ListOptions extends CommonOptions {
  readonly organization: string;
  readonly status: 'pending' | 'dead';
  readonly limit: number;
  readonly json?: true;
}

interface RetryOptions extends CommonOptions {
  readonly organization: string;
  readonly all?: true;
}

const MAX_LIST = 10_000;

/** `gatehouse outbox list`, `gatehouse outbox retry` */
export function addOutboxCommands(program: Command): void {
  const outbox = program.command('outbox').description('deliveries that must not be lost');
  serverCommand(outbox, 'list', 'list deliveries, newest first; payloads are not shown')
    .option(...ORGANIZATION_OPTION)
    .addOption(new Option('--status <status>', 'which ones').choices(['pending', 'dead']).default('dead'))
    .option('--limit <number>', 'how many at most', numberOption(1, MAX_LIST), 100)
    .option('--json', 'answer as JSON')
    .action(async (options: ListOptions) => {
      const messages = await besideServer(options, (kernel) => list(kernel, options));
      if (options.json) process.stdout.write(`${JSON.stringify(messages, null, 2)}\n`);
      else
        process.stdout.write(messages.length === 0 ? `no ${options.status} deliveries\n` : messages.map(line).join(''));
    });
  serverCommand(outbox, 'retry', 'give dead deliveries a fresh set of attempts; the running server makes them')
    .argument('[id...]', 'ids of deliveries, as "outbox list" shows them')
    .option(...ORGANIZATION_OPTION)
    .option('--all', 'all dead deliveries of the organization')
    .action(async (ids: string[], options: RetryOptions) => {
      if ((ids.length === 0) === !options.all) throw new BootError('name the deliveries to retry, or --all');
      const count = await besideServer(options, (kernel) => retry(kernel, options, ids));
      process.stdout.write(`${count} ${count === 1 ? 'delivery is' : 'deliveries are'} pending again\n`);
    });
}

async function list(kernel: Kernel, { organization, status, limit }: ListOptions) {
  const { id } = await organizationNamed(kernel, organization);
  const messages = await kernel.container.get(OutboxToken).list(id, status, limit);
  return messages.map(({ id: message, topic, attempts, createdAt, nextAt, lastError }) => ({
    id: message,
    topic,
    attempts,
    createdAt: new Date(createdAt).toISOString(),
    nextAt: new Date(nextAt).toISOString(),
    lastError,
  }));
}

function line(message: Awaited<ReturnType<typeof list>>[number]): string {
  const { id, createdAt, topic, attempts, lastError } = message;
  return `${id}  ${createdAt}  ${topic}  attempts ${attempts}${lastError ? `  ${lastError.split('\n')[0]}` : ''}\n`;
}

async function retry(kernel: Kernel, options: RetryOptions, ids: readonly string[]): Promise<number> {
  const { id: orgId } = await organizationNamed(kernel, options.organization);
  const outbox = kernel.container.get(OutboxToken);
  const chosen = options.all ? (await outbox.list(orgId, 'dead', MAX_LIST)).map((message) => message.id) : ids;
  for (const [index, id] of chosen.entries()) {
    if (await outbox.retry(orgId, id)) continue;
    if (!options.all)
      throw new BootError(`there is no dead delivery ${id} in ${options.organization}; ${index} retried`);
  }
  return chosen.length;
}
