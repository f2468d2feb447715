import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { BootError } from '#core/kernel';

/** All of standard input, less the line end that `echo` and editors add. */
export async function readInput(): Promise<string> {
  return (await text(process.stdin)).replace(/\r?\n$/, '');
}

/**
 * A password: from the named environment variable, else typed twice at a terminal, else from standard input. Never from
 * the command line, where every user of the machine could read it.
 */
export async function readPassword(variable: string | undefined): Promise<string> {
  const password = await given(variable);
  if (password === '') throw new BootError('the password is empty');
  return password;
}

async function given(variable: string | undefined): Promise<string> {
  if (variable !== undefined) {
    const value = process.env[variable];
    if (value === undefined) throw new BootError(`environment variable ${variable} is not set`);
    return value;
  }
  if (!process.stdin.isTTY) return readInput();
  const password = await ask('Password: ');
  if ((await ask('Once more: ')) !== password) throw new BootError('the two passwords are not the same');
  return password;
}

/** Asks at the terminal without showing what is typed. */
async function ask(question: string): Promise<string> {
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  const interrupted = new Promise<never>((_, reject) => {
    lines.once('SIGINT', () => reject(new BootError('interrupted')));
  });
  try {
    return await Promise.race([lines.question(''), interrupted]);
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}
