import { type DestinationStream, pino } from 'pino';
import { token } from './container.js';

/** Structured log. `fields` never hold secrets: keys named like one are blanked all the same. */
export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  /** A logger that adds these fields to each line. */
  child(fields: object): Logger;
}

/** Injection token of the server's logger. */
export const LoggerToken = token<Logger>('kernel.logger');

/** Levels an operator can choose, from quiet to talkative. */
export const LOG_LEVELS = ['silent', 'error', 'warn', 'info', 'debug'] as const;

const secretKeys = [
  'password',
  'secret',
  'client_secret',
  'code',
  'access_token',
  'refresh_token',
  'id_token',
  'authorization',
  'cookie',
];

/**
 * Makes the server's logger: JSON lines.
 *
 * @param level one of {@link LOG_LEVELS}
 * @param destination where the lines go; standard output when absent
 */
export function createLogger(level: (typeof LOG_LEVELS)[number], destination?: DestinationStream): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secretKeys.flatMap((key) => [key, `*.${key}`]), censor: '*****' },
  };
  return destination ? pino(options, destination) : pino(options);
}
