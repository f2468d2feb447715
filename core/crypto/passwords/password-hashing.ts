import { createHash, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type * as Argon2 from '@node-rs/argon2';
import { token } from '#core/kernel';
import type { WorkQueue } from '../work-queue.js';
import { legacyPair } from './legacy-digests.js';

/** Injection token of the password hashing. */
export const PasswordHashingToken = token<PasswordHashing>('crypto.password-hashing');

/** How passwords can be stored; names as in `password_hash_method`. */
export const PASSWORD_HASH_METHODS = ['argon2id', 'PBKDF2', 'SHA-256'] as const;

/** One of {@link PASSWORD_HASH_METHODS}. */
export type PasswordHashMethod = (typeof PASSWORD_HASH_METHODS)[number];

/** Costs of the methods. */
export interface PasswordHashingOptions {
  /** argon2id memory in KiB. */
  readonly argon2_memory: number;
  readonly argon2_iterations: number;
  readonly pbkdf2_iterations: number;
  /** Bytes of the key; 32 when absent. */
  readonly pbkdf2_length?: number;
  /** SHA-256 when absent. */
  readonly pbkdf2_digest?: 'sha1' | 'sha256' | 'sha512';
}

const derive = promisify(pbkdf2);
const b64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
const pbkdf2Pattern = /^\$pbkdf2-sha(1|256|512)\$i=(\d+),l=(\d+)\$([^$]+)\$([^$]+)$/;
const argon2Pattern = /^\$argon2id\$v=\d+\$m=(\d+),t=(\d+),p=(\d+)\$/;
const DIGEST_BYTES = { '1': 20, '256': 32, '512': 64 } as const;
/** The most work that a stored password may ask for, unless the settings ask for more: memory in KiB. */
const MOST = { memory: 262_144, passes: 20, lanes: 16, rounds: 8_000_000 } as const;
const sha256Pattern = /^\$sha256\$([^$]*)\$([^$]+)$/;

/**
 * Hashes and checks passwords. What is stored says how it was made (PHC string format), so methods can be changed
 * while users come along one by one. All work is off the event loop and in a bounded queue.
 */
export class PasswordHashing {
  readonly #dummies = new Map<PasswordHashMethod, Promise<string>>();
  #argon2: Promise<typeof Argon2> | undefined;

  constructor(
    private readonly options: PasswordHashingOptions,
    private readonly queue: WorkQueue,
  ) {}

  /** The same with other costs, behind the same queue. */
  costing(options: Partial<PasswordHashingOptions>): PasswordHashing {
    return new PasswordHashing({ ...this.options, ...options }, this.queue);
  }

  /** Makes the string to store. Throws UnavailableError when too many wait. */
  hash(method: PasswordHashMethod, password: string): Promise<string> {
    return this.queue.run(() => this.#hash(method, password));
  }

  /** Whether the password is the one that was stored. Throws UnavailableError when too many wait. */
  verify(stored: string, password: string): Promise<boolean> {
    return this.queue.run(() => this.#verify(stored, password));
  }

  /** Takes as long as {@link verify} of a password made with `method`: for users who do not exist. */
  async verifyNothing(method: PasswordHashMethod, password: string): Promise<void> {
    let dummy = this.#dummies.get(method);
    if (!dummy) {
      dummy = this.#hash(method, randomBytes(16).toString('hex'));
      this.#dummies.set(method, dummy);
    }
    await this.verify(await dummy, password);
  }

  /** Whether what is stored was made with another method or less cost than is asked for now. */
  needsRehash(stored: string, method: PasswordHashMethod): boolean {
    if (method === 'argon2id') {
      const costs = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),/.exec(stored);
      return (
        !costs || Number(costs[1]) < this.options.argon2_memory || Number(costs[2]) < this.options.argon2_iterations
      );
    }
    if (method === 'PBKDF2') return Number(pbkdf2Pattern.exec(stored)?.[2] ?? 0) < this.options.pbkdf2_iterations;
    return !sha256Pattern.test(stored);
  }

  async #hash(method: PasswordHashMethod, password: string): Promise<string> {
    const salt = randomBytes(16);
    if (method === 'argon2id') {
      const { hash } = await this.#loadArgon2();
      return hash(password, {
        memoryCost: this.options.argon2_memory,
        timeCost: this.options.argon2_iterations,
        parallelism: 1,
      });
    }
    if (method === 'PBKDF2') {
      const {
        pbkdf2_iterations: iterations,
        pbkdf2_length: length = 32,
        pbkdf2_digest: digest = 'sha256',
      } = this.options;
      const key = await derive(password, salt, iterations, length, digest);
      return pbkdf2Hash({ iterations, length, digest }, salt, key);
    }
    return `$sha256$${b64(salt)}$${b64(createHash('sha256').update(password).update(b64(salt)).digest())}`;
  }

  /** Loaded on first use: the package is native, and optional when another method is configured. */
  #loadArgon2(): Promise<typeof Argon2> {
    this.#argon2 ??= import('@node-rs/argon2');
    return this.#argon2;
  }

  /**
   * Whether what is stored asks for no more work than somebody would choose. It may come from a database of a tenant, and
   * a single check must not take the memory or the time of all.
   */
  #isBearable(stored: string): boolean {
    const { argon2_memory: memory, argon2_iterations: passes, pbkdf2_iterations: rounds } = this.options;
    if (stored.startsWith('$argon2id$')) {
      const [, m, t, p] = argon2Pattern.exec(stored)?.map(Number) ?? [];
      // One that cannot be read may ask for anything.
      if (m === undefined || t === undefined || p === undefined) return false;
      return m <= Math.max(MOST.memory, memory) && t <= Math.max(MOST.passes, passes) && p <= MOST.lanes;
    }
    const [, sha, i, l] = pbkdf2Pattern.exec(stored) ?? [];
    if (i === undefined) return true;
    const blocks = Math.ceil(Number(l) / DIGEST_BYTES[sha as keyof typeof DIGEST_BYTES]);
    return Number(i) * blocks <= Math.max(MOST.rounds, rounds * blocks);
  }

  async #verify(stored: string, password: string): Promise<boolean> {
    if (!this.#isBearable(stored)) return false;
    if (stored.startsWith('$argon2id$')) {
      const { verify } = await this.#loadArgon2();
      return verify(stored, password);
    }
    const pbkdf = pbkdf2Pattern.exec(stored);
    if (pbkdf) {
      const [, sha, iterations, length, salt, key] = pbkdf as unknown as string[];
      const made = await derive(
        password,
        Buffer.from(salt as string, 'base64'),
        Number(iterations),
        Number(length),
        `sha${sha}`,
      );
      return same(made, Buffer.from(key as string, 'base64'));
    }
    const legacy = legacyPair(stored, password);
    if (legacy) return same(...legacy);
    const salted = sha256Pattern.exec(stored);
    if (!salted) return false;
    const made = createHash('sha256')
      .update(password)
      .update(salted[1] as string)
      .digest();
    return same(made, Buffer.from(salted[2] as string, 'base64'));
  }
}

/** A key that PBKDF2 has derived, in the form in which it is stored. */
export function pbkdf2Hash(
  { iterations, length, digest }: { iterations: number; length: number; digest: 'sha1' | 'sha256' | 'sha512' },
  salt: Buffer,
  key: Buffer,
): string {
  return `$pbkdf2-${digest}$i=${iterations},l=${length}$${b64(salt)}$${b64(key)}`;
}

const same = (a: Buffer, b: Buffer) => a.length === b.length && timingSafeEqual(a, b);
