import { createLogger, type Logger } from '#core/kernel';

/** One line of the log. */
export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A logger that prints nothing and keeps its lines. */
export function keptLog(): { readonly logger: Logger; readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  const logger = createLogger('debug', { write: (text: string) => void lines.push(JSON.parse(text) as LogLine) });
  return { logger, lines };
}
