import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BootError, token } from '#core/kernel';

/** Injection token of the server's box for secrets. */
export const SecretBoxToken = token<SecretBox>('crypto.secret-box');

interface MasterKey {
  readonly id: string;
  readonly bytes: Buffer;
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts what must be readable again (AES-256-GCM). The master key is outside of everything that it protects: in a
 * file of its own or in the environment. A purpose separates uses: what was sealed for one cannot be opened for another.
 */
export class SecretBox {
  readonly #derived = new Map<string, Buffer>();

  /** @param keys the first one seals, all of them open: that is how a key is rotated */
  constructor(private readonly keys: readonly MasterKey[]) {}

  /** Seals a text. The result is printable and safe in a URL. */
  seal(purpose: string, plain: string): string {
    const key = this.keys[0] as MasterKey;
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#keyFor(key, purpose), iv);
    const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
    return `${key.id}.${Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url')}`;
  }

  /** Opens what {@link seal} made; undefined when it was made with another key, for another purpose, or was changed. */
  open(purpose: string, sealed: string): string | undefined {
    const dot = sealed.indexOf('.');
    const key = this.keys.find((candidate) => candidate.id === sealed.slice(0, dot));
    const bytes = Buffer.from(sealed.slice(dot + 1), 'base64url');
    if (!key || bytes.length < IV_BYTES + TAG_BYTES) return undefined;
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#keyFor(key, purpose), bytes.subarray(0, IV_BYTES));
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      return decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
    } catch {
      return undefined;
    }
  }

  /** HMAC-SHA-256 (hex) under the oldest key, so that it stays the same when a key is added. */
  mac(purpose: string, text: string): string {
    return createHmac('sha256', this.#keyFor(this.keys.at(-1) as MasterKey, purpose))
      .update(text)
      .digest('hex');
  }

  #keyFor(key: MasterKey, purpose: string): Buffer {
    const name = `${key.id}/${purpose}`;
    let derived = this.#derived.get(name);
    if (!derived) {
      derived = Buffer.from(hkdfSync('sha256', key.bytes, '', purpose, 32));
      this.#derived.set(name, derived);
    }
    return derived;
  }
}

const keyPattern = /^[0-9a-fA-F]{64}$/;

function toKey(hex: string, source: string): MasterKey {
  if (!keyPattern.test(hex)) throw new BootError(`${source} must hold 64 hexadecimal digits (openssl rand -hex 32)`);
  const bytes = Buffer.from(hex, 'hex');
  return { id: createHash('sha256').update(bytes).digest('hex').slice(0, 8), bytes };
}

/**
 * Opens the box with the key of the environment variable `GATEHOUSE_MASTER_KEY`, else of `security/master.key` in the
 * data folder, which is made when it is not there. Several keys may be given, one a line or separated by commas.
 */
export function openSecretBox(dataFolder: string, env: Readonly<Record<string, string | undefined>>): SecretBox {
  const given = env['GATEHOUSE_MASTER_KEY'];
  if (given) return new SecretBox(given.split(/[\s,]+/).map((hex) => toKey(hex, 'GATEHOUSE_MASTER_KEY')));
  const file = join(dataFolder, 'security', 'master.key');
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
  }
  const lines = readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
  if (lines.length === 0)
    throw new BootError(`${file} is empty; restore it from the backup that belongs to this database`);
  return new SecretBox(lines.map((line) => toKey(line.trim(), file)));
}
