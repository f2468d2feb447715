import { chownSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { BootError, parseConfiguration, reasonOf } from '#core/kernel';

/**
 * Replaces each `"[plain]"` of `[secrets]` in a configuration file by what `seal` makes of it. Everything else in the
 * file stays as it is, byte for byte. Returns the aliases that were encrypted. Throws BootError, with the file as it was,
 * when it cannot be read or written, or when a secret is not written on one line of its own.
 */
export function encryptSecrets(path: string, seal: (plain: string) => string): string[] {
  try {
    const file = realpathSync(path);
    const text = readFileSync(file, 'utf8');
    const { text: changed, aliases } = sealedText(basename(path), text, seal);
    if (aliases.length > 0) replaceFile(file, changed);
    return aliases;
  } catch (cause) {
    if (cause instanceof BootError) throw cause;
    throw new BootError(`the configuration file ${path} cannot be rewritten: ${reasonOf(cause)}`, { cause });
  }
}

const literal = /^(\s*[^=]+=\s*)("(?:[^"\\]|\\.)*"|'[^']*')(.*)$/s;

function sealedText(name: string, text: string, seal: (plain: string) => string) {
  const parse = (source: string) => {
    const { document } = parseConfiguration(name, source, { env: {}, sys: {}, decrypt: () => '' });
    return { document, secrets: Object.entries(document.table['secrets'] ?? {}) as [string, unknown][] };
  };
  const { document, secrets } = parse(text);
  const lines = text.split('\n');
  const expected = new Map(secrets);
  for (const [alias, value] of secrets) {
    const plain = typeof value === 'string' ? /^\[(.*)\]$/s.exec(value)?.[1] : undefined;
    if (plain === undefined) continue;
    const index = document.lineOf(['secrets', alias]) - 1;
    const sealed = seal(plain);
    lines[index] = (lines[index] ?? '').replace(
      literal,
      (_, before: string, __, after: string) => `${before}"${sealed}"${after}`,
    );
    expected.set(alias, sealed);
    const now = new Map(parsedOr(() => parse(lines.join('\n')).secrets, []));
    if ([...expected].some(([key, wanted]) => now.get(key) !== wanted)) {
      throw new BootError(
        `${name}:${index + 1} [secrets] ${alias}: write it on a line of its own: ${alias} = "[plain text]"`,
      );
    }
  }
  return {
    text: lines.join('\n'),
    aliases: [...expected.keys()].filter((key) => expected.get(key) !== new Map(secrets).get(key)),
  };
}

function parsedOr<T>(parse: () => T, otherwise: T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof BootError) return otherwise;
    throw error;
  }
}

/** Either the whole new text or the old file: never a half-written one. */
function replaceFile(file: string, text: string): void {
  const next = `${file}.${process.pid}.tmp`;
  try {
    const { mode, uid, gid } = statSync(file);
    writeFileSync(next, text, { mode: mode & 0o777, flag: 'wx' });
    if (process.getuid?.() === 0) chownSync(next, uid, gid);
    renameSync(next, file);
  } finally {
    rmSync(next, { force: true });
  }
}
