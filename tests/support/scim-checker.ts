import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { serviceUrl } from '../../tools/services/index.mjs';
import type { TestServer } from './test-server.js';

/** What the checker says of one thing that it has looked at. */
export interface CheckResult {
  readonly status: 'SUCCESS' | 'ERROR' | 'SKIPPED' | 'CRITICAL' | 'ACCEPTABLE';
  readonly check: string;
  /** What it found; lines joined by blanks. */
  readonly reason: string;
}

interface PublishedSchema {
  readonly attributes: readonly { readonly name: string }[];
}

const LINE = /^(SUCCESS|ERROR|SKIPPED|CRITICAL|ACCEPTABLE) (\w+)$/;
const PATIENCE_MS = 480_000;

/**
 * Runs `scim2 test` against a server as its administrator, by the schemas that the server publishes.
 *
 * @param unfit names of attributes of extensions that the checker is not told of
 * @throws Error when it finds no server to check
 */
export async function checkScim(server: TestServer, unfit: readonly string[]): Promise<readonly CheckResult[]> {
  const accept = 'application/scim+json';
  const headers = [`Accept: ${accept}`, `Authorization: ${server.admin}`].flatMap((header) => ['-h', header]);
  const answer = await server.fetch('/scim2/Schemas', { headers: { accept } });
  const { Resources } = (await answer.json()) as { readonly Resources: readonly PublishedSchema[] };
  const known = Resources.map(({ attributes, ...rest }) => ({
    ...rest,
    attributes: attributes.filter(({ name }) => !unfit.includes(name)),
  }));
  const folder = await mkdtemp(join(tmpdir(), 'scim2-'));
  const file = join(folder, 'schemas.json');
  await writeFile(file, JSON.stringify(known));
  const asked = ['--no-verify', '-u', `${server.origin}/scim2`, ...headers, '--schemas', file, 'test'];
  const program = serviceUrl('scim2');
  // By the Python beside it: the path that the program itself names is wrong once its folder has moved.
  const text = await output(join(dirname(program), 'python3'), [program, ...asked]);
  await rm(folder, { recursive: true });
  const results: CheckResult[] = [];
  for (const line of text.split('\n')) {
    const [, status, check] = LINE.exec(line) ?? [];
    const last = results.at(-1);
    if (status !== undefined && check !== undefined)
      results.push({ status: status as CheckResult['status'], check, reason: '' });
    else if (last && line.trim() !== '')
      results.push({ ...(results.pop() ?? last), reason: `${last.reason} ${line.trim()}`.trim() });
  }
  if (results.length === 0) throw new Error(`The checker has checked nothing: ${text}`);
  return results;
}

/** What a program prints, whatever it thinks of it: the checker ends with 1 when a check fails. */
function output(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(program, args, { timeout: PATIENCE_MS, maxBuffer: 16_777_216 }, (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
}
