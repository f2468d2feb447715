import { BootError, createLogger, LOG_LEVELS, reasonOf } from '#core/kernel';
import type { Server, ServerOptions } from '../server.js';

/** What the command line says. */
export interface CommonOptions {
  readonly config: string;
  readonly data: string;
  readonly port?: number | undefined;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  readonly define: Readonly<Record<string, string>>;
}

/** The options of the server that the command line stands for. */
export function serverOptions(options: CommonOptions): ServerOptions {
  const { config, data, port, define, logLevel } = options;
  return { config, data, port, define, logger: createLogger(logLevel) };
}

/** `gatehouse start`: runs until SIGTERM or SIGINT. */
export async function start(options: CommonOptions): Promise<void> {
  const begun = performance.now();
  const { Server } = await import('../server.js');
  const server = await Server.start(serverOptions(options));
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

/** Ends the process with the one message that explains why; the stack only for what is a fault of ours. */
export function fail(error: unknown): never {
  const fault = error instanceof Error && !(error instanceof BootError);
  process.stderr.write(`gatehouse: ${fault ? error.stack : reasonOf(error)}\n`);
  process.exit(1);
}
