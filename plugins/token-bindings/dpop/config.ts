import { z } from 'zod';
import { duration, flag } from '#core/kernel';

/** Signatures that a proof can have: asymmetric ones, all of them. */
const ALGORITHMS = [
  'ES256',
  'ES384',
  'ES512',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
  'EdDSA',
  'Ed25519',
] as const;

/** `[event.default_listener.dpop]` */
export const configSchema = z.strictObject({
  header_validity_period: duration('s')
    .prefault('60s')
    .describe('How old a proof may be, and how far ahead the clock of a client'),
  signing_algorithms: z
    .array(z.enum(ALGORITHMS))
    .min(1)
    .default([...ALGORITHMS])
    .describe('How proofs may be signed'),
  require_nonce: flag()
    .prefault(false)
    .describe('Whether a proof has to carry a nonce of this server (RFC 9449 §8): it cannot be made in advance then'),
  nonce_validity_period: duration('s').prefault('5m').describe('How long such a nonce is good'),
});

/** Parsed settings; times in milliseconds. */
export type DpopConfig = z.output<typeof configSchema>;
