import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { definePlugin, settings, wholeNumber } from '#core/kernel';
import { KeySets, KeySetsToken } from './key-sets.js';
import { SigningKey2026112100010 } from './migrations/0001-signing-key.js';
import { PasswordHashing, PasswordHashingToken } from './passwords/password-hashing.js';
import { SigningKeyEntity } from './signing-key.entity.js';
import { WorkQueue } from './work-queue.js';

/** `[password_hashing]`: costs, and how much of it may go on at once. */
const PasswordHashingSettings = settings(
  'password_hashing',
  z.strictObject({
    argon2_memory: wholeNumber(8192, 1_048_576).prefault(19_456).describe('Memory of one argon2id hash, in KiB'),
    argon2_iterations: wholeNumber(1, 100).prefault(2).describe('Passes of argon2id'),
    pbkdf2_iterations: wholeNumber(10_000, 10_000_000).prefault(600_000).describe('Rounds of PBKDF2 with HMAC-SHA-256'),
    concurrency: wholeNumber(0, 256).prefault(0).describe('Hashes at once; 0: one a core and one more'),
    max_queue: wholeNumber(1, 100_000)
      .prefault(500)
      .describe('Hashes that may wait; beyond it sign-ins are answered with 503'),
  }),
);

export default definePlugin({
  id: 'core.crypto',
  requires: ['core.persistence'],
  settings: [PasswordHashingSettings],
  entities: [SigningKeyEntity],
  migrations: [SigningKey2026112100010],
  setup({ container, settings: read }) {
    const { concurrency, max_queue, ...costs } = read(PasswordHashingSettings);
    container.provide(KeySetsToken, KeySets);
    container.provideLazily(
      PasswordHashingToken,
      // One more than there are cores: it is ready when another ends, so that no core waits for the event loop.
      () => new PasswordHashing(costs, new WorkQueue(concurrency || availableParallelism() + 1, max_queue)),
    );
  },
});
