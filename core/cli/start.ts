import type { Command } from 'commander';
import { reasonOf } from '#core/kernel';
import type { Server } from '../server.js';
import { type CommonOptions, numberOption, serverCommand, serverOptions } from './options.js';

/** `gatehouse start` */
export function addStart(program: Command): void {
  serverCommand(program, 'start', 'run the server until SIGTERM', 'info')
    .option(
      '-p, --port <number>',
      'HTTPS port instead of the configured one; 0 takes a free one',
      numberOption(0, 65_535),
    )
    .action((options: CommonOptions) => start(options));
}

/** Runs until SIGTERM or SIGINT. */
async function start(options: CommonOptions): Promise<void> {
  const begun = performance.now();
  const { Server } = await import('../server.js');
  const server = await Server.start(serverOptions(options, process.stdout));
  process.stdout.write(welcome(server, Math.round(performance.now() - begun)));
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) return;
    stopping = true;
    process.stdout.write(`${signal}: finishing what is in progress\n`);
    server.stop().then(
      () => {
        process.stdout.write('Gatehouse stopped\n');
        process.exit(0);
      },
      (error: unknown) => {
        process.stderr.write(`Gatehouse did not stop cleanly: ${reasonOf(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

function welcome(server: Server, milliseconds: number): string {
  const { origin, firstAdministrator } = server;
  const lines = [
    '',
    `  Gatehouse started in ${(milliseconds / 1000).toFixed(2)} seconds`,
    '',
    `  Server            ${origin}`,
    `  Discovery         ${origin}/oauth2/token/.well-known/openid-configuration`,
    `  APIs              ${origin}/api/docs/index.html`,
    `  Health            ${origin}/api/health-check/v1.0/health`,
    '',
  ];
  if (firstAdministrator?.generatedPassword) {
    const { username, generatedPassword } = firstAdministrator;
    lines.push(
      `  Administrator     ${username}`,
      `  Password          ${generatedPassword}`,
      '                    (shown only this once: keep it, or change it)',
      '',
    );
  }
  return `${lines.join('\n')}\n`;
}
