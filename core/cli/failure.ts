import { GatehouseError, reasonOf } from '#core/kernel';

/** Exit code of a command that was called in a wrong way. */
export const USAGE = 2;

/** Text of an error for a terminal: the one message that explains why. The stack only for what is a fault of ours. */
export function explain(error: unknown): string {
  if (error instanceof GatehouseError && 'description' in error) return `${error.message} ${String(error.description)}`;
  if (error instanceof GatehouseError || isSystemError(error)) return reasonOf(error);
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** Says on standard error what is wrong and ends the process with exit code 1. */
export function fail(error: unknown): never {
  process.stderr.write(`gatehouse: ${explain(error)}\n`);
  process.exit(1);
}

/** What the operating system refused: its message names the file or the address. */
function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}
